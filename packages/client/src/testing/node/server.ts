import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { listenOptions, type ListenOptions } from "./listen.ts";
import { reset } from "./reset.ts";
import { Script } from "./script.ts";

/** The script of a server: called for each request, with 1 for the first. */
export type Play = (script: Script, number: number) => void;

/**
 * A server on 127.0.0.1 that follows its script byte by byte: it answers, sends in your chunks, waits, stalls, and
 * breaks connections.
 *
 * Errors: `listen` rejects if the port is in use
 * After: `close()`, or `await using`, releases every socket and the port
 */
export class SseServer implements AsyncDisposable {
  /** Every request so far, oldest first. */
  readonly requests: Script[] = [];
  readonly #play: Play;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port: number;
  readonly #host: string;

  private constructor(play: Play, port: number, host: string) {
    this.#play = play;
    this.#port = port;
    this.#host = host;
  }

  /** Starts a server, by default on a free port of 127.0.0.1. */
  static async listen(play: Play, options: ListenOptions = {}): Promise<SseServer> {
    if (typeof play !== "function")
      throw new TypeError("SseServer.listen needs a function of a script and its number.");
    const { port, host } = listenOptions("SseServer.listen", options);
    const server = new SseServer(play, port, host);
    await server.restart();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** The number of open sockets. */
  get sockets(): number {
    return this.#sockets.size;
  }

  /** The newest request. Throws if there was none. */
  get last(): Script {
    const last = this.requests.at(-1);
    if (!last) throw new Error("No request was made.");
    return last;
  }

  /** Acts as if the process was killed: every connection is reset, and new ones are refused. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) reset(socket);
    await closed;
  }

  /** Listens again on the same port, after `kill()`. */
  async restart(): Promise<void> {
    await this.kill();
    const server = createServer({ noDelay: true }, (request, response) => {
      const script = new Script(request, response);
      this.requests.push(script);
      this.#play(script, this.requests.length);
    });
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(this.#port, this.#host, resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Releases every socket and the port. */
  close(): Promise<void> {
    return this.kill();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
