import { Agent, EnvHttpProxyAgent, ProxyAgent, type buildConnector, type Dispatcher } from "undici";
import type { Flow, Receiver, Transport, TransportOptions, TransportRequest } from "./transport.ts";

/**
 * Bytes by undici's dispatcher: from its handler straight to the receiver. A web stream in between would
 * cost more than all parsing.
 */
export function createTransport(options: TransportOptions): Transport {
  const theirs = options.node?.dispatcher as Dispatcher | undefined;
  let ours: Dispatcher | undefined;
  const close = (): void => {
    void ours?.destroy();
    ours = undefined;
  };
  return {
    send(request, receiver) {
      const dispatcher = theirs ?? (ours ??= createDispatcher(options));
      const exchange = new Exchange(receiver, close);
      void exchange.run(dispatcher, request);
      return exchange;
    },
    close,
  };
}

function createDispatcher({ node = {}, connectMs }: TransportOptions): Dispatcher {
  const { proxy, socketPath, http2 = true } = node;
  const tls = node.tls as buildConnector.BuildOptions | undefined;
  const connect = {
    ...tls,
    ...(socketPath !== undefined && { socketPath }),
    timeout: connectMs === false ? 0 : connectMs,
  };
  // A quiet feed is a healthy feed: only the feed's own idle watch may end it.
  const agent = { connect, allowH2: http2, bodyTimeout: 0, headersTimeout: 0 };
  if (proxy === undefined) return new Agent(agent);
  if (proxy === "env") return new EnvHttpProxyAgent(agent);
  return new ProxyAgent({ ...agent, uri: proxy, proxyTunnel: true, ...(tls && { requestTls: tls }) });
}

class Exchange implements Flow, Dispatcher.DispatchHandler {
  readonly #receiver: Receiver;
  readonly #destroyOurs: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #aborted = false;
  #url = "";

  constructor(receiver: Receiver, destroyOurs: () => void) {
    this.#receiver = receiver;
    this.#destroyOurs = destroyOurs;
  }

  async run(dispatcher: Dispatcher, request: TransportRequest): Promise<void> {
    const { url, method, headers } = request;
    this.#url = url.href;
    try {
      const body = await bodyOf(request);
      if (this.#aborted) return;
      dispatcher.dispatch(
        {
          origin: url.origin,
          path: url.pathname + url.search,
          method: method as Dispatcher.HttpMethod,
          headers: Object.fromEntries(headers),
          body,
          bodyTimeout: 0,
          headersTimeout: 0,
        },
        this,
      );
    } catch (error) {
      if (!this.#aborted) this.#receiver.end(error);
    }
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  abort(): void {
    this.#aborted = true;
    // Before the request has a socket there is nothing to abort: undici would go on connecting.
    if (this.#controller) this.#controller.abort(new Error("closed"));
    else this.#destroyOurs();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted) controller.abort(new Error("closed"));
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // 1xx answers are on the way to the answer.
    if (!this.#aborted && status >= 200) {
      this.#receiver.head({ url: this.#url, status, headers: toHeaders(headers) });
    }
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (!this.#aborted) this.#receiver.bytes(chunk);
  }

  onResponseEnd(): void {
    if (!this.#aborted) this.#receiver.end();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (!this.#aborted) this.#receiver.end(error);
  }
}

function toHeaders(raw: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw)) {
    for (const each of [value ?? []].flat()) headers.append(name, each);
  }
  return headers;
}

/** Bodies that undici's dispatch does not know are made of bytes first, as fetch would. */
async function bodyOf({ body }: TransportRequest): Promise<NonNullable<Dispatcher.DispatchOptions["body"]> | null> {
  if (body === undefined) return null;
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  if (body instanceof ReadableStream) return body as never;
  return new Uint8Array(await new Response(body).arrayBuffer());
}
