import { FeedError } from "../core/errors.ts";
import type { NodeOptions } from "../core/options.ts";
import type { Flow, Receiver, Transport, TransportOptions, TransportRequest } from "./transport.ts";

/** Bytes by `fetch`: the one that was given, else the platform's, looked up at each request. */
export function createTransport({ fetch, node }: TransportOptions): Transport {
  warnOf(node);
  // Browsers hide a redirect behind an answer without status or Location: they follow by themselves. To find that
  // out by a first request would be to make a POST twice.
  let redirect: RequestRedirect = isBrowser() ? "follow" : "manual";
  return {
    send(request, receiver) {
      const exchange = new Exchange(receiver);
      void exchange.run(async (signal) => {
        const ask = fetch ?? globalThis.fetch;
        const response = await ask(
          request.url.href,
          init(request, request.redirect === "error" ? "manual" : redirect, signal),
        );
        if (response.type !== "opaqueredirect") return response;
        if (request.redirect === "error") {
          const { href } = request.url;
          const message = `${href} redirects, and redirect is 'error'.`;
          throw new FeedError("redirect", message, { url: href });
        }
        redirect = "follow";
        return ask(request.url.href, init(request, redirect, signal));
      });
      return exchange;
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
): RequestInit {
  const { method, headers, body, credentials } = request;
  const given: RequestInit = {
    method,
    headers,
    redirect,
    signal,
    // Some platforms refuse what they do not know.
    ...("cache" in Request.prototype && { cache: "no-store" as const }),
    ...(credentials !== undefined && "credentials" in Request.prototype && { credentials }),
    ...(body !== undefined && { body }),
    ...(body instanceof ReadableStream && { duplex: "half" }),
  };
  // fetch asks for inherited members too: there are to be none.
  return Object.assign(Object.create(null), given) as RequestInit;
}

class Exchange implements Flow {
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
    // An injected fetch may not obey its signal.
    this.#reader?.cancel().catch(() => undefined);
    this.#goOn();
  }

  async run(ask: (signal: AbortSignal) => Promise<Response>): Promise<void> {
    const { signal } = this.#controller;
    try {
      const response = await ask(signal);
      if (signal.aborted) return void response.body?.cancel().catch(() => undefined);
      // getReader(), because not every engine can iterate a ReadableStream.
      this.#reader = response.body?.getReader();
      this.#receiver.head({
        url: response.url,
        status: response.status,
        headers: response.headers,
      });
      if (this.#reader) await this.#read(this.#reader);
      if (!signal.aborted) this.#receiver.end();
    } catch (error) {
      if (!signal.aborted) this.#receiver.end(error);
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
      this.#receiver.bytes(value);
    }
  }
}
