import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Ledger } from "@steadfeed/client/testing";
import { Broker, type SlowPolicy } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { reset } from "../../packages/client/src/testing/node/reset.ts";
import type { Memory } from "./logs.ts";
import { Outbox } from "./outbox.ts";
import { between, chance, pick, type Random } from "./random.ts";

const policies: readonly SlowPolicy[] = ["disconnect", "resume", "skip", "skip"];

/** Our server, which is killed and comes back, and everything it publishes. */
export class Station {
  readonly streams: readonly string[];
  readonly #outbox: Outbox;
  readonly #memory: Memory;
  readonly #random: Random;
  #broker!: Broker;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  #published = 0;
  readonly port: number;

  constructor(port: number, ledger: Ledger, memory: Memory, random: Random, streams: number) {
    this.port = port;
    this.#outbox = new Outbox(ledger, memory.away?.compare);
    this.#memory = memory;
    this.#random = random;
    this.streams = Array.from({ length: streams }, (_, n) => `s${n}`);
  }

  /** A new broker on the memory that is there, and a new server on the same port. */
  async start(): Promise<void> {
    this.#broker = new Broker({
      log: await this.#memory.open(),
      heartbeatMs: 250,
      slow: { timeoutMs: 200, tolerance: 2, policy: pick(this.#random, policies) },
    });
    await this.#listen();
  }

  /** Every event has some characters of several bytes, and now and then many. */
  publish(): void {
    const stream = pick(this.#random, this.streams);
    const length = chance(this.#random, 0.01) ? 60_000 : between(this.#random, 0, 300);
    const data = `${"é€😀\n".repeat(between(this.#random, 1, 4))}${"x".repeat(length)}`;
    if (chance(this.#random, 0.02)) return this.#put(undefined, "all", data);
    this.#put(stream, `${stream}.${pick(this.#random, ["a", "b"])}`, data);
  }

  /** More at once than sockets hold: who stands still meanwhile falls behind. */
  burst(): void {
    const stream = pick(this.#random, this.streams);
    for (let n = 0; n < 8; n++) this.#put(stream, `${stream}.a`, "€".repeat(300_000));
  }

  /** Resolves when everything is published. */
  published(): Promise<void> {
    return this.#outbox.between(async () => undefined);
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
    // What is on its way would be lost unseen, or kept twice.
    if (how === "memory lost") await this.#outbox.between(() => this.#memory.lose());
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

  #put(stream: string | undefined, type: string, data: string): void {
    // Keys cost memory, and only what may be away needs them.
    const options = this.#memory.away && { idempotencyKey: String(this.#published++) };
    const event = { type, data };
    const publish = (): Promise<{ readonly id: string }> =>
      stream === undefined
        ? this.#broker.broadcast(event, options)
        : this.#broker.publish(stream, event, options);
    this.#outbox.put({ type, publish });
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
  }

  async #kill(): Promise<void> {
    const server = this.#server!;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) reset(socket);
    await closed;
  }
}
