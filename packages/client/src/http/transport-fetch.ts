import { FeedError } from "../core/errors.ts";
import type { FetchInit, FetchLike, FetchResponse, NodeOptions } from "../core/options.ts";
import {
  isStream,
  type Flow,
  type Receiver,
  type Transport,
  type TransportOptions,
  type TransportRequest,
} from "./transport.ts";

/** Bytes by `fetch`: the one that was given, else the platform's, looked up at each request. */
export function createTransport({ fetch, node }: TransportOptions): Transport {
  warnOf(node);
  // Browsers hide a redirect behind an answer without status or Location: they follow by themselves. To find that
  // out by a first request would be to make a POST twice.
  let redirect: RequestRedirect = isBrowser() ? "follow" : "manual";
  return {
    send(request, receiver) {
      const flow = new FetchFlow(receiver);
      void flow.run(async (signal) => {
        const ask: FetchLike | undefined = fetch ?? globalThis.fetch;
        if (ask === undefined) {
          throw unsupported("There is no fetch here: give one by the fetch option.");
        }
        let response: FetchResponse;
        try {
          response = await ask(
            request.url.href,
            init(request, request.redirect === "error" ? "manual" : redirect, signal),
          );
        } catch (cause) {
          throw impossible(request, cause) ?? cause;
        }
        // What is no Response is found out where it is read.
        if ((response as FetchResponse | undefined)?.type !== "opaqueredirect") return response;
        if (request.redirect === "error") {
          const { href } = request.url;
          const message = `${href} redirects, and redirect is 'error'.`;
          throw new FeedError("redirect", message, { url: href });
        }
        redirect = "follow";
        return ask(request.url.href, init(request, redirect, signal));
      });
      return flow;
    },
    close: () => undefined,
  };
}

/** Nobody else knows whether there is a network. As in page.ts: imported from there, this file would be a chunk. */
const isBrowser = (): boolean =>
  typeof navigator !== "undefined" && typeof navigator.onLine === "boolean";

/** What was given for trust or a route, and does nothing, is not ignored in silence. */
function warnOf(node: NodeOptions = {}): void {
  const given = Object.entries(node).filter(([, value]) => value !== undefined);
  if (given.length === 0) return;
  const names = given.map(([name]) => name).join(", ");
  console.warn(`Steadfeed: node: { ${names} } has no effect here, where fetch makes the requests.`);
}

function init(
  request: TransportRequest,
  redirect: RequestRedirect,
  signal: AbortSignal,
): FetchInit {
  const { method, headers, body, credentials } = request;
  const given: FetchInit = {
    method,
    headers: Object.fromEntries(headers),
    redirect,
    signal,
    // Some platforms refuse what they do not know.
    ...(knows("cache") && { cache: "no-store" as const }),
    ...(credentials !== undefined && knows("credentials") && { credentials }),
    ...(body !== undefined && { body }),
    ...(isStream(body) && { duplex: "half" as const }),
  };
  // fetch asks for inherited members too: there are to be none.
  return Object.assign(Object.create(null), given) as FetchInit;
}

/** fetch has one error for a request that failed, and for one that cannot be made: making it once more tells them apart. */
function impossible({ url, method, headers }: TransportRequest, cause: unknown): unknown {
  if (!(cause instanceof TypeError) || typeof Request === "undefined") return undefined;
  try {
    void new Request(url, { method, headers });
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    return new FeedError("request", `The request cannot be made: ${message}`, { cause: error });
  }
}

const knows = (setting: keyof Request): boolean =>
  typeof Request !== "undefined" && setting in Request.prototype;

/** One request by `fetch`, and the body of its answer. */
class FetchFlow implements Flow {
  readonly #receiver: Receiver;
  readonly #controller = new AbortController();
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #paused = false;
  #goOn: () => void = () => undefined;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#goOn();
  }

  abort(): void {
    this.#controller.abort();
    // A fetch that was given may not obey its signal.
    cancel(this.#reader);
    this.#goOn();
  }

  async run(ask: (signal: AbortSignal) => Promise<FetchResponse>): Promise<void> {
    const { signal } = this.#controller;
    this.#receiver.phase("request", isBrowser() ? slowInBrowsers : undefined);
    try {
      const response = (await ask(signal)) as Response;
      if (signal.aborted) return cancel(response?.body);
      this.#reader = readerOf(response);
      const { url, status, headers } = response;
      this.#receiver.head({ url, status, headers });
      if (this.#reader) await this.#read(this.#reader);
      // fetch does not say how the body was framed, so nobody can vouch for its end.
      if (!signal.aborted) this.#receiver.ended();
    } catch (error) {
      if (!signal.aborted) this.#receiver.failed(error);
    }
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const { signal } = this.#controller;
    for (;;) {
      if (this.#paused) {
        await new Promise<void>((resolve) => {
          this.#goOn = resolve;
        });
      }
      if (signal.aborted) return;
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      this.#receiver.bytes(toBytes(value));
    }
  }
}

const slowInBrowsers =
  "Over HTTP/1.1 browsers open at most six connections to an origin, over all tabs: the others wait. HTTP/2 or a SharedFeed needs fewer.";

/** The body's reader (not every engine can iterate a stream), or `undefined` for an answer without a body. */
function readerOf(response: Response): ReadableStreamDefaultReader<Uint8Array> | undefined {
  const { body, status, headers } = (response ?? {}) as Partial<Response>;
  if (typeof status !== "number" || typeof headers?.get !== "function")
    throw unsupported("fetch gave something that is no Response.");
  if (body === null) return undefined;
  if (typeof body?.getReader === "function" && !body.locked) return body.getReader();
  // What refuses, or says that there is nothing, needs no body.
  if (status < 200 || status > 299 || status === 204) return undefined;
  throw unsupported(
    body === undefined
      ? "This fetch has no body to stream, as in React Native: give one that has by the fetch option, such as that of expo/fetch."
      : body.locked
        ? "The body of fetch's answer is already being read: give the feed an answer of its own, such as response.clone()."
        : "The body of fetch's answer is no ReadableStream, as with node-fetch: leave the fetch option out, or give the platform's own.",
  );
}

/** [spec] Chunks are Uint8Arrays, of another realm where a test environment has globals of its own. */
function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (ArrayBuffer.isView(chunk))
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw unsupported(`The body of fetch's answer gives a ${typeof chunk}, not bytes.`);
}

const unsupported = (message: string): FeedError => new FeedError("unsupported", message);

/** Nobody waits for it, and what was given in place of a stream may have no such method. */
function cancel(body: { cancel(): Promise<void> } | null | undefined): void {
  try {
    body?.cancel().catch(() => undefined);
  } catch {
    // Then it goes on by itself, unheard.
  }
}
