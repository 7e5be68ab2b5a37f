import { say } from "#words";
import { FeedError } from "../core/errors.ts";
import { Queue } from "./queue.ts";

/**
 * What a full queue does with one more value:
 * `pause`: takes it, and asks its sender to stop (a feed stops reading the socket); `drop-oldest`,
 * `drop-newest`: drops one and counts it; `latest`: keeps only the newest; `error`: ends with an error.
 */
export type Overflow = "pause" | "drop-oldest" | "drop-newest" | "latest" | "error";

export interface ChannelOptions {
  /** How many values wait at most, an integer ≥ 1. Default: 256. */
  readonly capacity?: number | undefined;
  /** What happens to one more. Default: `pause`. */
  readonly overflow?: Overflow | undefined;
}

/** A value that waits, or that a reader has in hand. */
export interface Held<T> {
  readonly value: T;
  /** The cursor in front of the event. */
  readonly before: string;
  /** The events of a feed are numbered in their order. */
  readonly number: number;
}

/** What an inbox reports to its owner. */
export interface InboxOwner<H> {
  /** The item's reader has asked for the next one, or left. */
  taken(item: H): void;
  /** The policy dropped the item. */
  dropped(item: H): void;
  /** The inbox was full, and is half empty. */
  room(): void;
  /** It was full, and its policy is `error`. */
  overflown(error: FeedError): void;
}

/** One reader's place. What it has in hand counts as taken when it asks for the next, or leaves. */
export class Reader<H> {
  left = false;
  hand: H | undefined;
  /** There is more than one in hand only after several calls of `next()` at a time. */
  others: H[] | undefined;
}

interface Waiting<T, H> {
  readonly reader: Reader<H>;
  settle(result: IteratorResult<T, undefined>): void;
  fail(error: unknown): void;
}

const policies: readonly Overflow[] = ["pause", "drop-oldest", "drop-newest", "latest", "error"];
export const done: IteratorReturnResult<undefined> = Object.freeze({
  done: true,
  value: undefined,
});
export interface Limits {
  readonly capacity: number;
  readonly overflow: Overflow;
}

export const limits: Limits = Object.freeze({ capacity: 256, overflow: "pause" });

/** The options of a queue. Throws `TypeError` for a capacity that is no count, and for an unknown policy. */
export function checkedLimits({ capacity, overflow }: Limits): Limits {
  if (!Number.isSafeInteger(capacity) || capacity < 1)
    throw new TypeError(`capacity must be an integer ≥ 1, not ${String(capacity)}.`);
  if (!policies.includes(overflow))
    throw new TypeError(`overflow must be one of ${policies.join(", ")}, not ${overflow}.`);
  return { capacity: overflow === "latest" ? 1 : capacity, overflow };
}

/** A bounded queue, those who wait at it, and its end, which comes after the last item. */
export class Inbox<T, H extends { readonly value: T } = Held<T>> {
  readonly capacity: number;
  readonly overflow: Overflow;
  readonly #owner: InboxOwner<H> | undefined;
  readonly #items = new Queue<H>();
  #waiting: Queue<Waiting<T, H>> | undefined;
  /** From a full queue until it is half empty. */
  #full = false;
  #end: { readonly error: unknown; told: boolean } | undefined;

  constructor({ capacity, overflow }: Limits, owner?: InboxOwner<H>) {
    this.capacity = capacity;
    this.overflow = overflow;
    this.#owner = owner;
  }

  get size(): number {
    return this.#items.size;
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** The oldest item that waits. */
  peek(): H | undefined {
    return this.#items.peek();
  }

  find(wanted: (item: H) => boolean): H | undefined {
    return this.#items.find(wanted);
  }

  /** Puts an item in: what became of it. */
  offer(item: H): "taken" | "full" | "dropped" | "closed" {
    if (this.#end) return "closed";
    const waiting = this.#waiting?.shift();
    if (waiting) {
      hold(waiting.reader, item);
      waiting.settle({ done: false, value: item.value });
      return "taken";
    }
    const refused = this.#items.size < this.capacity ? undefined : this.#makeRoom();
    if (refused) return refused;
    this.#items.push(item);
    if (this.#items.size < this.capacity) return "taken";
    this.#full = true;
    return this.overflow === "pause" ? "full" : "taken";
  }

  next(reader: Reader<H>): Promise<IteratorResult<T, undefined>> {
    this.release(reader);
    if (reader.left) return Promise.resolve(done);
    if (this.#items.size > 0) {
      return Promise.resolve({ done: false, value: this.#take(reader).value });
    }
    return new Promise((settle, fail) => {
      const waiting = { reader, settle, fail };
      if (this.#end) this.#settleEnd(waiting);
      else (this.#waiting ??= new Queue()).push(waiting);
    });
  }

  /** The next item, if one waits. */
  tryNext(reader: Reader<H>): H | undefined {
    this.release(reader);
    return this.#items.size > 0 ? this.#take(reader) : undefined;
  }

  /** All that waits, once something does; done after the end. */
  async batch(reader: Reader<H>): Promise<IteratorResult<T[], undefined>> {
    const first = await this.next(reader);
    if (first.done) return first;
    const values = [first.value];
    while (this.#items.size > 0 && values.length < this.capacity)
      values.push(this.#take(reader).value);
    return { done: false, value: values };
  }

  /** What the reader has in hand is taken. */
  release(reader: Reader<H>): void {
    const { hand, others } = reader;
    if (hand === undefined) return;
    reader.hand = reader.others = undefined;
    this.#owner?.taken(hand);
    if (others) for (const other of others) this.#owner?.taken(other);
  }

  /** The reader goes: what it has in hand is taken, and its calls of `next()` are done. */
  leave(reader: Reader<H>): void {
    reader.left = true;
    for (const waiting of this.#waiting?.clear() ?? []) {
      if (waiting.reader === reader) waiting.settle(done);
      else this.#waiting!.push(waiting);
    }
    this.release(reader);
  }

  /** Takes no more. What waits is still delivered; then readers are done, or one gets the error. */
  close(error?: unknown): void {
    if (this.#end) return;
    this.#end = { error, told: error === undefined };
    for (const waiting of this.#waiting?.clear() ?? []) this.#settleEnd(waiting);
  }

  /** Throws away what waits. */
  discard(): void {
    this.#items.clear();
  }

  #take(reader: Reader<H>): H {
    const item = this.#items.shift()!;
    hold(reader, item);
    // Half empty, not one below the limit: stopping and starting a socket costs more than delivering.
    if (this.#full && this.#items.size <= this.capacity / 2) {
      this.#full = false;
      this.#owner?.room();
    }
    return item;
  }

  #settleEnd(waiting: Waiting<T, H>): void {
    const end = this.#end!;
    if (end.told) return waiting.settle(done);
    end.told = true;
    waiting.fail(end.error);
  }

  /** Applies the policy to a full queue: what became of the new item, unless it may come in. */
  #makeRoom(): "dropped" | "closed" | undefined {
    if (this.overflow === "pause") return undefined;
    if (this.overflow === "error") {
      this.#owner?.overflown(new FeedError("overflow", say("overflow", this.capacity)));
      return "closed";
    }
    if (this.overflow === "drop-newest") return "dropped";
    const oldest = this.#items.shift()!;
    this.#owner?.dropped(oldest);
    return undefined;
  }
}

function hold<H>(reader: Reader<H>, item: H): void {
  if (reader.hand === undefined) reader.hand = item;
  else (reader.others ??= []).push(item);
}
