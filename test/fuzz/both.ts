// One response by two ways: by undici's parser alone, and with its body directly from the socket. They must not differ.
import { Duplex } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { Client } from "undici";
import { randomOf } from "../chaos/random.ts";
import { DirectBody } from "../../packages/client/src/http/node/direct-body.ts";
import { DispatchFlow, type Route } from "../../packages/client/src/http/node/dispatch-flow.ts";
import type { Head, Receiver } from "../../packages/client/src/http/transport.ts";
import { wireOf, type Wire } from "./wire.ts";

/** The socket of a client that reads what the test gives it, as Node does. */
class FakeSocket extends Duplex {
  readonly #body: DirectBody | undefined;
  requests = 0;

  constructor(body: DirectBody | undefined) {
    super({ highWaterMark: 64 * 1024 });
    this.#body = body;
    // Node reports an error of its socket, and so does undici.
    this.on("error", () => {});
  }

  override _read(): void {}

  override _write(_bytes: unknown, _encoding: unknown, done: () => void): void {
    this.requests++;
    done();
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  receive(bytes: Uint8Array): void {
    if (this.destroyed) return;
    if (!this.#body) return void this.push(bytes.slice());
    const { buffer, callback } = this.#body;
    buffer.set(bytes);
    callback(bytes.length);
    // The memory is used again.
    buffer.fill(0xee, 0, bytes.length);
  }
}

/** What a receiver got, in order, and how many bytes of it came directly. */
class Log implements Receiver {
  readonly lines: string[] = [];
  done = false;
  #text = "";

  phase(): void {}
  alive(): void {}

  head({ status, headers }: Head): void {
    this.lines.push(`${status} ${JSON.stringify([...headers])}`);
  }

  bytes(chunk: Uint8Array): void {
    this.#text += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString("latin1");
  }

  ended(complete?: true): void {
    this.#over(`end ${complete}`);
  }

  failed(error: unknown): void {
    const { code, message, cause } = error as NodeJS.ErrnoException;
    this.#over(`error ${code} ${message} ${String(cause)}`);
  }

  /** Everything, when nothing more can come. */
  finish(): string {
    if (!this.done) this.#over("open");
    return this.lines.join("\n");
  }

  #over(how: string): void {
    this.lines.push(JSON.stringify(this.#text), how);
    this.done = true;
  }
}

class CountingFlow extends DispatchFlow {
  count = 0;

  override directBytes(bytes: Uint8Array): void {
    this.count += bytes.length;
    super.directBytes(bytes);
  }
}

/** Throws if the two ways differ for the wire of this seed. Returns the number of bytes that came directly. */
export async function compare(seed: number): Promise<number> {
  const wire = wireOf(randomOf(seed, 0));
  const [one, other] = await Promise.all([received(wire, false), received(wire, true)]);
  if (one.said === other.said) return other.directBytes;
  const reads = wire.reads.map((read) => read && Buffer.from(read).toString("latin1"));
  throw new Error(
    [
      `Seed ${seed} differs. By undici: ${one.said}`,
      `Directly: ${other.said}`,
      JSON.stringify({ ...wire, reads }),
    ].join("\n"),
  );
}

async function received(
  wire: Wire,
  isDirect: boolean,
): Promise<{ said: string; directBytes: number }> {
  const body = isDirect ? new DirectBody() : undefined;
  const socket = new FakeSocket(body);
  let connections = 0;
  const client = new Client("http://localhost", {
    connect: (_target, done) => {
      if (++connections > 1)
        return queueMicrotask(() => done(new Error("a second connection"), null));
      queueMicrotask(() => {
        body?.connected(socket as never);
        done(null, socket as never);
      });
    },
    bodyTimeout: 0,
    headersTimeout: 0,
  });
  const route: Route = { dispatcher: client, direct: body, close: () => void client.destroy() };
  const flows: CountingFlow[] = [];
  const logs: Log[] = [];
  const ask = async (): Promise<void> => {
    const log = new Log();
    const flow = new CountingFlow(log);
    flows.push(flow);
    logs.push(log);
    flow.start(route, new URL("http://localhost/"), { method: "GET", headers: {}, body: null });
    const before = socket.requests;
    for (let turns = 0; socket.requests === before && turns < 10; turns++) await setImmediate();
  };
  await ask();
  for (const [index, read] of wire.reads.entries()) {
    if (index === wire.pause) flows.at(-1)!.pause();
    if (index === wire.resume) flows.at(-1)!.resume();
    if (read) socket.receive(read);
    else {
      flows.at(-1)!.resume();
      for (let turns = 0; turns < 3; turns++) await setImmediate();
      if (logs.at(-1)!.done) await ask();
    }
    // Some reads follow at once.
    if (!read || read.length % 5 !== 0) await setImmediate();
  }
  // What waits in a paused stream is lost with a reset: that depends on the way, and on the time.
  flows.at(-1)!.resume();
  await setImmediate();
  if (wire.end === "reset") {
    socket.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
  } else if (wire.end === "closed" && !socket.destroyed) socket.push(null);
  for (let turns = 0; turns < 3; turns++) await setImmediate();
  const said = logs.map((log) => log.finish()).join("\n---\n");
  for (const flow of flows) flow.abort();
  void client.destroy();
  socket.destroy();
  return { said, directBytes: flows.reduce((sum, { count }) => sum + count, 0) };
}
