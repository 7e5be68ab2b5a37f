import type { Socket } from "node:net";
import { reset } from "./reset.ts";

/**
 * The position of a cut: after this many more bytes from the server, or within its next data: after a line of an event,
 * or within a character.
 */
export type Cut = number | "mid-event" | "mid-character";

/** One connection through a {@link FaultProxy}, and its possible faults. */
export class Link {
  readonly #client: Socket;
  readonly #upstream: Socket;
  #cut: Cut | undefined;
  #reset = false;
  /** The number of bytes from the server that still pass one by one. */
  #bytewise = 0;
  #stalled = false;
  /** The data that arrives now comes after the cut. */
  #isClosed = false;
  /** The number of chunks with bytes that are still to pass one by one. */
  #trickling = 0;
  #trickle: Promise<void> = Promise.resolve();

  constructor(client: Socket, upstream: Socket) {
    this.#client = client;
    this.#upstream = upstream;
    client.setNoDelay(true);
    upstream.setNoDelay(true);
    client.on("data", (bytes) => this.#relay(bytes, client, upstream));
    upstream.on("data", (bytes) => this.#down(bytes));
    upstream.on("end", () => void this.#trickle.then(() => client.end()));
    client.on("end", () => upstream.end());
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("error", () => reset(other));
      one.on("close", () => other.destroySoon());
    }
  }

  /** True if the client's side is open. */
  get live(): boolean {
    return !this.#client.destroyed;
  }

  /** Closes both sides in order, at the current position. */
  drop(): void {
    this.#client.end();
    this.#upstream.destroy();
  }

  /** Resets both sides. */
  reset(): void {
    reset(this.#client);
    reset(this.#upstream);
  }

  /** Passes nothing on, in either direction, until `resume()`. Data sent in between waits. */
  stall(): void {
    this.#stalled = true;
    this.#client.pause();
    this.#upstream.pause();
  }

  /** Ends a stall. */
  resume(): void {
    this.#stalled = false;
    this.#goOn(this.#client);
    this.#goOn(this.#upstream);
  }

  /** Passes the server's data on up to a position, and breaks the connection there: in order, or by a reset. */
  truncate(at: Cut, options: { readonly reset?: boolean } = {}): void {
    this.#cut = at;
    this.#reset = options.reset ?? false;
  }

  /** Passes this many of the server's next bytes on one by one. Default: all. */
  split(bytes: number = Number.POSITIVE_INFINITY): void {
    this.#bytewise = bytes;
  }

  #down(bytes: Buffer): void {
    if (this.#isClosed) return;
    const at = this.#cut === undefined ? -1 : placeOf(this.#cut, bytes);
    if (typeof this.#cut === "number") this.#cut -= bytes.length;
    if (at < 0) return this.#pass(bytes);
    this.#pass(bytes.subarray(0, at));
    this.#isClosed = true;
    this.#upstream.pause();
    void this.#trickle.then(() => {
      if (!this.#reset) return this.drop();
      // The data that was passed on must arrive before the reset.
      this.#client.write("", () => setImmediate(() => this.reset()));
    });
  }

  #pass(bytes: Buffer): void {
    if (this.#bytewise + this.#trickling === 0)
      return this.#relay(bytes, this.#upstream, this.#client);
    const single = Math.min(bytes.length, this.#bytewise);
    this.#bytewise -= single;
    this.#upstream.pause();
    this.#trickling++;
    this.#trickle = this.#trickle.then(async () => {
      for (let at = 0; at < single && this.live; at++) {
        this.#client.write(bytes.subarray(at, at + 1));
        await new Promise((resolve) => setImmediate(resolve));
      }
      this.#trickling--;
      this.#goOn(this.#upstream);
      this.#relay(bytes.subarray(single), this.#upstream, this.#client);
    });
  }

  /** Passes bytes on, no faster than the other side takes them. */
  #relay(bytes: Buffer, from: Socket, to: Socket): void {
    if (to.write(bytes)) return;
    from.pause();
    to.once("drain", () => this.#goOn(from));
  }

  #goOn(socket: Socket): void {
    if (!this.#stalled && !this.#isClosed) socket.resume();
  }
}

/** How many of these bytes pass before the cut; -1 if the cut comes after them. */
function placeOf(cut: Cut, bytes: Buffer): number {
  if (typeof cut === "number") return cut < bytes.length ? Math.max(0, cut) : -1;
  if (cut === "mid-character") {
    const lead = bytes.findIndex((byte) => byte >= 0xc0);
    return lead < 0 ? -1 : lead + 1;
  }
  // After a line of an event: lines of the head end with CR LF.
  return bytes.findIndex(
    (byte, at) => at > 1 && byte !== lf && bytes[at - 1] === lf && !lineEnds.has(bytes[at - 2]!),
  );
}

const lf = 0x0a;
const lineEnds: ReadonlySet<number> = new Set([lf, 0x0d]);
