import {
  buildConnector,
  Client,
  EnvHttpProxyAgent,
  Pool,
  ProxyAgent,
  type Dispatcher,
} from "undici";
import { Connector } from "./connector.ts";
import { acceptedEncodings, Decompressor, encodingsOf, type Decoded } from "./decompress.ts";
import type { NodeOptions } from "../core/options.ts";
import type { Flow, Receiver, Transport, TransportOptions, TransportRequest } from "./transport.ts";

/**
 * Bytes by undici's dispatcher: from its handler straight to the receiver. A web stream in between would
 * cost more than all parsing.
 *
 * Errors: throws `TypeError` for settings that can't work
 */
export function createTransport(options: TransportOptions): Transport {
  check(options.node ?? {});
  const theirs = options.node?.dispatcher as Dispatcher | undefined;
  const connector = new Connector(options.ref);
  let ours: { readonly origin: string; readonly dispatcher: Dispatcher } | undefined;
  const close = (): void => {
    void ours?.dispatcher.destroy();
    ours = undefined;
    connector.stop();
  };
  const oursFor = ({ origin }: URL): Dispatcher => {
    // A redirect to another origin leaves nothing behind at the one before.
    if (ours?.origin !== origin) close();
    ours ??= { origin, dispatcher: createDispatcher(origin, options, connector) };
    return ours.dispatcher;
  };
  return {
    send(request, receiver) {
      const exchange = new Exchange(receiver, close);
      void exchange.run(theirs ?? oursFor(request.url), request);
      return exchange;
    },
    close,
  };
}

const settings: ReadonlySet<string> = new Set<keyof NodeOptions>([
  "dispatcher",
  "tls",
  "proxy",
  "socketPath",
  "http2",
]);

/** What is not known, or no proxy, would be an attempt that fails for ever. */
function check({ dispatcher, proxy, ...others }: NodeOptions): void {
  const strange = Object.keys(others).find((name) => !settings.has(name));
  if (strange !== undefined) {
    throw new TypeError(`node has no option ${strange}, only ${[...settings].join(", ")}.`);
  }
  if (dispatcher !== undefined && typeof dispatcher?.dispatch !== "function") {
    throw new TypeError("node.dispatcher must be an undici Dispatcher, such as an Agent.");
  }
  if (proxy !== undefined && proxy !== "env" && !/^https?:\/\//i.test(proxy)) {
    throw new TypeError(
      `node.proxy must be 'env' or a URL such as http://localhost:8080, not ${JSON.stringify(proxy)}.`,
    );
  }
}

function createDispatcher(
  origin: string,
  { node = {}, connectMs }: TransportOptions,
  connector: Connector,
): Dispatcher {
  const { proxy, socketPath, http2: allowH2 = true } = node;
  const timeout = connectMs === false ? 0 : connectMs;
  // Every setting is an own property: what Object.prototype was given does not count.
  const tls = { ...(node.tls as buildConnector.BuildOptions), timeout, allowH2 };
  const connect = connector.of(buildConnector({ ...tls, socketPath: socketPath ?? null }));
  // A quiet feed is a healthy feed: only the feed's own idle watch may end it.
  const quiet = { connect, allowH2, bodyTimeout: 0, headersTimeout: 0 };
  // A feed makes one request at a time, and a pool for more takes as much memory as all the rest of it.
  if (proxy === undefined) return new Client(origin, quiet);
  const tunnel = {
    ...quiet,
    proxyTunnel: true,
    connectTimeout: timeout,
    requestTls: tls,
    clientFactory: (to: URL, { connect: toProxy, ...rest }: Pool.Options) =>
      new Pool(to, { ...rest, connect: connector.of(toProxy as buildConnector.connector) }),
  };
  return proxy === "env"
    ? new EnvHttpProxyAgent(tunnel)
    : new ProxyAgent({ ...tunnel, uri: proxy });
}

/** A larger piece is worth a delivery of its own, in bytes. */
const small = 4096;

class Exchange implements Flow, Dispatcher.DispatchHandler, Decoded {
  readonly #receiver: Receiver;
  readonly #destroyOurs: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #decompressor: Decompressor | undefined;
  #gathered: Uint8Array[] = [];
  #aborted = false;
  #url = "";

  constructor(receiver: Receiver, destroyOurs: () => void) {
    this.#receiver = receiver;
    this.#destroyOurs = destroyOurs;
  }

  async run(dispatcher: Dispatcher, request: TransportRequest): Promise<void> {
    const { url, method } = request;
    this.#url = url.href;
    try {
      const { body, headers } = await packed(request);
      if (this.#aborted) return;
      const options: Dispatcher.DispatchOptions = {
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers,
        body,
        bodyTimeout: 0,
        headersTimeout: 0,
      };
      // Without a prototype, which somebody may have given more of them.
      dispatcher.dispatch(Object.assign(Object.create(null), options), this);
    } catch (error) {
      if (!this.#aborted) this.#receiver.end(error);
    }
  }

  pause(): void {
    (this.#decompressor ?? this.#controller)?.pause();
  }

  resume(): void {
    (this.#decompressor ?? this.#controller)?.resume();
  }

  abort(): void {
    this.#aborted = true;
    this.#decompressor?.destroy();
    // Before the request has a socket there is nothing to abort.
    if (this.#controller) this.#controller.abort(new Error("closed"));
    else this.#destroyOurs();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted) controller.abort(new Error("closed"));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // 1xx answers are on the way to the answer.
    if (this.#aborted || status < 200) return;
    // They are pieces of the first bytes that came, which they would keep as long as the stream.
    controller.rawHeaders = null;
    const head = { url: this.#url, status, headers: toHeaders(headers) };
    const encodings = encodingsOf(head.headers.get("Content-Encoding"));
    if (encodings.length > 0) this.#decompressor = new Decompressor(encodings, this);
    this.#receiver.head(head);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#decompressor) this.#decompressor.push(chunk);
    else this.bytes(chunk);
  }

  onResponseEnd(): void {
    if (this.#decompressor) this.#decompressor.finish();
    else this.end();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.end(error);
  }

  /** Hands on the small pieces of one read of the socket as one: to deliver each would cost more than to parse it. */
  bytes(chunk: Uint8Array): void {
    if (this.#aborted) return;
    if (this.#gathered.length === 0) {
      if (chunk.length > small) return this.#receiver.bytes(chunk);
      queueMicrotask(this.#flush);
    }
    this.#gathered.push(chunk);
  }

  readonly #flush = (): void => {
    const pieces = this.#gathered;
    if (pieces.length === 0) return;
    this.#gathered = [];
    if (!this.#aborted)
      this.#receiver.bytes(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
  };

  end(error?: unknown): void {
    this.#flush();
    if (!this.#aborted) this.#receiver.end(error);
  }

  /** The decompressor's word for how much it holds. */
  full(full: boolean): void {
    if (full) this.#controller?.pause();
    else this.#controller?.resume();
  }
}

function toHeaders(raw: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw)) {
    for (const each of [value ?? []].flat()) headers.append(name, each);
  }
  return headers;
}

/** The headers and the body as `fetch` would make them: what undici's dispatch does not know is made of bytes. */
async function packed({ body, headers: given }: TransportRequest): Promise<{
  readonly headers: Record<string, string>;
  readonly body: Exclude<Dispatcher.DispatchOptions["body"], undefined>;
}> {
  const headers = new Headers(given);
  // What fetch's `cache: "no-store"` sends.
  if (!headers.has("Cache-Control")) {
    headers.set("Cache-Control", "no-cache");
    headers.set("Pragma", "no-cache");
  }
  if (!headers.has("Accept-Encoding")) headers.set("Accept-Encoding", acceptedEncodings);
  const packet =
    body === undefined || body instanceof ReadableStream ? undefined : new Response(body);
  const type = packet?.headers.get("Content-Type");
  if (type && !headers.has("Content-Type")) headers.set("Content-Type", type);
  const bytes = packet ? new Uint8Array(await packet.arrayBuffer()) : ((body ?? null) as never);
  return { headers: Object.fromEntries(headers), body: bytes };
}
