import { FeedError } from "../core/errors.ts";
import type { Attempt, PerAttempt, ResolvedOptions } from "../core/options.ts";
import { checkToken } from "../core/token.ts";
import { isStream, type TransportRequest } from "./transport.ts";

export type UrlSource = PerAttempt<string | URL>;

/**
 * Makes the request of one attempt.
 *
 * Errors: throws a `FeedError`: `callback` if an option function threw (that may heal), `request` for a
 *         URL or a header that no request can have, `not-resumable` for a body that was used up
 */
export async function makeRequest(
  source: UrlSource,
  options: ResolvedOptions,
  attempt: Attempt,
): Promise<TransportRequest> {
  const url = toUrl(await value("url", source, attempt));
  const headers = toHeaders(await value("headers", options.headers, attempt), url);
  const token = await value("token", options.token, attempt);
  moveCredentials(url, headers);
  const body = await value("body", options.body, attempt);
  // A stream that was given as it is went out with the first request.
  const isFirst = attempt.reason === "start" && attempt.error === undefined;
  if (isStream(body) && (body.locked || (!isFirst && body === options.body))) {
    throw new FeedError(
      "not-resumable",
      `The body of the request to ${url.href} is a stream that was sent already: give a function that makes it for each attempt.`,
      { url: url.href, attempt: attempt.number },
    );
  }
  try {
    checkToken(token);
    if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
    headers.set("Accept", "text/event-stream");
  } catch (cause) {
    const { href } = url;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FeedError("request", `The token of ${href} is no token: ${why}`, {
      url: href,
      cause,
    });
  }
  const { method, credentials, redirect } = options;
  const { lastEventId: id, cursorOrigin: origin = url.origin } = attempt;
  const cursor = id === "" ? undefined : { id, origin };
  const request = { url, method, headers, body, credentials, redirect, cursor };
  carryCursor(request);
  return request;
}

/** The cursor goes to the origin that gave it, and to no other. */
function carryCursor({ url, headers, cursor }: TransportRequest): void {
  if (cursor?.origin === url.origin) headers.set("Last-Event-ID", toHeaderValue(cursor.id));
  else if (cursor) headers.delete("Last-Event-ID");
}

/** `https://user:password@host/`: no transport takes them from the URL, so they become a header. */
function moveCredentials(url: URL, headers: Headers): void {
  const { username, password } = url;
  if (username === "" && password === "") return;
  url.username = "";
  url.password = "";
  const pair = new TextEncoder().encode(`${decoded(username)}:${decoded(password)}`);
  if (!headers.has("Authorization"))
    headers.set("Authorization", `Basic ${btoa(String.fromCharCode(...pair))}`);
}

/** A stray `%` is a character like any other. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Servers limit the head of a request (Node: to 16 KB in all): one long id must not make them refuse us for good. */
const maxIdBytes = 4096;

/** Whether a header can carry the id: no control character but TAB, no DEL, no space at either end, not too long. */
export function isSendable(id: string): boolean {
  if (new TextEncoder().encode(id).length > maxIdBytes) return false;
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  return !/[\0-\x08\x0A-\x1F\x7F]|^[\t ]|[\t ]$/.test(id);
}

/** [spec] The value is encoded as UTF-8: one character for each of its bytes, which is how both fetch and undici take bytes. */
export function toHeaderValue(id: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(id));
  return bytes === id || headersTakeText() ? id : bytes;
}

/** workerd's headers take any character and encode it themselves; bytes would come out encoded twice. */
function headersTakeText(): boolean {
  try {
    return new Headers([["x", "✓"]]).has("x");
  } catch {
    return false;
  }
}

/** [spec] Fetch's request-body-header names, and the length: they go with the body. */
const bodyHeaders = ["Encoding", "Language", "Length", "Location", "Type"].map(
  (end) => `Content-${end}`,
);

/** The request to go on with after a redirect. The user's headers, the token and the cursor stay with the origin they were meant for. */
export function redirected(
  request: TransportRequest,
  status: number,
  location: string,
): TransportRequest {
  // A header has a character for each of its bytes, a URL takes characters: so the bytes go as such.
  const bytes = /[\x80-\xFF]/g;
  const percent = (byte: string): string => `%${byte.charCodeAt(0).toString(16)}`;
  const to = headersTakeText() ? location : location.replace(bytes, percent);
  const url = new URL(to, request.url);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(`not an HTTP URL: ${url.href}`);
  }
  const toGet = status === 303 || (status < 303 && request.method === "POST");
  const stays = url.origin === request.url.origin;
  const headers = stays
    ? new Headers(request.headers)
    : new Headers({ Accept: "text/event-stream" });
  if (toGet) for (const name of bodyHeaders) headers.delete(name);
  const type = request.headers.get("Content-Type");
  if (!stays && !toGet && type !== null) headers.set("Content-Type", type);
  moveCredentials(url, headers);
  const next = { ...request, url, headers, ...(toGet && { method: "GET", body: undefined }) };
  carryCursor(next);
  return next;
}

async function value<T>(name: string, source: PerAttempt<T>, attempt: Attempt): Promise<T> {
  if (typeof source !== "function") return source;
  try {
    return await (source as (attempt: Attempt) => T | PromiseLike<T>)(attempt);
  } catch (cause) {
    throw new FeedError("callback", `The ${name} function threw.`, {
      cause,
      attempt: attempt.number,
    });
  }
}

/** What a relative URL is relative to: the page, or the worker's script. */
export function baseUrl(): string | undefined {
  return (globalThis as { location?: { href: string } }).location?.href;
}

/** Throws a `FeedError` for what is no HTTP URL. */
export function toUrl(given: string | URL): URL {
  let url: URL;
  try {
    url = new URL(given, baseUrl());
  } catch (cause) {
    throw new FeedError(
      "request",
      `Not a URL: ${JSON.stringify(String(given))}. Give one such as https://example.com/events.`,
      { cause },
    );
  }
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  throw new FeedError("request", `Not an HTTP URL: ${url.href}.`, { url: url.href });
}

/** Throws `TypeError` for a URL that can be seen to be none; a function is asked later. */
export function checkedUrl(url: UrlSource): UrlSource {
  if (typeof url === "function") return url;
  try {
    return toUrl(url);
  } catch (cause) {
    throw new TypeError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function toHeaders(given: HeadersInit | undefined, url: URL): Headers {
  try {
    return new Headers(given);
  } catch (cause) {
    throw new FeedError("request", "The headers option holds what no header can be.", {
      url: url.href,
      cause,
    });
  }
}
