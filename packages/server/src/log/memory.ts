import { ServerError } from "../core/errors.ts";
import type { GapReason } from "../core/event.ts";
import { Lane, merge, type Kept } from "./lane.ts";
import {
  alike,
  entryOf,
  type Address,
  type Appended,
  type Draft,
  type Entry,
  type Log,
  type Page,
  type ReadOptions,
} from "./log.ts";
import { Once } from "./once.ts";
import { costOf, Trimmed } from "./trimmed.ts";
import { requireCount } from "../core/check.ts";

export interface MemoryLogOptions {
  /** Events kept per stream (and per client), an integer ≥ 1: at least the largest burst of one tick. Default: 1000. */
  readonly maxEvents?: number | undefined;
  /**
   * What all of it may cost in memory, in bytes, about: an event costs twice what it measures on the wire, and
   * a kilobyte; a stream or client with events half a kilobyte. The oldest go first. Default: 8 MiB.
   */
  readonly maxBytes?: number | undefined;
}

/**
 * Keeps the newest events in this process, for readers who come back.
 *
 * Shape:  ids are `<epoch>-<number>`; the epoch is new with every log, so that the cursor of an earlier
 *         one is answered with a gap and never mistaken
 * Errors: `TypeError` for a limit that is no count; an append with an id of a kept event rejects with
 *         `duplicate-id`
 */
export function memoryLog(options: MemoryLogOptions = {}): Log {
  const { maxEvents = 1000, maxBytes = 8 << 20 } = options;
  return new MemoryLog(
    requireCount("maxEvents", maxEvents, 1),
    requireCount("maxBytes", maxBytes, 1),
  );
}

/** What a header cannot carry, or not unchanged: servers refuse whoever comes back with it, or do not know it again. */
const unreturnable = /\p{Cc}|\p{Cs}|^ | $/u;

/** What keeping an event costs beside its text and its bytes, measured in V8. */
const entryCost = 1000;
/** What a lane costs beside the name of its address. */
const laneCost = 600;
/** This part of the memory may tell what was trimmed from lanes that are gone. */
const trimmedShare = 1 / 8;
const sweepEveryMs = 1000;

class MemoryLog implements Log {
  tail: string;
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  readonly #prefix: string = `${epoch()}-`;
  #seq = 0;
  #bytes = 0;
  readonly #lanes = new Map<Address, Lane>();
  /** Everything kept, oldest first, and some that is gone. */
  #order: Kept[] = [];
  #oldest = 0;
  #count = 0;
  /** Places of the ids that publishers chose. */
  readonly #ownIds = new Map<string, number>();
  readonly #once: Once = new Once();
  readonly #trimmed: Trimmed;
  #lastRead:
    | {
        readonly after: string;
        readonly options: ReadOptions;
        readonly page: Page;
        readonly seq: number;
      }
    | undefined;
  #mortals = 0;
  #sweptAt = 0;
  readonly #watchers = new Set<(to: Address) => void>();

  constructor(maxEvents: number, maxBytes: number) {
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes * (1 - trimmedShare);
    this.#trimmed = new Trimmed(maxBytes * trimmedShare);
    this.tail = `${this.#prefix}0`;
  }

  append(draft: Draft): Appended {
    const { idempotencyKey } = draft;
    const earlier = this.#once.get(idempotencyKey);
    if (earlier !== undefined) return { id: earlier, duplicate: true };
    const at = `${this.#prefix}${this.#seq + 1}`;
    if (draft.id !== undefined) this.#requireFree(draft.id);
    const entry = entryOf(draft, draft.id ?? at, at);
    this.#seq++;
    this.tail = at;
    this.#keep(entry);
    this.#once.set(idempotencyKey, entry.id);
    for (const appended of this.#watchers) appended(entry.to);
    return { id: entry.id };
  }

  read(after: string, options: ReadOptions): Page {
    const last = this.#lastRead;
    // The sessions of a stream ask one after the other for the same.
    if (last && last.seq === this.#seq && last.after === after && alike(last.options, options)) {
      return last.page;
    }
    const page = this.#read(after, options);
    this.#lastRead = { after, options, page, seq: this.#seq };
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
    const events = kept.map(({ entry }) => entry);
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
      resume: kept[0] ? `${this.#prefix}${kept[0].seq - 1}` : this.tail,
      // A quiet stream may have kept more than a busy one: between its events some are missing still.
      to: merge(lanes, trimmed, 1).kept[0]?.entry.id ?? "",
      through: `${this.#prefix}${trimmed}`,
    };
  }

  #requireFree(id: string): void {
    if (id === "" || id.length > 256 || id.startsWith(this.#prefix) || unreturnable.test(id)) {
      throw new TypeError(
        `id must have 1 to 256 characters, none of them a control character, no blanks around it, and not look like one of the log's: ${JSON.stringify(id.slice(0, 80))}.`,
      );
    }
    if (this.#ownIds.has(id)) {
      throw new ServerError(
        "duplicate-id",
        `An event with the id ${JSON.stringify(id)} is already kept.`,
      );
    }
  }

  #keep(entry: Entry): void {
    const now = Date.now();
    const lane = this.#lanes.get(entry.to) ?? this.#addLane(entry.to);
    const bytes = entryCost + 2 * entry.frame.bytes.byteLength;
    const kept = { seq: this.#seq, entry, bytes, gone: false };
    lane.push(kept);
    this.#order.push(kept);
    this.#count++;
    this.#bytes += kept.bytes;
    if (entry.expiresAt !== undefined) this.#mortals++;
    if (entry.id !== entry.at) this.#ownIds.set(entry.id, kept.seq);
    if (this.#mortals > 0 && now - this.#sweptAt >= sweepEveryMs) this.#sweep(now);
    if (lane.size > this.#maxEvents) this.#drop(lane.shift(now)!);
    // What comes is always kept, however large.
    while (this.#bytes > this.#maxBytes && this.#count > 1) this.#dropOldest(now);
    if (this.#order.length > 64 + 2 * this.#count) this.#compact();
  }

  #dropOldest(now: number): void {
    while (this.#order[this.#oldest]?.gone) this.#oldest++;
    const { entry } = this.#order[this.#oldest]!;
    // What is oldest in all is oldest in its lane.
    this.#drop(this.#lanes.get(entry.to)!.shift(now)!);
  }

  #drop({ entry, bytes }: Kept): void {
    this.#lastRead = undefined;
    this.#count--;
    this.#bytes -= bytes;
    if (entry.expiresAt !== undefined) this.#mortals--;
    if (entry.id !== entry.at) this.#ownIds.delete(entry.id);
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
    this.#order = this.#order.filter((kept) => !kept.gone);
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

  /** The place of an id, or why it has none. */
  #locate(id: string): number | Extract<GapReason, "reset" | "unknown"> {
    if (id === this.tail) return this.#seq;
    const own = this.#ownIds.get(id);
    if (own !== undefined) return own;
    const [, prefix, digits] = /^([0-9a-z]{8,16}-)(0|[1-9]\d{0,15})$/.exec(id) ?? [];
    if (prefix === undefined) return "unknown";
    if (prefix !== this.#prefix) return "reset";
    const seq = Number(digits);
    return seq <= this.#seq ? seq : "unknown";
  }
}

/** Newer than every earlier one, and no other log's of this moment. */
function epoch(): string {
  const [chance] = crypto.getRandomValues(new Uint32Array(1));
  return `${Date.now().toString(36)}${(chance! % 36 ** 4).toString(36).padStart(4, "0")}`;
}
