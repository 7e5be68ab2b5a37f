import type { Socket } from "node:net";
import type { buildConnector } from "undici";
import { FeedError } from "../../core/errors.ts";
import type { Phase } from "../../core/status.ts";
import { Watch } from "../../core/watch.ts";
import { net } from "./builtin.ts";
import type { DirectBody } from "./direct-body.ts";
import { proxyOf } from "./proxy.ts";
import { tunnel } from "./tunnel.ts";

type Connect = buildConnector.connector;
type Target = buildConnector.Options;
type Done = (error: Error | null, socket?: Socket) => void;

/** Makes undici's connectors for a proxy. */
export interface ProxyConnectors {
  toProxy(): Connect;
  /** Secures a tunnel. */
  throughProxy(): Connect;
}

/** A shared function, since a closure per socket would keep everything in its scope alive. */
function destroy(this: Socket): void {
  this.destroy();
}

const none: readonly Socket[] = Object.freeze([]);

/** Makes the sockets of a feed, one at a time, with undici's connectors, and through a proxy if there is one. */
export class Connector {
  /** Is notified of each phase of a socket's set-up. */
  listener: { phase(phase: Phase): void } | undefined;
  readonly #proxy: string | false | undefined;
  readonly #limitMs: number | false;
  readonly #ref: boolean;
  /** Limits the set-up of a socket. */
  #watch: Watch | undefined;
  #connecting: readonly Socket[] = none;
  /** The origins that have completed a TLS handshake. */
  #secured: Set<string> | undefined;
  #phase: Phase = "connect";

  /**
   * `proxy`: a proxy's URL, `env` for the environment's, `undefined` for Node's own setting, or `false` for none.
   * `limitMs`: the longest set-up in ms, for DNS, TCP, the proxy's answer and TLS together. With `ref: false` its
   * sockets do not keep the process alive.
   */
  constructor(proxy: string | false | undefined, limitMs: number | false, ref: boolean) {
    this.#proxy = proxy;
    this.#limitMs = limitMs;
    this.#ref = ref;
  }

  /** The connector for undici. `direct` gets each of its sockets. */
  of(toServer: Connect, others: ProxyConnectors, direct: DirectBody | undefined): Connect {
    return (target, done) => {
      const settle: Done = (error, socket) => {
        this.#unwatch();
        this.#connecting = none;
        if (!socket) return done(error ?? new Error("no socket"), null);
        if (target.protocol === "https:") (this.#secured ??= new Set()).add(originOf(target));
        // Replaced permanently, since undici calls `ref()` again for an HTTP/2 stream.
        if (!this.#ref) socket.unref().ref = () => socket;
        // When an HTTP/2 session ends, it only ends its side of the socket, and a server may never close the other
        // side.
        socket.once("finish", destroy);
        direct?.connected(socket);
        done(null, socket);
      };
      this.#limit();
      const proxy = proxyOf(this.#proxy, originOf(target));
      if (proxy === undefined) this.#open(toServer, target, this.#explaining(target, settle));
      else this.#through(proxy, others, target, settle);
    };
  }

  /** Gives up sockets that are still connecting: a destroyed dispatcher would go on connecting. */
  stop(): void {
    this.#unwatch();
    this.#destroy(new Error("closed"));
  }

  #through(proxy: URL, connectors: ProxyConnectors, target: Target, done: Done): void {
    const { protocol, host, hostname: name, port } = proxy;
    const hostname = name.replace(/^\[|\]$/g, "");
    this.#open(connectors.toProxy(), { protocol, host, hostname, port }, (error, socket) => {
      if (!socket) return done(error);
      this.#enter("proxy");
      tunnel(socket, proxy, target, (failure, tunnelled) => {
        if (!tunnelled) return done(failure);
        if (target.protocol !== "https:") return done(null, tunnelled);
        this.#enter("tls");
        const through = { ...target, httpSocket: tunnelled };
        this.#open(connectors.throughProxy(), through, this.#explaining(target, done));
      });
    });
  }

  #open(connect: Connect, target: Target, done: Done): void {
    // The declared type is `void`, but undici returns the socket.
    const socket = connect(target, (error, connected) => {
      if (error) done(error);
      else done(null, connected);
    }) as unknown as Socket;
    this.#connecting = [...this.#connecting, socket];
    keepFirstError(socket);
    if (target.httpSocket) return;
    const isName = net().isIP(target.hostname) === 0;
    this.#enter(isName ? "dns" : "connect");
    if (isName) socket.once("lookup", () => this.#enter("connect"));
    if (target.protocol === "https:") socket.once("connect", () => this.#enter("tls"));
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.listener?.phase(phase);
  }

  #limit(): void {
    const limitMs = this.#limitMs;
    if (limitMs === false) return;
    this.#watch ??= new Watch(this.#ref);
    this.#watch.start(limitMs, () => {
      const error = new Error(
        `no ${this.#phase} within ${limitMs} ms, the limit of timeouts.connectMs`,
      );
      error.name = "ConnectTimeoutError";
      this.#destroy(error);
    });
  }

  #unwatch(): void {
    this.#watch?.stop();
    this.#watch = undefined;
  }

  #destroy(error: Error): void {
    for (const socket of this.#connecting) socket.destroy(error);
  }

  /**
   * Explains an answer that is not TLS. If the origin never spoke TLS, a retry cannot help. If it did before, the fault
   * is temporary.
   */
  #explaining(target: Target, done: Done): Done {
    return (error, socket) => {
      if (!error || !noTls.test((error as NodeJS.ErrnoException).code ?? "")) {
        return done(error, socket);
      }
      const origin = originOf(target);
      done(
        this.#secured?.has(origin)
          ? new FeedError("network", `${origin} answered with bytes that are not TLS.`, {
              cause: error,
            })
          : new FeedError(
              "tls",
              `${origin} does not speak TLS on this port: is its URL http://${target.host ?? target.hostname}?`,
              { cause: error },
            ),
      );
    };
  }
}

/** OpenSSL's codes for bytes that are not TLS, such as an answer in plain HTTP. */
const noTls =
  /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|BAD_RECORD_TYPE|HTTP_REQUEST)$/;

const originOf = ({ protocol, host, hostname }: Target): string =>
  `${protocol}//${host ?? hostname}`;

/**
 * A server that refuses our certificate sends an alert, then hangs up. undici reports only the last error, so the first
 * one becomes its cause.
 */
function keepFirstError(socket: Socket): void {
  let first: Error | undefined;
  socket.on("error", (error) => {
    if (first) error.cause ??= first;
    else first = error;
  });
}
