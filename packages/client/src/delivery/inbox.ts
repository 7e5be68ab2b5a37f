import { say } from "#words";
import { FeedError } from "../core/errors.ts";

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

/** Receives the reports of an inbox. */
export interface InboxOwner<I> {
  /** The policy dropped an item that was waiting. */
  dropped(item: I): void;
  /** The inbox was full, and is now half empty. */
  room(): void;
  /** A value did not fit, and the policy is `error`. */
  overflown(error: FeedError): void;
}

/** A value in a queue, and the item after it. */
export interface Item<T> {
  readonly value: T;
  next?: Item<T> | undefined;
}

/** The result of adding an item. `full`: it was accepted, but no more should come. */
export type Answer = "taken" | "full" | "dropped" | "closed";

/** A reader that waits for an item, or for the end. */
export interface Reader<I> {
  got(item: I): void;
  ended(error?: unknown): void;
}

export const done: IteratorReturnResult<undefined> = Object.freeze({
  done: true,
  value: undefined,
});

/** A bounded queue: first the items in its reader's hand, then the waiting ones. Its end comes after the last item. */
export class Inbox<T, I extends Item<T> = Item<T>> {
  readonly capacity: number;
  readonly overflow: Overflow;
  /** The number of waiting items. */
  size = 0;
  /** The number of items that are waiting or in hand. */
  pending = 0;
  ended = false;
  /** The oldest item, the newest one in hand, and the newest one. */
  #first: I | undefined;
  #hand: I | undefined;
  #last: I | undefined;
  readonly #owner: InboxOwner<I> | undefined;
  #readers: Reader<I>[] = [];
  /** True from the time that the queue was full until it is half empty. */
  #full = false;
  #error: unknown;

  constructor({ capacity, overflow }: Limits, owner?: InboxOwner<I>) {
    this.capacity = overflow === "latest" ? 1 : capacity;
    this.overflow = overflow;
    this.#owner = owner;
  }

  /** The oldest wanted item: of all, or (`waits`) only of those that are waiting. */
  find(isWanted: (item: I) => boolean, waits: boolean): I | undefined {
    let item = waits ? this.#next : this.#first;
    while (item && !isWanted(item)) item = item.next as I | undefined;
    return item;
  }

  offer(item: I): Answer {
    if (this.ended) return "closed";
    if (this.size >= this.capacity && this.overflow !== "pause") {
      if (this.overflow === "drop-newest") return "dropped";
      if (this.overflow === "error") {
        this.#owner?.overflown(new FeedError("overflow", say("overflow", this.capacity)));
        return "closed";
      }
      this.#drop();
    }
    if (this.#last) this.#last.next = item;
    else this.#first = item;
    this.#last = item;
    this.size++;
    this.pending++;
    if (this.#readers.length > 0) this.ask(this.#readers.shift()!);
    if (this.size < this.capacity) return "taken";
    this.#full = true;
    return this.overflow === "pause" ? "full" : "taken";
  }

  /** Takes the next waiting item, if there is one. It is in hand from now on. */
  take(): I | undefined {
    const item = this.#next;
    if (!item) return undefined;
    this.#hand = item;
    this.size--;
    // Half empty rather than one below the limit: stopping and starting a socket costs more than delivering.
    if (this.#full && this.size <= this.capacity / 2) {
      this.#full = false;
      this.#owner?.room();
    }
    return item;
  }

  /** Gives the next item, or the end, to the reader: now, or as soon as there is one. */
  ask(reader: Reader<I>): void {
    const item = this.take();
    if (item) reader.got(item);
    else if (this.ended) this.#end(reader);
    else this.#readers.push(reader);
  }

  /** Takes the next value, or waits for it. */
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

  /** Marks the items in hand as taken. Returns `false` if there were none. */
  release(): boolean {
    const hand = this.#hand;
    if (!hand) return false;
    this.#first = this.#next;
    // Otherwise an old item would keep newer ones alive through the garbage collector's minor collections.
    this.#hand = hand.next = undefined;
    this.#last = this.#first && this.#last;
    this.pending = this.size;
    return true;
  }

  /** Removes a waiting reader. */
  leave(reader: Reader<I>): void {
    this.#readers = this.#readers.filter((each) => each !== reader);
    reader.ended();
  }

  /** Accepts no more items. Waiting ones are still delivered; then readers are done, or one of them gets the error. */
  close(error?: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.#error = error;
    for (const reader of this.#readers.splice(0)) this.#end(reader);
  }

  /** Accepts no more items, and drops the waiting ones. */
  discard(): void {
    this.close();
    this.#error = this.#first = this.#hand = this.#last = undefined;
    this.size = this.pending = 0;
  }

  /** The first waiting item. */
  get #next(): I | undefined {
    return (this.#hand ? this.#hand.next : this.#first) as I | undefined;
  }

  /** Drops the first waiting item. */
  #drop(): void {
    const item = this.#next!;
    if (this.#hand) this.#hand.next = item.next;
    else this.#first = item.next as I | undefined;
    if (this.#last === item) this.#last = this.#hand;
    this.size--;
    this.pending--;
    this.#owner?.dropped(item);
  }

  #end(reader: Reader<I>): void {
    const error = this.#error;
    this.#error = undefined;
    reader.ended(error);
  }
}
