import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Broker, byQuery, memoryLog } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { wordAt } from "./story.ts";

const byName = byQuery("stream");

/**
 * A storyteller and the HTTP server that sends its words. The server dies and returns. The broker's log outlives it, as
 * it would in a process of its own.
 */
export class StoryServer {
  published = 0;
  deaths = 0;
  readonly #broker = new Broker({ log: memoryLog({ maxEvents: 10_000 }), retryMs: 400 });
  readonly #handler = nodeHandler(this.#broker, {
    // `earliest`: from the first word, or after the reader's last one; `now`: from the current one.
    admit: (request) => ({
      ...byName(request),
      from: request.query.has("now") ? "last-id" : "earliest",
    }),
  });
  readonly #sockets = new Set<Socket>();
  #http: Server | undefined;
  #port = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  get url(): string {
    return `http://localhost:${this.#port}/`;
  }

  /** Listens on the port (0: any free one), and on the same one after each restart. */
  async listen(port: number): Promise<void> {
    this.#http = createServer(this.#handler).on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    this.#port = await listen(this.#http, port);
  }

  /** Publishes a word at fixed intervals, even while the server is dead. */
  tell(everyMs: number): void {
    this.#timer = setInterval(() => {
      const n = ++this.published;
      const word = wordAt(n - 1);
      const event =
        word === "¶" ? { type: "paragraph", data: { n } } : { type: "word", data: { n, word } };
      void this.#broker.publish("story", event);
    }, everyMs);
  }

  hush(): void {
    clearInterval(this.#timer);
  }

  /** Resets every connection, in the middle of its data. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Cuts every connection, refuses new ones for a while, then listens again. */
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
}

/** Starts listening and returns the port; if the port is in use, a free one. */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" && port !== 0) listen(server, 0).then(resolve, reject);
      else reject(error);
    });
    server.listen(port, () => resolve((server.address() as AddressInfo).port));
  });
}
