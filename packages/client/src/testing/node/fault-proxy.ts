import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { Link } from "./link.ts";
import { listenOptions, type ListenOptions } from "./listen.ts";

/**
 * A TCP proxy on 127.0.0.1 between a client and a server that breaks their connections: all of them through `links`, or
 * each new one through `onLink`. It never reorders or invents bytes.
 *
 * Errors: `listen` rejects if it cannot listen. To the client, an unreachable server looks like a reset
 * After: `close()`, or `await using`, resets open connections and releases the port
 */
export class FaultProxy implements AsyncDisposable {
  /** The open connections. */
  readonly links: Set<Link> = new Set();
  /** `true` refuses new connections: they are reset as soon as they are made. */
  refuse = false;
  /** Called with each new connection. */
  onLink: (link: Link) => void = () => undefined;
  /** The server's URL. It may be changed, for new connections. */
  upstream: string | URL;
  #server!: Server;

  private constructor(upstream: string | URL) {
    this.upstream = upstream;
  }

  /** Starts a proxy for a server, by default on a free port of 127.0.0.1. */
  static async listen(upstream: string | URL, options: ListenOptions = {}): Promise<FaultProxy> {
    if (!URL.canParse(upstream))
      throw new TypeError(
        `FaultProxy.listen needs the URL of a server, not ${JSON.stringify(upstream)}.`,
      );
    const { port, host } = listenOptions("FaultProxy.listen", options);
    const proxy = new FaultProxy(upstream);
    const server = createServer({ allowHalfOpen: true }, (client) => {
      client.on("error", () => undefined);
      if (proxy.refuse) {
        client.resetAndDestroy();
        return;
      }
      const { hostname, port: at } = new URL(proxy.upstream);
      const upstreamSocket = connect({ host: hostname, port: Number(at), allowHalfOpen: true });
      const link = new Link(client, upstreamSocket);
      proxy.links.add(link);
      client.once("close", () => proxy.links.delete(link));
      proxy.onLink(link);
    });
    proxy.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, host, resolve);
    });
    return proxy;
  }

  /** Its URL, with the path and the query of the server's. */
  get url(): string {
    const url = new URL(this.upstream);
    const { address, port } = this.#server.address() as AddressInfo;
    url.host = `${address}:${port}`;
    return url.href;
  }

  /** Resets open connections and releases the port. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const link of this.links) link.reset();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
