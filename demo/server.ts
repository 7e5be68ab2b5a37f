import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Broker, memoryLog, type Session } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { wordAt } from "./story.ts";

/**
 * A storyteller and the HTTP server that carries its words. The server dies and comes back; the broker's log
 * outlives it, as it would in a process of its own.
 */
export class StoryServer {
  published = 0;
  deaths = 0;
  readonly #browsers = new Set<Session>();
  readonly #broker = new Broker({
    log: memoryLog({ maxEvents: 10_000 }),
    retryMs: 400,
    onConnect: (session, { header }) => {
      // Only browsers send one.
      if (header("origin") !== undefined) this.#count("add", session);
    },
    onDisconnect: (session) => this.#count("delete", session),
  });
  readonly #handler = nodeHandler(this.#broker, { cors: { origins: "*" } });
  readonly #sockets = new Set<Socket>();
  #http: Server | undefined;
  #port = 0;
  #timers: ReturnType<typeof setInterval>[] = [];

  get url(): string {
    return `http://localhost:${this.#port}/?stream=story`;
  }

  /** Listens on the port (0: any free one), always the same from then on. */
  async listen(port: number): Promise<void> {
    this.#http = createServer(this.#handler).on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    this.#port = await listen(this.#http, port);
  }

  /** Tells a word every so often, whether or not the server is alive; and each second who reads, while it is. */
  tell(everyMs: number): void {
    let told = 0;
    const tellWord = (): void => {
      const word = wordAt(told++);
      if (word === "¶") this.#publish("paragraph");
      else this.#publish("word", { word });
    };
    this.#timers = [setInterval(tellWord, everyMs), setInterval(() => this.#tellReaders(), 1000)];
  }

  hush(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  /** Resets every connection, in the middle of whatever it carries. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Cuts every connection, refuses new ones for a while, then comes back. */
  async die(forMs: number): Promise<void> {
    const http = this.#http;
    if (!http) return;
    this.#http = undefined;
    this.deaths++;
    http.close();
    this.cut();
    await sleep(forMs);
    await this.listen(this.#port);
  }

  async close(): Promise<void> {
    this.hush();
    await this.#broker.close({ graceMs: 200 });
    this.#http?.close();
    this.#http?.closeAllConnections();
  }

  #count(change: "add" | "delete", session: Session): void {
    this.#browsers[change](session);
    this.#tellReaders();
  }

  #tellReaders(): void {
    if (this.#http) this.#publish("readers", { browsers: this.#browsers.size });
  }

  #publish(type: string, data: object = {}): void {
    // Silent means silent: what is published is what a reader is to have counted.
    if (this.#timers.length === 0) return;
    void this.#broker.publish("story", { type, data: { n: ++this.published, ...data } });
  }
}

/** Starts listening and gives the port; a port that is taken gives way to a free one. */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" && port !== 0) listen(server, 0).then(resolve, reject);
      else reject(error);
    });
    server.listen(port, () => resolve((server.address() as AddressInfo).port));
  });
}
