import { isIP, type Socket } from "node:net";
import type { buildConnector } from "undici";
import { FeedError } from "../../core/errors.ts";
import type { Phase } from "../../core/status.ts";
import { Watch } from "../../core/watch.ts";
import { proxyOf } from "./proxy.ts";
import { tunnel } from "./tunnel.ts";

type Connect = buildConnector.connector;
type Target = buildConnector.Options;
type Done = (error: Error | null, socket?: Socket) => void;

/** Not a function of its own for each socket: that would hold on to all it was connected with. */
function destroy(this: Socket): void {
  this.destroy();
}

const none: readonly Socket[] = Object.freeze([]);

/** Makes the sockets of a feed, one at a time, by undici's connectors; through a proxy if there is one. */
export class Connector {
  /** Hears which phase the socket is in. */
  listener: { phase(phase: Phase): void } | undefined;
  readonly #proxy: string | false | undefined;
  readonly #limitMs: number | false;
  readonly #ref: boolean;
  /** While a socket is set up. */
  #watch: Watch | undefined;
  #connecting: readonly Socket[] = none;
  /** Origins that completed a TLS handshake before. */
  #secured: Set<string> | undefined;
  #phase: Phase = "connect";

  /**
   * `proxy`: a proxy's URL, `env`, what Node itself is set to, or `false` for none. `limitMs`: the longest set-up: DNS, TCP, the proxy's answer and TLS together.
   * With `ref: false` its sockets do not keep the process alive.
   */
  constructor(proxy: string | false | undefined, limitMs: number | false, ref: boolean) {
    this.#proxy = proxy;
    this.#limitMs = limitMs;
    this.#ref = ref;
  }

  /** What undici connects with. `connect` reaches the server, `toProxy` a proxy. */
  of(connect: Connect, toProxy: () => Connect): Connect {
    return (target, done) => {
      const settle: Done = (error, socket) => {
        this.#unwatch();
        this.#connecting = none;
        if (!socket) return done(error ?? new Error("no socket"), null);
        if (target.protocol === "https:") (this.#secured ??= new Set()).add(originOf(target));
        // For good: undici holds the socket of an HTTP/2 stream again.
        if (!this.#ref) socket.unref().ref = () => socket;
        // An HTTP/2 session that has ended ends its socket, and leaves it to a server that may never answer.
        socket.once("finish", destroy);
        done(null, socket);
      };
      this.#limit();
      const proxy = proxyOf(this.#proxy, originOf(target));
      if (proxy === undefined) this.#open(connect, target, this.#explaining(target, settle));
      else this.#through(proxy, connect, toProxy, target, settle);
    };
  }

  /** Gives up what is not connected yet: a dispatcher that is destroyed would go on connecting. */
  stop(): void {
    this.#unwatch();
    this.#destroy(new Error("closed"));
  }

  #through(proxy: URL, connect: Connect, toProxy: () => Connect, target: Target, done: Done): void {
    const { protocol, host, hostname: name, port } = proxy;
    const hostname = name.replace(/^\[|\]$/g, "");
    this.#open(toProxy(), { protocol, host, hostname, port }, (error, socket) => {
      if (!socket) return done(error);
      this.#enter("proxy");
      tunnel(socket, proxy, target, (failure, tunnelled) => {
        if (!tunnelled) return done(failure);
        if (target.protocol !== "https:") return done(null, tunnelled);
        this.#enter("tls");
        const through = { ...target, httpSocket: tunnelled };
        this.#open(connect, through, this.#explaining(target, done));
      });
    });
  }

  #open(connect: Connect, target: Target, done: Done): void {
    // Its type does not say so, but it gives the socket.
    const socket = connect(target, (error, connected) => {
      if (error) done(error);
      else done(null, connected);
    }) as unknown as Socket;
    this.#connecting = [...this.#connecting, socket];
    keepFirstError(socket);
    if (target.httpSocket) return;
    const isName = isIP(target.hostname) === 0;
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

  /** An answer that is no TLS: for good where there never was any, a fault of the way where there was. */
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

/** What OpenSSL says of bytes that are no TLS, such as an answer in HTTP. */
const noTls =
  /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|BAD_RECORD_TYPE|HTTP_REQUEST)$/;

const originOf = ({ protocol, host, hostname }: Target): string =>
  `${protocol}//${host ?? hostname}`;

/** A server that refuses our certificate says so, then hangs up. undici reports the last error: that it hung up. */
function keepFirstError(socket: Socket): void {
  let first: Error | undefined;
  socket.on("error", (error) => {
    if (first) error.cause ??= first;
    else first = error;
  });
}
