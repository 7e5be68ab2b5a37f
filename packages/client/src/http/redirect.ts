import { say } from "#words";
import { FeedError, type FeedErrorInfo } from "../core/errors.ts";
import type { Phase } from "../core/status.ts";
import { headersTakeText, single } from "./header-value.ts";
import { setDefault, takeCredentials } from "./headers.ts";
import { carryCursor, withoutBody } from "./request.ts";
import {
  isStream,
  type Flow,
  type Head,
  type Receiver,
  type Transport,
  type TransportRequest,
} from "./transport.ts";

const maxHops = 20;

/** Follows redirects in place of the platform, which would send the user's headers and the cursor to any origin. */
export class FollowingTransport implements Transport {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  send(request: TransportRequest, receiver: Receiver): Flow {
    // The platform counts the bytes that it sends. A browser would drop this header by itself.
    if (!isStream(request.body)) request.headers.delete("Content-Length");
    return new Hops(this.#transport, request, receiver);
  }

  close(): void {
    this.#transport.close();
  }
}

/** A request, and the requests that its redirects lead to. */
class Hops implements Flow, Receiver {
  readonly #transport: Transport;
  readonly #receiver: Receiver;
  /** The current request; undefined once an answer is not a redirect. */
  #request: TransportRequest | undefined;
  #href: string | undefined;
  #flow: Flow;
  #count = 0;

  constructor(transport: Transport, request: TransportRequest, receiver: Receiver) {
    this.#transport = transport;
    this.#receiver = receiver;
    this.#request = request;
    this.#flow = transport.send(request, this);
  }

  pause(): void {
    this.#flow.pause();
  }

  resume(): void {
    this.#flow.resume();
  }

  abort(): void {
    this.#flow.abort();
  }

  phase(phase: Phase, hint?: string): void {
    this.#receiver.phase(phase, hint);
  }

  head(head: Head): void {
    const { status } = head;
    const request = this.#request!;
    if (![301, 302, 303, 307, 308].includes(status)) {
      this.#request = undefined;
      return this.#receiver.head(head, request);
    }
    this.alive();
    this.#flow.abort();
    try {
      this.#request = this.#next(request, head);
    } catch (error) {
      return this.failed(error);
    }
    this.#href = this.#request.url.href;
    this.#flow = this.#transport.send(this.#request, this);
  }

  bytes(chunk: Uint8Array): void {
    this.#receiver.bytes(chunk);
  }

  alive(): void {
    this.#receiver.alive();
  }

  ended(complete?: true): void {
    this.#receiver.ended(complete);
  }

  failed(error: unknown): void {
    this.#receiver.failed(error, this.#href);
  }

  /** The request that a redirect leads to. Throws a `FeedError` if it is not followed. */
  #next(request: TransportRequest, { url: answered, status, headers }: Head): TransportRequest {
    const url = answered || request.url.href;
    const location = single(headers.get("Location") ?? "");
    const fail = (message: string, facts?: FeedErrorInfo): never => {
      throw new FeedError("redirect", message, { url, status, headers, ...facts });
    };
    if (!headers.has("Location")) fail(say("no-location", url, status));
    if (request.redirect === "error") fail(say("redirect-refused", url, location));
    if (status !== 303 && isStream(request.body))
      throw new FeedError("not-resumable", say("redirected-body", url), { url, status, headers });
    let next: TransportRequest;
    try {
      next = redirected(request, status, location);
    } catch (cause) {
      return fail(say("redirect-nowhere", url, location), { cause });
    }
    if (++this.#count > maxHops) fail(say("too-many-hops", maxHops, next.url.href));
    return next;
  }
}

/**
 * The next request after a redirect. The user's headers, the token and the cursor stay with the origin that they were
 * meant for.
 */
export function redirected(
  request: TransportRequest,
  status: number,
  location: string,
): TransportRequest {
  // A header has one character for each byte, while a URL takes text, so the bytes are percent-encoded.
  const bytes = /[\x80-\xFF]/g;
  const percent = (byte: string): string => `%${byte.charCodeAt(0).toString(16)}`;
  const to = headersTakeText() ? location : location.replace(bytes, percent);
  const url = new URL(to, request.url);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(`not an HTTP URL: ${url.href}`);
  }
  // [spec] For 301 and 302 a POST becomes a GET; for 303 every method but HEAD does.
  const { method } = request;
  const toGet = status === 303 ? method !== "HEAD" : status < 303 && method === "POST";
  const stays = url.origin === request.url.origin;
  const kept = stays
    ? [...request.headers]
    : [["Accept", request.headers.get("Accept") || "text/event-stream"]];
  const headers = new Headers(kept as [string, string][]);
  if (toGet) withoutBody(headers);
  const type = request.headers.get("Content-Type");
  if (!stays && !toGet && type !== null) headers.set("Content-Type", type);
  setDefault(headers, "Authorization", takeCredentials(url));
  const next = { ...request, url, headers, ...(toGet && { method: "GET", body: undefined }) };
  carryCursor(next);
  return next;
}
