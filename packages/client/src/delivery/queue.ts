import { say } from "#words";
import { FeedError } from "../core/errors.ts";
import { done } from "../core/iterate.ts";

/**
 * The policy of a full queue for a further value:
 * - `pause`: accepts it, and asks the sender to stop (a feed stops reading the socket)
 * - `drop-oldest`, `drop-newest`: drops one and counts it
 * - `latest`: keeps only the newest
 * - `error`: ends with an error
 */
export type Overflow = "pause" | "drop-oldest" | "drop-newest" | "latest" | "error";

/** The size of a queue, and its policy when it is full. */
export interface ChannelOptions {
  /** The number of values that may wait, an integer ≥ 1. Default: 256. */
  readonly capacity?: number | undefined;
  /** The policy for a further value. Default: `pause`. */
  readonly overflow?: Overflow | undefined;
}

export type Limits = Required<{ [K in keyof ChannelOptions]: NonNullable<ChannelOptions[K]> }>;

export const limits: Limits = Object.freeze({ capacity: 256, overflow: "pause" });

/** A value in a queue, and the item after it. */
export interface Queued<T> {
  readonly value: T;
  next?: Queued<T> | undefined;
}

/** The result of adding an item. `full`: it was accepted, but no more should come. */
export type Offered = "taken" | "full" | "dropped" | "closed";

/** A reader that waits for an item, or for the end. */
export interface WaitingReader<T> {
  settle(result: IteratorResult<T, undefined>): void;
  fail(error: unknown): void;
  readonly hand: unknown;
}

/** A bounded queue: first the items in its reader's hand, then the waiting ones. Its end comes after the last item. */
export class Queue<T, I extends Queued<T> = Queued<T>> {
  /** @internal */
  readonly options: Limits;
  /** The number of waiting items. @internal */
  size = 0;
  /** The number of items that are waiting or in hand. @internal */
  pending = 0;
  /** True from the time that it was full until it is half empty, if the policy is `pause`. @internal */
  isFull = false;
  /** Set once it accepts no more items. @internal */
  end: object | undefined;
  /** @internal */
  protected readers: WaitingReader<T>[] | undefined;
  /** The oldest item, the newest one in hand, and the newest one. */
  #first: I | undefined;
  #hand: I | undefined;
  #last: I | undefined;
  /** The error that comes after the last item, until a reader has it. */
  #error: unknown;

  /** @internal */
  constructor(options: Limits) {
    this.options = options;
  }

  /** @internal */
  get capacity(): number {
    const { capacity, overflow } = this.options;
    return overflow === "latest" ? 1 : capacity;
  }

  /** The oldest item: of all, or (`waits`) only of those that are waiting. @internal */
  oldest(waits: boolean): I | undefined {
    return (waits && this.#hand ? this.#hand.next : this.#first) as I | undefined;
  }

  /** Adds an item. @internal */
  offer(item: I): Offered {
    if (this.end) return "closed";
    const { capacity } = this;
    const { overflow } = this.options;
    if (this.size >= capacity && overflow !== "pause") {
      if (overflow === "drop-newest") return "dropped";
      if (overflow === "error") {
        this.overflown(new FeedError("overflow", say("overflow", capacity)));
        return "closed";
      }
      this.#drop();
    }
    if (this.#last) this.#last.next = item;
    else this.#first = item;
    this.#last = item;
    this.size++;
    this.pending++;
    if (this.readers?.length) {
      const reader = this.readers.shift()!;
      reader.settle({ done: false, value: this.take(reader.hand)!.value });
    }
    if (this.size < capacity || overflow !== "pause") return "taken";
    this.fill(true);
    return "full";
  }

  /** Takes the next waiting item, if there is one. It is in hand from now on. @internal */
  take(_hand?: unknown): I | undefined {
    const item = this.oldest(true);
    if (!item) return undefined;
    this.#hand = item;
    this.size--;
    // Half empty rather than one below the limit: stopping and starting a socket costs more than delivering.
    if (this.isFull && this.size <= this.capacity / 2) this.fill(false);
    return item;
  }

  /** Takes the next value, or waits for it or for the end. @internal */
  read(hand?: unknown): Promise<IteratorResult<T, undefined>> {
    const item = this.take(hand);
    if (item) return Promise.resolve({ done: false, value: item.value });
    return new Promise((settle, fail) => {
      const reader = { settle, fail, hand };
      if (this.end) this.#end(reader);
      else (this.readers ??= []).push(reader);
    });
  }

  /** Marks the items in hand as taken. Returns `false` if there were none. @internal */
  release(): boolean {
    const hand = this.#hand;
    if (!hand) return false;
    this.#first = hand.next as I | undefined;
    if (!this.#first) this.#last = undefined;
    // Otherwise an old item would keep newer ones alive through the garbage collector's minor collections.
    this.#hand = hand.next = undefined;
    this.pending = this.size;
    return true;
  }

  /**
   * Accepts no more items. Waiting ones are still delivered; then readers are done, or one of them gets the error.
   * @internal
   */
  seal(end: object, error?: unknown): void {
    this.end = end;
    this.#error = error;
    for (const reader of this.readers?.splice(0) ?? []) this.#end(reader);
  }

  /** Drops all items. @internal */
  clear(): void {
    this.#error = this.#first = this.#hand = this.#last = undefined;
    this.size = this.pending = 0;
  }

  /**
   * It is full, or half empty again. A consumer's queue reports it to `FeedCore.filled`, which pauses or resumes its
   * source: see `Source.pause`.
   * @internal
   */
  fill(full: boolean): void {
    this.isFull = full;
  }

  /** The policy dropped an item that was waiting. @internal */
  protected dropped(_item: I): void {}

  /** An item did not fit, and the policy is `error`. @internal */
  protected overflown(_error: FeedError): void {}

  /** Drops the first waiting item. */
  #drop(): void {
    const item = this.oldest(true)!;
    if (this.#hand) this.#hand.next = item.next;
    else this.#first = item.next as I | undefined;
    if (this.#last === item) this.#last = this.#hand;
    this.size--;
    this.pending--;
    this.dropped(item);
  }

  #end(reader: WaitingReader<T>): void {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) reader.settle(done);
    else reader.fail(error);
  }
}
