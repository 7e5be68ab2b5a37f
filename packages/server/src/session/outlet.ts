import { encode, joined } from "../log/frame.ts";
import type { Profile } from "../log/profile.ts";
import type { HeaderFields, Sink } from "../core/sink.ts";
import { Tally } from "./tally.ts";

/** `end`: after what was written. `abort`: at once, as if the line had broken. */
export type EndMode = "end" | "abort";

/** What may wait for one reader, unless a single event is larger. */
const mostHeldBytes = 64 << 10;

/** The writing end of a response: its head, its first bytes, and whether its reader keeps up. */
export class Outlet {
  readonly profile: Profile;
  /** The newest cursor on the wire. */
  told = "";
  readonly tally: Tally;
  readonly #sink: Sink;
  readonly #headers: HeaderFields;
  readonly #retryMs: number | false;
  readonly #expiresAt: number;
  #begun = false;
  /** Goes before the first event. */
  #lead: string;
  #full = false;
  #waiting: ((open: boolean) => void)[] | undefined;
  #stalledAt = 0;
  #strikes = 0;

  constructor(
    sink: Sink,
    profile: Profile,
    headers: HeaderFields,
    retryMs: number | false,
    expiresAt: number = Number.POSITIVE_INFINITY,
    tally: Tally = new Tally(),
  ) {
    this.tally = tally;
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

  /** Whether the reader's admission has ended: no event may be written any more. */
  get expired(): boolean {
    return this.#expiresAt !== Number.POSITIVE_INFINITY && Date.now() >= this.#expiresAt;
  }

  /** Whether the socket is full: nothing may be written until it has drained. */
  get full(): boolean {
    return this.#full;
  }

  /** How many more bytes may wait for the reader. One event may exceed that; the sink then says when to go on. */
  get room(): number {
    return mostHeldBytes - this.#sink.held;
  }

  /** Head and first bytes, at once. A reader without a cursor gets one, so that it misses nothing if the line breaks now. */
  begin(at: string): void {
    if (this.#begun) return;
    // Throws for a header that cannot be sent, before any of the head is.
    this.#sink.head(200, this.#headers);
    this.#begun = true;
    this.told = at;
    this.#write(encode(this.profile.opening(this.#retryMs, at || undefined)));
  }

  /** Whole events, as one write. */
  events(events: Uint8Array, count = 1): void {
    if (this.#lead === "") return this.#write(events, count);
    const lead = encode(this.#lead);
    this.#lead = "";
    this.#write(joined([lead, events], lead.byteLength + events.byteLength), count);
  }

  /** Text that is no event, such as a comment. */
  text(text: string): void {
    this.#write(encode(text));
  }

  /** A sign of life, with the cursor if that moved without an event. */
  beat(at: string): void {
    const moved = at !== "" && at !== this.told;
    if (moved) this.told = at;
    this.text(this.profile.heartbeat(moved ? at : undefined));
  }

  /** Tells the reader when to come back. */
  retry(retryMs: number): void {
    const text = this.profile.retry(retryMs);
    if (text !== "" && !this.#full) this.text(text);
  }

  /** The sink has room again. */
  drain(): void {
    this.#full = false;
    this.#strikes = 0;
  }

  /** Resolves at once if there is room, else with what {@link Outlet.settle} gets. */
  drained(): Promise<boolean> {
    if (!this.#full) return Promise.resolve(true);
    return new Promise((resolve) => (this.#waiting ??= []).push(resolve));
  }

  /** Resolves what waits for room: `false` if there will be none any more. */
  settle(open: boolean): void {
    for (const resolve of this.#waiting?.splice(0) ?? []) resolve(open);
  }

  /** How often in a row a full socket has taken nothing for so long. */
  strikes(now: number, timeoutMs: number): number {
    if (this.#full && now - this.#stalledAt >= timeoutMs) {
      this.#strikes++;
      this.#stalledAt = now;
    }
    return this.#strikes;
  }

  /** For how long the reader has been behind; -1 for one that keeps up. */
  behindMs(now: number, timeoutMs: number): number {
    return this.#full ? this.#strikes * timeoutMs + now - this.#stalledAt : -1;
  }

  /** Throws nothing: what ends a response, a timer too, has nobody to report to. */
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
    if (this.#sink.write(bytes) || this.#full) return;
    this.#full = true;
    this.#stalledAt = Date.now();
  }
}
