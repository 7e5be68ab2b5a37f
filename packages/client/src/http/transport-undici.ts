import type { buildConnector, Dispatcher } from "undici";
import { Connector, type ProxyConnectors } from "./node/connector.ts";
import { DirectBody } from "./node/direct-body.ts";
import { acceptedEncodings } from "./node/decompress.ts";
import { bare, DispatchFlow, toFeedError, type Route } from "./node/dispatch-flow.ts";
import { OwnRoute, TheirRoute } from "./node/routes.ts";
import { inQuotes, isOptions, shown } from "../core/must.ts";
import { FeedError } from "../core/errors.ts";
import { nodeDefaults, type NodeOptions } from "../core/node-options.ts";
import { knownOptions } from "../core/own.ts";
import {
  isStream,
  type Flow,
  type Receiver,
  type Transport,
  type TransportOptions,
  type TransportRequest,
} from "./transport.ts";

/**
 * Fetches bytes with undici's dispatcher, passed from its handler straight to the receiver. A web stream in between
 * would cost more than all parsing.
 *
 * Errors: throws `TypeError` for invalid settings
 */
export function createTransport(options: TransportOptions): Transport {
  const node = knownOptions("node", options.node ?? {}, nodeDefaults);
  check(node);
  return new UndiciTransport({ ...options, node });
}

class UndiciTransport implements Transport, ProxyConnectors {
  readonly #node: NodeOptions | undefined;
  readonly #connector: Connector;
  /** The TLS options as they were given. Node checks their names. */
  readonly #tls: buildConnector.BuildOptions | undefined;
  #their: TheirRoute | undefined;
  #route: OwnRoute | undefined;
  #undici: Undici | undefined;
  #throughProxy: buildConnector.connector | undefined;

  constructor({ node, connectMs, ref }: TransportOptions) {
    // A Unix socket never goes through a proxy, whatever the environment says.
    const proxy = node?.socketPath === undefined ? node?.proxy : false;
    this.#node = node;
    this.#tls = node?.tls && { ...(node.tls as buildConnector.BuildOptions) };
    this.#connector = new Connector(proxy, connectMs, ref);
  }

  send(request: TransportRequest, receiver: Receiver): Flow {
    const flow = new DispatchFlow(receiver);
    void this.#dispatch(request, receiver, flow);
    return flow;
  }

  close(): void {
    this.#route?.close();
    this.#route = undefined;
  }

  async #dispatch(
    request: TransportRequest,
    receiver: Receiver,
    flow: DispatchFlow,
  ): Promise<void> {
    this.#connector.listener = receiver;
    const theirs = this.#node?.dispatcher as Dispatcher | undefined;
    try {
      requireNode();
      // Loaded with the first connection, since a program that imports a feed may never open one.
      const undici = theirs ? undefined : await import("undici");
      receiver.phase("connect");
      const { headers, body } = await packed(request);
      if (flow.aborted) return;
      const { url, method } = request;
      const route = undici ? this.#routeTo(url.origin, undici) : this.#theirs(theirs!);
      if (route instanceof TheirRoute) await route.free;
      if (!flow.aborted) flow.start(route, url, { method, headers, body });
    } catch (error) {
      if (!flow.aborted) receiver.failed(refused(error));
    }
  }

  #theirs(dispatcher: Dispatcher): TheirRoute {
    return (this.#their ??= new TheirRoute(dispatcher));
  }

  #routeTo(origin: string, undici: Undici): Route {
    if (this.#route?.origin === origin && !this.#route.closed) return this.#route;
    // After a redirect to another origin, the route to the previous one is closed.
    this.close();
    const direct = this.#node?.direct === false ? undefined : new DirectBody();
    const client = this.#client(origin, undici, direct);
    this.#route = new OwnRoute(origin, client, this.#connector, direct);
    return this.#route;
  }

  /** A feed makes one request at a time. A pool for several would take as much memory as the rest of the feed. */
  #client(origin: string, undici: Undici, direct: DirectBody | undefined): Dispatcher {
    this.#undici = undici;
    const options = this.#connectOptions();
    const toServer = undici.buildConnector(bare(direct ? { ...options, onread: direct } : options));
    const { allowH2 } = options;
    const connect = this.#connector.of(toServer, this, direct);
    // A quiet feed is a healthy feed: only the feed's own idle watch may end it.
    return new undici.Client(origin, bare({ connect, allowH2, bodyTimeout: 0, headersTimeout: 0 }));
  }

  /** The connector has its own limit, for the whole set-up. */
  #connectOptions(): buildConnector.BuildOptions & { readonly allowH2: boolean } {
    const { socketPath = null, http2: allowH2 = true } = this.#node ?? {};
    return { ...unset, ...this.#tls, timeout: 0, allowH2, socketPath };
  }

  // The connectors for a proxy, made when one is needed.

  toProxy(): buildConnector.connector {
    const options = { ...unset, timeout: 0, allowH2: false, socketPath: null };
    return this.#undici!.buildConnector(bare(options));
  }

  /** One for all tunnels, since it remembers TLS sessions. */
  throughProxy(): buildConnector.connector {
    return (this.#throughProxy ??= this.#undici!.buildConnector(bare(this.#connectOptions())));
  }
}

/** Set explicitly, since Node's sockets also read these options from a changed `Object.prototype`. */
const unset = { signal: undefined, lookup: undefined, onread: undefined };

type Undici = typeof import("undici");

/** Importing succeeds everywhere, so a missing feature is reported here. */
function requireNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return;
  throw new FeedError(
    "unsupported",
    `A feed needs Node ≥ 22.19, and this is ${process.versions.node}. Older ones can pass \`fetch\` as an option.`,
  );
}

/** A request that cannot be made is an error that a retry cannot fix. */
function refused(cause: unknown): unknown {
  const error = toFeedError(cause);
  if (error instanceof FeedError) return error;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new FeedError("request", `The request cannot be made: ${message}`, { cause });
}

/**
 * Refuses invalid options, which would make every attempt fail, and options that exclude each other, of which one would
 * be ignored.
 */
function check(options: NodeOptions): void {
  const { dispatcher, proxy, tls, socketPath } = options;
  const given = Object.keys(options).filter((name) => options[name as never] !== undefined);
  const way = given.find((name) => name !== "dispatcher");
  if (dispatcher !== undefined && way !== undefined) {
    const advice =
      way === "direct" ? "undici parses what it receives" : `give ${way} to the dispatcher`;
    throw new TypeError(`node.dispatcher and node.${way} exclude each other: ${advice}.`);
  }
  if (proxy !== undefined && socketPath !== undefined) {
    throw new TypeError(
      "node.proxy and node.socketPath exclude each other: a Unix socket needs no proxy.",
    );
  }
  if (tls !== undefined && !isOptions(tls)) {
    throw new TypeError(`node.tls must be an object, such as { ca }, not ${shown(tls)}.`);
  }
  for (const name of ["http2", "direct"] as const) {
    const value = options[name];
    if (value === undefined || typeof value === "boolean") continue;
    throw new TypeError(`node.${name} must be true or false, not ${shown(value)}.`);
  }
  if (socketPath !== undefined && (typeof socketPath !== "string" || socketPath === "")) {
    throw new TypeError(`node.socketPath must be a path, not ${inQuotes(socketPath)}.`);
  }
  if (dispatcher !== undefined && typeof dispatcher?.dispatch !== "function") {
    throw new TypeError("node.dispatcher must be an undici Dispatcher, such as an Agent.");
  }
  if (proxy !== undefined && proxy !== "env" && !isHttpUrl(proxy)) {
    throw new TypeError(
      `node.proxy must be 'env' or a URL such as http://localhost:8080, not ${inQuotes(proxy)}.`,
    );
  }
}

const isHttpUrl = (proxy: unknown): boolean =>
  typeof proxy === "string" && /^https?:\/\/[^/?#]/i.test(proxy);

/**
 * The headers and the body as `fetch` would make them. A body that undici's dispatch does not support is converted to
 * bytes.
 */
async function packed({ body, headers: given }: TransportRequest): Promise<{
  readonly headers: Record<string, string>;
  readonly body: Exclude<Dispatcher.DispatchOptions["body"], undefined>;
}> {
  const headers = new Headers(given);
  // The headers that fetch sends for `cache: "no-store"`.
  if (!headers.has("Cache-Control")) {
    headers.set("Cache-Control", "no-cache");
    headers.set("Pragma", "no-cache");
  }
  if (!headers.has("Accept-Encoding")) headers.set("Accept-Encoding", acceptedEncodings);
  const packet = body === undefined || isStream(body) ? undefined : new Response(body);
  const type = packet?.headers.get("Content-Type");
  if (type && !headers.has("Content-Type")) headers.set("Content-Type", type);
  const bytes = packet ? new Uint8Array(await packet.arrayBuffer()) : ((body ?? null) as never);
  return { headers: Object.fromEntries(headers), body: bytes };
}
