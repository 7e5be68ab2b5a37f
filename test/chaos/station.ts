import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Ledger } from "@steadfeed/client/testing";
import { Broker, type SlowPolicy } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import type { Memory } from "./logs.ts";
import { between, chance, pick, type Random } from "./random.ts";

const policies: readonly SlowPolicy[] = ["disconnect", "resume", "skip"];

/** Our server, which is killed and comes back, and everything it publishes. */
export class Station {
  readonly streams: readonly string[];
  readonly #ledger: Ledger;
  readonly #memory: Memory;
  readonly #random: Random;
  #broker!: Broker;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  port = 0;

  constructor(ledger: Ledger, memory: Memory, random: Random, streams: number) {
    this.#ledger = ledger;
    this.#memory = memory;
    this.#random = random;
    this.streams = Array.from({ length: streams }, (_, n) => `s${n}`);
  }

  /** A new broker on the memory that is there, and a new server on the same port. */
  async start(): Promise<void> {
    this.#broker = new Broker({
      log: this.#memory.open(),
      heartbeatMs: 250,
      slow: { timeoutMs: 300, tolerance: 2, policy: pick(this.#random, policies) },
    });
    await this.#listen();
  }

  /** While a server shuts down it takes nothing. Every event has some characters of several bytes, and now and then many. */
  async publish(): Promise<void> {
    if (!this.#broker.open) return;
    const stream = pick(this.#random, this.streams);
    const length = chance(this.#random, 0.01) ? 60_000 : between(this.#random, 0, 300);
    const data = `${"é€😀\n".repeat(between(this.#random, 1, 4))}${"x".repeat(length)}`;
    if (chance(this.#random, 0.02)) {
      const { id } = await this.#broker.broadcast({ type: "all", data });
      this.#ledger.add(id, "all");
      return;
    }
    const type = `${stream}.${pick(this.#random, ["a", "b"])}`;
    const { id } = await this.#broker.publish(stream, { type, data });
    this.#ledger.add(id, type);
  }

  /** More at once than sockets hold: who stands still meanwhile falls behind. */
  async burst(): Promise<void> {
    const stream = pick(this.#random, this.streams);
    for (let n = 0; n < 8 && this.#broker.open; n++) {
      const type = `${stream}.a`;
      const { id } = await this.#broker.publish(stream, { type, data: "€".repeat(300_000) });
      this.#ledger.add(id, type);
    }
  }

  /** One of the ways in which servers go, and come back. */
  async fail(): Promise<string> {
    const how = pick(this.#random, [
      "killed",
      "killed",
      "replaced",
      "replaced",
      "shut down",
      "memory lost",
    ]);
    const downMs = between(this.#random, 0, 400);
    if (how === "shut down") await this.#broker.close({ graceMs: 100, retryMs: 50 });
    await this.#kill();
    if (how === "memory lost") await this.#memory.lose();
    if (how !== "killed") {
      const old = this.#broker;
      await this.start();
      await old.close({ graceMs: 0 });
      return how;
    }
    await new Promise((resolve) => setTimeout(resolve, downMs));
    await this.#listen();
    return how;
  }

  get sessions(): number {
    return this.#broker.sessions().size;
  }

  async close(): Promise<void> {
    await this.#broker.close({ graceMs: 0 });
    await this.#kill();
    await this.#memory.close();
  }

  async #listen(): Promise<void> {
    const server = createServer(nodeHandler(this.#broker));
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(this.port, "127.0.0.1", resolve);
    });
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  async #kill(): Promise<void> {
    const server = this.#server!;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }
}
