import { say } from "#words";
import { FeedError } from "../core/errors.ts";

/**
 * The policy of a full queue for one more value: `pause`: accepts it, and asks its sender to stop (a feed stops reading
 * the socket); `drop-oldest`, `drop-newest`: drops one and counts it; `latest`: keeps only the newest; `error`: ends
 * with an error.
 */
export type Overflow = "pause" | "drop-oldest" | "drop-newest" | "latest" | "error";

/** The size of a queue, and its policy when it is full. */
export interface ChannelOptions {
  /** How many values wait at most, an integer ≥ 1. Default: 256. */
  readonly capacity?: number | undefined;
  /** The policy for one more value. Default: `pause`. */
  readonly overflow?: Overflow | undefined;
}

export type Limits = Required<{ [K in keyof ChannelOptions]: NonNullable<ChannelOptions[K]> }>;

export const limits: Limits = Object.freeze({ capacity: 256, overflow: "pause" });

/** What an inbox reports to its owner. */
export interface InboxOwner<I> {
  /** The policy dropped the item, which waited. */
  dropped(item: I): void;
  /** The inbox was full, and is half empty. */
  room(): void;
  /** It was full, and its policy is `error`. */
  overflown(error: FeedError): void;
}

/** A value in a queue, and the item after it. */
export interface Item<T> {
  readonly value: T;
  next?: Item<T> | undefined;
}

/** What became of an item that was put in. `full`: it was taken, and no more should come. */
export type Answer = "taken" | "full" | "dropped" | "closed";

/** One that waits for an item, or for the end. */
export interface Reader<I> {
  got(item: I): void;
  ended(error?: unknown): void;
}

export const done: IteratorReturnResult<undefined> = Object.freeze({
  done: true,
  value: undefined,
});

/** A bounded queue: first what its reader has in hand, then what waits. Its end comes after the last item. */
export class Inbox<T, I extends Item<T> = Item<T>> {
  readonly capacity: number;
  readonly overflow: Overflow;
  /** How many wait. */
  size = 0;
  /** How many wait or are in hand. */
  pending = 0;
  ended = false;
  /** The oldest item, the newest one in hand, and the newest one. */
  #first: I | undefined;
  #hand: I | undefined;
  #last: I | undefined;
  readonly #owner: InboxOwner<I> | undefined;
  #readers: Reader<I>[] = [];
  /** From a full queue until it is half empty. */
  #full = false;
  #error: unknown;

  constructor({ capacity, overflow }: Limits, owner?: InboxOwner<I>) {
    this.capacity = overflow === "latest" ? 1 : capacity;
    this.overflow = overflow;
    this.#owner = owner;
  }

  /** The oldest item that is wanted, of all or of those that wait. */
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

  /** The next item, which is in hand from now on, if one waits. */
  take(): I | undefined {
    const item = this.#next;
    if (!item) return undefined;
    this.#hand = item;
    this.size--;
    // Half empty, not one below the limit: stopping and starting a socket costs more than delivering.
    if (this.#full && this.size <= this.capacity / 2) {
      this.#full = false;
      this.#owner?.room();
    }
    return item;
  }

  /** Hands over the next item, or the end, now or once it is there. */
  ask(reader: Reader<I>): void {
    const item = this.take();
    if (item) reader.got(item);
    else if (this.ended) this.#end(reader);
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

  /** What is in hand is taken: whether there was something. */
  release(): boolean {
    const hand = this.#hand;
    if (!hand) return false;
    this.#first = this.#next;
    // Else an old item would keep the newer ones from the garbage collector's quick rounds.
    this.#hand = hand.next = undefined;
    this.#last = this.#first && this.#last;
    this.pending = this.size;
    return true;
  }

  /** A reader waits no longer. */
  leave(reader: Reader<I>): void {
    this.#readers = this.#readers.filter((each) => each !== reader);
    reader.ended();
  }

  /** Takes no more. What waits is still delivered; then readers are done, or one gets the error. */
  close(error?: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.#error = error;
    for (const reader of this.#readers.splice(0)) this.#end(reader);
  }

  /** Takes no more, and throws away what waits. */
  discard(): void {
    this.close();
    this.#error = this.#first = this.#hand = this.#last = undefined;
    this.size = this.pending = 0;
  }

  /** The first that waits. */
  get #next(): I | undefined {
    return (this.#hand ? this.#hand.next : this.#first) as I | undefined;
  }

  /** Drops the first that waits. */
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
