import { checkQueue } from "#checks";
import { say } from "#words";
import { FeedError } from "../core/errors.ts";
import { Queue } from "./queue.ts";

/**
 * What a full queue does with one more value:
 * `pause`: takes it, and asks its sender to stop (a feed stops reading the socket); `drop-oldest`,
 * `drop-newest`: drops one and counts it; `latest`: keeps only the newest; `error`: ends with an error.
 */
export type Overflow = "pause" | "drop-oldest" | "drop-newest" | "latest" | "error";

/** How much waits, and what happens when it is full. */
export interface ChannelOptions {
  /** How many values wait at most, an integer ≥ 1. Default: 256. */
  readonly capacity?: number | undefined;
  /** What happens to one more. Default: `pause`. */
  readonly overflow?: Overflow | undefined;
}

export interface Limits {
  readonly capacity: number;
  readonly overflow: Overflow;
}

const defaults: Limits = Object.freeze({ capacity: 256, overflow: "pause" });

/** The options of a queue. Throws `TypeError` for a capacity that is no count, and for an unknown policy. */
export function limitsOf({
  capacity = defaults.capacity,
  overflow = defaults.overflow,
}: ChannelOptions): Limits {
  checkQueue(capacity, overflow);
  if (capacity === defaults.capacity && overflow === defaults.overflow) return defaults;
  return { capacity: overflow === "latest" ? 1 : capacity, overflow };
}

/** What an inbox reports to its owner. */
export interface InboxOwner<H> {
  /** The policy dropped the item, which waited. */
  dropped(item: H): void;
  /** The inbox was full, and is half empty. */
  room(): void;
  /** It was full, and its policy is `error`. */
  overflown(error: FeedError): void;
}

/** One that waits for an item, or for the end. */
export interface Reader<H> {
  got(item: H): void;
  ended(error?: unknown): void;
}

export const done: IteratorReturnResult<undefined> = Object.freeze({
  done: true,
  value: undefined,
});

/** A bounded queue: in front what is in its reader's hands, then what waits. Its end comes after the last item. */
export class Inbox<T, H extends { readonly value: T }> {
  readonly capacity: number;
  readonly overflow: Overflow;
  readonly #owner: InboxOwner<H> | undefined;
  readonly #items = new Queue<H>();
  /** How many are in hand. */
  #hand = 0;
  #readers: Reader<H>[] = [];
  /** From a full queue until it is half empty. */
  #full = false;
  #end: { error?: unknown } | undefined;

  constructor({ capacity, overflow }: Limits, owner?: InboxOwner<H>) {
    this.capacity = capacity;
    this.overflow = overflow;
    this.#owner = owner;
  }

  /** How many wait. */
  get size(): number {
    return this.#items.size - this.#hand;
  }

  /** How many wait or are in hand. */
  get pending(): number {
    return this.#items.size;
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** The first item that is wanted, of all or of those that wait. */
  find(wanted: (item: H) => boolean, waits = false): H | undefined {
    for (let at = waits ? this.#hand : 0; at < this.#items.size; at++) {
      const item = this.#items.at(at)!;
      if (wanted(item)) return item;
    }
    return undefined;
  }

  /** Puts an item in: what became of it. */
  offer(item: H): "taken" | "full" | "dropped" | "closed" {
    if (this.#end) return "closed";
    if (this.size >= this.capacity && this.overflow !== "pause") {
      if (this.overflow === "drop-newest") return "dropped";
      if (this.overflow === "error") {
        this.#owner?.overflown(new FeedError("overflow", say("overflow", this.capacity)));
        return "closed";
      }
      const oldest = this.#items.shift(this.#hand)!;
      this.#owner?.dropped(oldest);
    }
    this.#items.push(item);
    const reader = this.#readers.shift();
    if (reader) {
      this.#hand++;
      reader.got(item);
      return "taken";
    }
    if (this.size < this.capacity) return "taken";
    this.#full = true;
    return this.overflow === "pause" ? "full" : "taken";
  }

  /** The next item, which is in hand from now on, if one waits. */
  take(): H | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items.at(this.#hand++)!;
    // Half empty, not one below the limit: stopping and starting a socket costs more than delivering.
    if (this.#full && this.size <= this.capacity / 2) {
      this.#full = false;
      this.#owner?.room();
    }
    return item;
  }

  /** Hands over the next item, or the end, now or once it is there. */
  ask(reader: Reader<H>): void {
    const item = this.take();
    if (item) reader.got(item);
    else if (this.#end) this.#tellEnd(reader);
    else this.#readers.push(reader);
  }

  /** The next value. */
  next(): Promise<IteratorResult<T, undefined>> {
    const item = this.take();
    if (item) return Promise.resolve({ done: false, value: item.value });
    return new Promise((settle, fail) =>
      this.ask({
        got: ({ value }) => settle({ done: false, value }),
        ended: (error) => (error === undefined ? settle(done) : fail(error)),
      }),
    );
  }

  /** What is in hand is taken: how many that were. */
  release(): number {
    const count = this.#hand;
    for (; this.#hand > 0; this.#hand--) this.#items.shift();
    return count;
  }

  /** A reader waits no longer. */
  leave(reader: Reader<H>): void {
    this.#readers = this.#readers.filter((each) => each !== reader);
    reader.ended();
  }

  /** Takes no more. What waits is still delivered; then readers are done, or one gets the error. */
  close(error?: unknown): void {
    if (this.#end) return;
    this.#end = { error };
    for (const reader of this.#readers.splice(0)) this.#tellEnd(reader);
  }

  /** Takes no more, and throws away what waits. */
  discard(): void {
    this.close();
    this.#end = {};
    this.#items.clear();
    this.#hand = 0;
  }

  #tellEnd(reader: Reader<H>): void {
    const { error } = this.#end!;
    this.#end = {};
    reader.ended(error);
  }
}
