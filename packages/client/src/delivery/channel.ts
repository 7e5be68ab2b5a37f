import { FeedError } from "../core/errors.ts";
import { Place, type Item, type Sender } from "./place.ts";
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

/** A channel that takes values of type `E`, and maybe others too. */
// oxlint-disable-next-line typescript/no-explicit-any -- whatever else it takes does not matter
export type ChannelFor<E> = Channel<any> & { readonly send: (value: E) => boolean };

interface Waiting<T> {
  readonly place: Place;
  settle(result: IteratorResult<T, undefined>): void;
  fail(error: unknown): void;
}

const policies: readonly Overflow[] = ["pause", "drop-oldest", "drop-newest", "latest", "error"];
const done = Object.freeze({ done: true, value: undefined }) as IteratorReturnResult<undefined>;

/**
 * A bounded queue between one side that sends and one that waits: subscribe a feed's events into one
 * (several subscriptions may share it), and take them with `receive()` or `for await`.
 *
 * 1 concurrent `next()` calls settle in order · 2 `return()` is idempotent and removes only itself ·
 * 3 `close()` delivers what was received, then done · 4 ended before the first `next()` → done at once ·
 * 5 an error is delivered once, after the received items · 6 `return()` settles a pending `next()` ·
 * 7 bounded, with a named policy at the limit · 8 O(1) take · 9 the end travels in the queue behind the
 * data · 10 no `Promise.race` against a long-lived promise
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly capacity: number;
  readonly overflow: Overflow;
  readonly #items = new Queue<Item<T>>();
  readonly #waiting = new Queue<Waiting<T>>();
  #senders: readonly Sender[] = [];
  /** The place of all who call `receive()` and `tryReceive()`. */
  readonly #shared = new Place();
  #dropped = 0;
  /** From a full queue until it is half empty. */
  #full = false;
  /** Set by close(): no more comes in, and behind the last item stands this end. */
  #end: { readonly error: unknown; told: boolean } | undefined;

  /** Throws `TypeError` for a capacity that is no count, and for an unknown policy. */
  constructor(options: ChannelOptions = {}) {
    const { capacity = 256, overflow = "pause" } = options;
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new TypeError(`capacity must be an integer ≥ 1, not ${String(capacity)}.`);
    }
    if (!policies.includes(overflow)) {
      throw new TypeError(`overflow must be one of ${policies.join(", ")}, not ${overflow}.`);
    }
    this.capacity = overflow === "latest" ? 1 : capacity;
    this.overflow = overflow;
  }

  /** How many values wait. With `pause` it can stand above `capacity` by what its sender had at hand. */
  get size(): number {
    return this.#items.size;
  }

  /** How many values the policy has dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether `close()` was called; what was received before may still wait. */
  get closed(): boolean {
    return this.#end !== undefined;
  }

  /** Puts a value in. `false`: it was dropped, or the channel is closed, or (`pause`) it was taken but no more should come. */
  send(value: T): boolean {
    return this.offer({ value, sender: undefined }) === "taken";
  }

  /** Waits for the next value; done once the channel is closed and empty. Rejects once with the error it was closed with. */
  receive(): Promise<IteratorResult<T, undefined>> {
    return this.next(this.#shared);
  }

  /** The next value if one waits. */
  tryReceive(): T | undefined {
    this.#shared.release();
    return this.#items.size > 0 ? this.#take(this.#shared) : undefined;
  }

  /** Takes no more values. What was received is still delivered; then readers are done, or get the error, once. Idempotent. */
  close(error?: unknown): void {
    if (this.#end) return;
    this.#end = { error, told: error === undefined };
    const senders = this.#senders;
    this.#senders = [];
    for (const sender of senders) sender.closed(error);
    while (this.#waiting.size > 0) this.#settleEnd(this.#waiting.shift()!);
  }

  /** A `ReadableStream` of the values, which takes one when it is asked for one; cancelling it closes the channel. */
  readable(): ReadableStream<T> {
    const place = new Place();
    return new ReadableStream<T>(
      {
        pull: async (controller) => {
          const { done: over, value } = await this.next(place);
          return over ? controller.close() : controller.enqueue(value);
        },
        cancel: () => this.close(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Iterates over the values. Leaving the loop leaves the channel as it is, for others or for later. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    const place = new Place();
    return {
      next: () => this.next(place),
      return: () => this.leave(place),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** `send` for one who wants to know: what became of the item so far. @internal */
  offer(item: Item<T>): "taken" | "full" | "dropped" | "closed" {
    if (this.#end) return "closed";
    const reader = this.#waiting.shift();
    if (reader) {
      reader.place.hold(item);
      reader.settle({ done: false, value: item.value });
      return "taken";
    }
    const refused = this.#items.size < this.capacity ? undefined : this.#makeRoom();
    if (refused) return refused;
    this.#items.push(item);
    if (this.#items.size < this.capacity) return "taken";
    this.#full = true;
    return this.overflow === "pause" ? "full" : "taken";
  }

  /** Adds one who sends; the function it gives removes it again. @internal */
  attach(sender: Sender): () => void {
    if (this.#end) sender.closed(this.#end.error);
    else this.#senders = this.#senders.concat(sender);
    return () => {
      this.#senders = this.#senders.filter((each) => each !== sender);
    };
  }

  /** Throws away what waits: it counts as taken. @internal */
  discard(): void {
    for (const item of this.#items.clear()) item.sender?.taken(item);
  }

  /** `receive` at a place of one's own. @internal */
  next(place: Place): Promise<IteratorResult<T, undefined>> {
    place.release();
    if (place.left) return Promise.resolve(done);
    if (this.#items.size > 0) return Promise.resolve({ done: false, value: this.#take(place) });
    return new Promise((settle, fail) => {
      const reader = { place, settle, fail };
      if (this.#end) this.#settleEnd(reader);
      else this.#waiting.push(reader);
    });
  }

  #take(place: Place): T {
    const item = this.#items.shift()!;
    place.hold(item);
    // Half empty, not one below the limit: stopping and starting a socket costs more than delivering.
    if (this.#full && this.#items.size <= this.capacity / 2) {
      this.#full = false;
      for (const sender of this.#senders) sender.room();
    }
    return item.value;
  }

  /** Gives the place up, and settles who waits there. @internal */
  leave(place: Place): Promise<IteratorResult<T, undefined>> {
    place.left = true;
    for (const reader of this.#waiting.clear()) {
      if (reader.place === place) reader.settle(done);
      else this.#waiting.push(reader);
    }
    place.release();
    return Promise.resolve(done);
  }

  #settleEnd(reader: Waiting<T>): void {
    const end = this.#end!;
    if (end.told) return reader.settle(done);
    end.told = true;
    reader.fail(end.error);
  }

  /** Applies the policy to a full queue: what became of the new value, unless it may come in. */
  #makeRoom(): "dropped" | "closed" | undefined {
    if (this.overflow === "pause") return undefined;
    if (this.overflow === "error") {
      const fix = "read faster, raise capacity, or choose another overflow policy";
      this.close(new FeedError("overflow", `A queue of ${this.capacity} events is full: ${fix}.`));
      return "closed";
    }
    this.#dropped++;
    if (this.overflow === "drop-newest") return "dropped";
    const oldest = this.#items.shift()!;
    oldest.sender?.dropped(oldest);
    return undefined;
  }
}
