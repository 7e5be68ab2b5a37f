import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Broker, memoryLog } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { wordAt } from "./story.ts";

/**
 * A storyteller and the HTTP server that carries its words. The server dies and comes back; the broker's log
 * outlives it, as it would in a process of its own.
 */
export class StoryServer {
  published = 0;
  deaths = 0;
  readonly #broker = new Broker({
    log: memoryLog({ maxEvents: 10_000 }),
    retryMs: 400,
  });
  readonly #handler = nodeHandler(this.#broker, { cors: { origins: "*" } });
  #http: Server | undefined;
  #port = 0;
  #telling: ReturnType<typeof setInterval> | undefined;

  get url(): string {
    return `http://localhost:${this.#port}/?stream=story`;
  }

  /** Listens on the port (0: any free one), always the same from then on. */
  async listen(port: number): Promise<void> {
    this.#http = createServer(this.#handler);
    this.#port = await listen(this.#http, port);
  }

  /** Tells a word every so often, whether or not the server is alive. */
  tell(everyMs: number): void {
    this.#telling = setInterval(() => {
      void this.#broker.publish("story", { type: "word", data: wordAt(++this.published) });
    }, everyMs);
  }

  hush(): void {
    clearInterval(this.#telling);
  }

  /** Cuts every connection, refuses new ones for a while, then comes back. */
  async die(forMs: number): Promise<void> {
    const http = this.#http;
    if (!http) return;
    this.#http = undefined;
    this.deaths++;
    http.close();
    http.closeAllConnections();
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
