import type { FeedEvent } from "../core/event.ts";
import { knownOptions } from "../core/own.ts";
import type { Feed } from "../feed/feed.ts";
import type { GapInfo } from "../core/status.ts";
import { Ledger } from "./ledger.ts";

/** The outcome of the events that one subscriber should have received. */
export interface Account {
  /** Events that arrived. */
  readonly received: number;
  /** Events that did not arrive, and that a gap reported as gone. */
  readonly gone: number;
  /** Events that are missing without a gap. There are none, except those that a full queue dropped and counted. */
  readonly missing: number;
  /** The faults, in words: `[]` if every event arrived in order and once, or was reported as gone. */
  readonly faults: readonly string[];
}

/** The options of an account. */
export interface AccountOptions {
  /** The number of events that the subscription's own queue dropped: `subscription.stats.dropped`. Default: 0. */
  readonly dropped?: number | undefined;
  /** `true` if it had time to get everything; otherwise only received events are judged. Default: `true`. */
  readonly complete?: boolean | undefined;
}

/** A gap as it was reported: events after the cursor may be gone, up to the event that it names. */
interface ReportedGap {
  readonly cursor: string;
  /** The first event after the gap; `undefined` if the gap does not name it. */
  readonly to: string | undefined;
  /** The number of published events at that time. */
  readonly size: number;
}

const mostFaults = 20;

const defaults: { dropped: number; complete: boolean } = { dropped: 0, complete: true };

/**
 * Checks that a feed keeps its place: every event that was published after the cursor arrived once and in order, or was
 * reported as gone.
 *
 * Shape: create it when you subscribe; pass each event to `take`; ask for the `account` at the end
 * After: it keeps the events until the account is requested, then only numbers. `stop()` removes it from its feed
 */
export class Recorder {
  readonly #ledger: Ledger;
  readonly #types: ReadonlySet<string>;
  readonly #faults: string[] = [];
  readonly #gaps: ReportedGap[] = [];
  /** Ranges of the ledger with missing events: from the first missing event up to the next that arrived. */
  readonly #holes: (readonly [from: number, to: number])[] = [];
  #received = 0;
  /** Events that arrived and were not checked yet: an event may arrive before its publisher knows its id. */
  #unread: FeedEvent<unknown>[] = [];
  /** The lowest position that the next event may have; unknown until there is a cursor or an event. */
  #next: number | undefined;
  /** The cursor at the start. Its event, too, may arrive before its publisher knows its id. */
  readonly #cursor: string;
  /** Removes the recorder from its feed. */
  readonly stop: () => void;

  constructor(
    feed: Pick<Feed<never>, "on" | "lastEventId">,
    ledger: Ledger,
    types: string | readonly string[] = "*",
  ) {
    checkParts(feed, ledger, types);
    this.#ledger = ledger;
    this.#types = new Set([types].flat());
    this.#cursor = feed.lastEventId;
    this.stop = feed.on("gap", this.gap);
  }

  /** Records an event: as a callback of `subscribe`, or for each event of a loop. */
  readonly take = (event: FeedEvent<unknown>): void => {
    if (typeof Object(event).lastEventId !== "string")
      throw new TypeError("take needs an event of a feed: give it to subscribe() as the callback.");
    this.#unread.push(event);
  };

  /** Adds a gap that the feed reported before this recorder existed. The gap may begin before the recorder's start. */
  readonly gap = ({ lastEventId: cursor, data }: GapInfo): void =>
    void this.#gaps.push({ cursor, to: endOf(data), size: this.#ledger.size });

  /** The outcome of all events published so far. */
  account(options: AccountOptions = {}): Account {
    const { dropped, complete } = knownOptions("account", options, defaults);
    if (!Number.isSafeInteger(dropped) || dropped < 0)
      throw new TypeError(`dropped must be an integer ≥ 0, not ${String(dropped)}.`);
    this.#read(complete);
    const holes = [...this.#holes];
    const { size } = this.#ledger;
    if (complete && this.#next !== undefined && this.#next < size) holes.push([this.#next, size]);
    let gone = 0;
    let missing = 0;
    for (const [from, to] of holes) {
      let next = from;
      for (const [start, end] of this.#signalled(from, to)) {
        missing += this.#ledger.count(next, Math.max(next, start), this.#types);
        gone += this.#ledger.count(Math.max(next, start), end, this.#types);
        next = Math.max(next, end);
      }
      missing += this.#ledger.count(next, to, this.#types);
    }
    const faults = [...this.#faults];
    if (missing > dropped) {
      const where = holes.map(([from, to]) => `${from}–${to - 1}`).join(", ");
      faults.push(`${missing - dropped} of ${where} are missing, without a gap or a drop`);
    } else if (complete && dropped > missing + gone) {
      faults.push(`${dropped} events were counted as dropped, and ${missing + gone} did not come`);
    }
    return { received: this.#received, gone, missing, faults };
  }

  #read(complete: boolean): void {
    const start = this.#next === undefined ? this.#ledger.placeOf(this.#cursor) : undefined;
    if (start !== undefined) this.#next = start + 1;
    const unread = this.#unread;
    const unknown = unread.findIndex(
      (event) => this.#ledger.placeOf(event.lastEventId) === undefined,
    );
    const count = complete || unknown < 0 ? unread.length : unknown;
    this.#unread = unread.slice(count);
    for (const event of unread.slice(0, count)) this.#judge(event);
  }

  #judge({ type, lastEventId: id }: FeedEvent<unknown>): void {
    this.#received++;
    const place = this.#ledger.placeOf(id);
    if (place === undefined) return this.#fault(`${id} came, and was never published`);
    if (!this.#types.has("*") && !this.#types.has(type)) {
      this.#fault(`${id} came, which is of the type ${type}`);
    }
    if (this.#next !== undefined && place < this.#next) {
      return this.#fault(`${id} came after the event at ${this.#next - 1}, and is at ${place}`);
    }
    if (this.#next !== undefined) this.#hole(this.#next, place);
    this.#next = place + 1;
  }

  #hole(from: number, to: number): void {
    if (this.#ledger.count(from, to, this.#types) > 0) this.#holes.push([from, to]);
  }

  /** The ranges of a hole that gaps cover, in order. */
  #signalled(from: number, to: number): (readonly [start: number, end: number])[] {
    const stretches = this.#gaps.map(({ cursor, to: end, size }) => {
      // An unknown cursor counts as one before everything.
      const start = (this.#ledger.placeOf(cursor) ?? from - 1) + 1;
      const named = end === undefined ? undefined : this.#ledger.placeOf(end);
      // Without an end, a gap covers all events up to then, and the hole at its cursor.
      const until = named ?? (start >= from ? to : size);
      return [Math.max(start, from), Math.min(until, to)] as const;
    });
    return stretches.filter(([start, end]) => start < end).toSorted(([a], [b]) => a - b);
  }

  #fault(what: string): void {
    if (this.#faults.length < mostFaults) this.#faults.push(`${what}.`);
  }
}

/** The first event after a gap, according to a Steadfeed server. */
function endOf(data: string | undefined): string | undefined {
  try {
    const { to } = JSON.parse(data ?? "{}") as Partial<Record<string, unknown>>;
    return typeof to === "string" && to !== "" ? to : undefined;
  } catch {
    return undefined;
  }
}

function checkParts(feed: unknown, ledger: unknown, types: unknown): void {
  if (typeof (feed as Partial<Feed> | undefined)?.on !== "function")
    throw new TypeError("A Recorder needs a feed, and the Ledger of what its server publishes.");
  if (!(ledger instanceof Ledger))
    throw new TypeError("A Recorder needs a Ledger, of what the server of its feed publishes.");
  if (![types].flat().every((type) => typeof type === "string"))
    throw new TypeError("types must be an event type, a list of them, or '*'.");
}
