import { Ids } from "./ids.ts";
import { Lane, merge, type Kept } from "./lane.ts";
import { LastPage } from "./last-page.ts";
import {
  entryOf,
  type Address,
  type Appended,
  type Draft,
  type Entry,
  type Log,
  type Page,
  type ReadOptions,
} from "./log.ts";
import { own } from "../core/own.ts";
import { Once } from "./idempotency.ts";
import { hasOwnId, idAt, isRun } from "./run-log.ts";
import { costOf, Trimmed } from "./trimmed.ts";
import { requireCount } from "../core/check.ts";

/** The limits of `memoryLog`. */
export interface MemoryLogOptions {
  /** Events kept per stream (and per client), an integer ≥ 1: at least the largest burst of one tick. Default: 1000. */
  readonly maxEvents?: number | undefined;
  /**
   * The approximate memory of the whole log, in bytes: an event costs twice its size on the wire and 600 bytes, a
   * stream or client with events 500. The oldest go first. Idempotency keys may take a quarter of it: with more, the
   * oldest are forgotten before their ten minutes. Default: 32 MiB, some 35 000 events of 100 bytes.
   */
  readonly maxBytes?: number | undefined;
}

/** The given log, or a log in this process. Throws `TypeError` for a value that is not a log. */
export function logOf(log: Log = memoryLog()): Log {
  if (typeof log?.append === "function" && typeof log.read === "function") return log;
  throw new TypeError("log must be a log. redisLog() returns a promise of one: await it.");
}

/**
 * Keeps the newest events in this process, for readers that reconnect.
 *
 * Shape:  ids are `<epoch>-<number>`; the epoch is new with every log, so that a cursor of an earlier log gets a gap
 *         and is never mistaken
 * Errors: `TypeError` for a limit that is not a count; an append with an id of a kept event rejects with
 *         `duplicate-id`
 */
export function memoryLog(options: MemoryLogOptions = {}): Log {
  const given = own("memoryLog", options, ["maxEvents", "maxBytes"]);
  const { maxEvents = 1000, maxBytes = 32 << 20 } = given;
  return new MemoryLog(
    requireCount("maxEvents", maxEvents, 1),
    requireCount("maxBytes", maxBytes, 1),
  );
}

/** The cost of a kept event besides its text and its bytes, measured in V8. */
const entryCost = 600;
/** The cost of a lane besides the name of its address. */
const laneCost = 400;
/** The share of the memory for the trimmed positions of removed lanes. */
const trimmedShare = 1 / 8;
/** The share of the memory for idempotency keys. */
const onceShare = 1 / 4;
/** The additional cost of a publisher's own id. */
const ownIdCost = 150;
const sweepEveryMs = 1000;

class MemoryLog implements Log {
  tail: string;
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  readonly #ids: Ids = new Ids();
  #seq = 0;
  #bytes = 0;
  readonly #lanes = new Map<Address, Lane>();
  /** All kept entries, oldest first, and some dropped ones. */
  #order: Kept[] = [];
  #oldest = 0;
  #count = 0;
  readonly #once: Once;
  readonly #trimmed: Trimmed;
  readonly #lastPage: LastPage = new LastPage();
  #mortals = 0;
  #sweptAt = 0;
  readonly #watchers = new Set<(to: Address) => void>();

  constructor(maxEvents: number, maxBytes: number) {
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes * (1 - trimmedShare);
    this.#once = new Once(maxBytes * onceShare);
    this.#trimmed = new Trimmed(maxBytes * trimmedShare);
    this.tail = this.#ids.of(0);
  }

  append(draft: Draft): Appended {
    const { idempotencyKey } = draft;
    const earlier = this.#once.get(idempotencyKey);
    if (earlier !== undefined) return { id: earlier, duplicate: true };
    const at = this.#ids.of(this.#seq + 1);
    if (draft.id !== undefined) this.#ids.requireFree(draft.id);
    const entry = entryOf(draft, draft.id ?? idAt(draft.to, at), at);
    this.#seq++;
    this.tail = at;
    this.#lastPage.clear();
    this.#once.set(idempotencyKey, entry.id);
    this.#keep(entry);
    for (const appended of this.#watchers) appended(entry.to);
    return { id: entry.id };
  }

  read(after: string, options: ReadOptions): Page {
    const last = this.#lastPage.of(after, options);
    if (last) return last;
    const page = this.#read(after, options);
    this.#lastPage.set(after, options, page);
    return page;
  }

  watch(appended: (to: Address) => void): () => void {
    this.#watchers.add(appended);
    return () => this.#watchers.delete(appended);
  }

  clear(to: Address): void {
    const lane = this.#lanes.get(to);
    for (let count = lane?.size ?? 0; count > 0; count--) this.#drop(lane!.shift(0)!);
  }

  #read(after: string, { to, limit, forgiven }: ReadOptions): Page {
    const lanes = to
      .map((address) => this.#lanes.get(address))
      .filter((lane) => lane !== undefined);
    const trimmed = Math.max(
      ...to.map((address) => this.#lanes.get(address)?.trimmed ?? this.#trimmed.of(address)),
    );
    const place = after === "" ? 0 : this.#locate(after);
    const seq = typeof place === "number" ? place : 0;
    const { kept, more } = merge(lanes, seq, limit);
    const events = kept.map(({ entry }) => entry!);
    const at = more ? events.at(-1)!.at : this.tail;
    const known = Math.max(seq, forgiven === undefined ? 0 : Number(this.#locate(forgiven)));
    if (after === "" || (typeof place === "number" && trimmed <= known))
      return { events, at, more, contiguous: true };
    return {
      events,
      at,
      more,
      contiguous: false,
      reason: typeof place === "number" ? "trimmed" : place,
      resume: kept[0] ? this.#ids.of(kept[0].seq - 1) : this.tail,
      // A quiet stream may have kept more than a busy one: between its events some are still missing.
      to: merge(lanes, trimmed, 1).kept[0]?.entry?.id ?? "",
      through: this.#ids.of(trimmed),
    };
  }

  #keep(entry: Entry): void {
    const now = Date.now();
    const lane = this.#lanes.get(entry.to) ?? this.#addLane(entry.to);
    const ownId = entry.id === entry.at ? 0 : ownIdCost;
    const bytes = entryCost + ownId + 2 * entry.frame.bytes.byteLength;
    const kept = { seq: this.#seq, entry, bytes };
    lane.push(kept);
    this.#order.push(kept);
    this.#count++;
    this.#bytes += kept.bytes;
    if (entry.expiresAt !== undefined) this.#mortals++;
    if (hasOwnId(entry)) this.#ids.keep(entry.id, kept.seq);
    if (this.#mortals > 0 && now - this.#sweptAt >= sweepEveryMs) this.#sweep(now);
    // A run is kept completely.
    if (lane.size > this.#maxEvents && !isRun(entry.to)) this.#drop(lane.shift(now)!);
    // The newest event is always kept, however large.
    while (this.#bytes + this.#once.bytes > this.#maxBytes && this.#count > 1) {
      this.#dropOldest(now);
    }
    if (this.#order.length > 64 + 2 * this.#count) this.#compact();
  }

  #dropOldest(now: number): void {
    while (this.#order[this.#oldest]!.entry === undefined) this.#oldest++;
    const { to } = this.#order[this.#oldest]!.entry!;
    // The oldest entry of all is the oldest of its lane.
    this.#drop(this.#lanes.get(to)!.shift(now)!);
  }

  #drop(kept: Kept): void {
    const entry = kept.entry!;
    kept.entry = undefined;
    this.#lastPage.clear();
    this.#count--;
    this.#bytes -= kept.bytes;
    if (entry.expiresAt !== undefined) this.#mortals--;
    if (hasOwnId(entry)) this.#ids.drop(entry.id);
    const lane = this.#lanes.get(entry.to);
    if (lane?.size === 0) this.#removeLane(entry.to, lane);
  }

  #sweep(now: number): void {
    this.#sweptAt = now;
    for (const lane of this.#lanes.values()) {
      for (const kept of lane.expire(now)) this.#drop(kept);
    }
  }

  #compact(): void {
    this.#order = this.#order.filter(({ entry }) => entry !== undefined);
    this.#oldest = 0;
  }

  #addLane(to: Address): Lane {
    const lane = new Lane(this.#trimmed.of(to));
    this.#trimmed.delete(to);
    this.#lanes.set(to, lane);
    this.#bytes += laneCost + costOf(to);
    return lane;
  }

  #removeLane(to: Address, { trimmed }: Lane): void {
    this.#lanes.delete(to);
    this.#trimmed.set(to, trimmed);
    this.#bytes -= laneCost + costOf(to);
  }

  #locate(id: string): ReturnType<Ids["locate"]> {
    return id === this.tail ? this.#seq : this.#ids.locate(id, this.#seq);
  }
}
