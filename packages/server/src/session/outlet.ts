import { Batch, encode, joined } from "../log/frame.ts";
import type { Profile } from "../log/profile.ts";
import type { HeaderFields, Sink } from "../core/sink.ts";
import { Tally } from "./tally.ts";

/** `end`: after the written data. `abort`: at once, like a broken connection. */
export type EndMode = "end" | "abort";

/** A full socket. */
interface Stall {
  readonly since: number;
  /** When it last made progress, or collected a strike. */
  at: number;
  /** How many bytes it held then. */
  held: number;
  strikes: number;
}

/** The bytes that may wait for one reader, unless a single event is larger. */
const mostHeldBytes = 64 << 10;

/** The writing end of a response: its head, its first bytes, and its backpressure. */
export class Outlet {
  readonly profile: Profile;
  /** The newest cursor on the wire. */
  told = "";
  readonly tally: Tally;
  /** Shared with other sessions, as the tally is. */
  readonly batch: Batch;
  readonly #sink: Sink;
  /** Kept only until they are sent, since a session may be idle for long. */
  #headers: HeaderFields | undefined;
  readonly #retryMs: number | false;
  readonly #expiresAt: number | undefined;
  #begun = false;
  /** Written before the first event. */
  #lead: string;
  #waiting: ((open: boolean) => void)[] | undefined;
  /** Set while the socket is full. */
  #stall: Stall | undefined;

  constructor(
    sink: Sink,
    profile: Profile,
    headers: HeaderFields,
    retryMs: number | false,
    expiresAt?: number,
    tally: Tally = new Tally(),
    batch: Batch = new Batch(),
  ) {
    this.tally = tally;
    this.batch = batch;
    this.#sink = sink;
    this.#expiresAt = expiresAt;
    this.profile = profile;
    this.#headers = headers;
    this.#retryMs = retryMs;
    this.#lead = profile.lead(retryMs);
  }

  /** Whether the head is sent, so that the request can no longer be refused. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Whether the reader's admission has expired: no event may be written any more. */
  get expired(): boolean {
    return this.#expiresAt !== undefined && Date.now() >= this.#expiresAt;
  }

  /** Whether the socket is full: nothing may be written until it has drained. */
  get full(): boolean {
    return this.#stall !== undefined;
  }

  /** How many more bytes may wait for the reader. One event may exceed that; the sink then reports when to continue. */
  get room(): number {
    return mostHeldBytes - this.#sink.held;
  }

  /**
   * Head and first bytes, at once. A reader without a cursor gets one, so that it misses nothing if the connection
   * breaks now.
   */
  begin(at: string): void {
    if (this.#begun) return;
    // Throws for a header that cannot be sent, before any of the head is sent.
    this.#sink.head(200, this.#headers ?? {});
    this.#headers = undefined;
    this.#begun = true;
    this.told = at;
    this.text(this.profile.opening(this.#retryMs, at || undefined));
  }

  /** Whole events, as one write. */
  events(events: Uint8Array, count = 1): void {
    if (this.#lead === "") return this.#write(events, count);
    const lead = encode(this.#lead);
    this.#lead = "";
    this.#write(joined([lead, events], lead.byteLength + events.byteLength), count);
  }

  /** Text that is not an event, such as a comment. */
  text(text: string): void {
    this.#write(this.batch.text(text));
  }

  /** A heartbeat, with the cursor if that moved without an event. */
  beat(at: string): void {
    const moved = at !== "" && at !== this.told;
    if (moved) this.told = at;
    this.text(this.profile.heartbeat(moved ? at : undefined));
  }

  /** Sends the reader a reconnection time. */
  retry(retryMs: number): void {
    const text = this.profile.retry(retryMs);
    if (text !== "" && !this.full) this.text(text);
  }

  /** The sink has room again. */
  drain(): void {
    this.#stall = undefined;
  }

  /** Resolves at once if there is room, else with the argument of {@link Outlet.settle}. */
  drained(): Promise<boolean> {
    if (!this.full) return Promise.resolve(true);
    return new Promise((resolve) => (this.#waiting ??= []).push(resolve));
  }

  /** Settles waits for room: `false` if there will be none any more. */
  settle(open: boolean): void {
    for (const resolve of this.#waiting?.splice(0) ?? []) resolve(open);
  }

  /** How many times in a row a full socket has made no progress for the timeout. */
  strikes(now: number, timeoutMs: number): number {
    const stall = this.#stall;
    if (!stall) return 0;
    const { held } = this.#sink;
    // A large event is taken in several pieces.
    if (held < stall.held) Object.assign(stall, { held, at: now, strikes: 0 });
    else if (now - stall.at >= timeoutMs)
      Object.assign(stall, { at: now, strikes: stall.strikes + 1 });
    return stall.strikes;
  }

  /** How long the reader has been slow; -1 for one that keeps up. */
  behindMs(now: number): number {
    return this.#stall ? now - this.#stall.since : -1;
  }

  /** Never throws: the caller may be a timer, which cannot report an error. */
  end(mode: EndMode): void {
    if (mode === "abort") return this.#sink.abort();
    try {
      // A response that ends without an event is still an event stream.
      this.begin("");
    } catch {
      return this.#sink.abort();
    }
    this.#sink.end();
  }

  #write(bytes: Uint8Array, events = 0): void {
    this.tally.wrote(events, bytes.byteLength);
    if (this.#sink.write(bytes) || this.#stall) return;
    const now = Date.now();
    this.#stall = { since: now, at: now, held: this.#sink.held, strikes: 0 };
  }
}
