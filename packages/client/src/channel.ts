import { FeedError } from "./errors.ts";
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

/** Told when a value that was sent has been taken, or dropped. */
export interface Receipt {
  taken(): void;
}

/** Someone who sends into a channel and wants to know when to go on, or that nobody reads any more. */
export interface Sender {
  room(): void;
  closed(error: unknown): void;
}

interface Item<T> {
  readonly value: T;
  readonly receipt: Receipt | undefined;
}

interface Waiting<T> {
  readonly owner: object;
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
  readonly #senders = new Set<Sender>();
  /** What was handed out and counts as taken when the next is asked for. */
  #inHand: Receipt[] = [];
  #dropped = 0;
  #full = false;
  /** Set by close(): no more comes in, and behind the last item stands this end. */
  #end: { error: unknown } | undefined;

  /** Throws `TypeError` for a capacity that is no count, and for an unknown policy. */
  constructor(options: ChannelOptions = {}) {
    const { capacity = 256, overflow = "pause" } = options;
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new TypeError(`capacity must be an integer ≥ 1, not ${String(capacity)}.`);
    }
    if (!policies.includes(overflow)) {
      throw new TypeError(`overflow must be one of ${policies.join(", ")}, not ${String(overflow)}.`);
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
    return this.offer(value, undefined) === "taken";
  }

  /** Waits for the next value; done once the channel is closed and empty. Rejects once with the error it was closed with. */
  receive(): Promise<IteratorResult<T, undefined>> {
    return this.#next(this);
  }

  /** The next value if one waits. */
  tryReceive(): T | undefined {
    this.#release();
    return this.#items.size > 0 ? this.#take() : undefined;
  }

  /** Takes no more values. What was received is still delivered; then readers are done, or get the error, once. Idempotent. */
  close(error?: unknown): void {
    if (this.#end) return;
    this.#end = { error };
    for (const sender of this.#senders) sender.closed(error);
    this.#senders.clear();
    while (this.#waiting.size > 0) this.#settleEnd(this.#waiting.shift()!);
    if (this.#items.size === 0) this.#release();
  }

  /** A `ReadableStream` of the values; cancelling it closes the channel. */
  readable(): ReadableStream<T> {
    return new ReadableStream<T>(
      {
        pull: async (controller) => {
          const { done: over, value } = await this.receive();
          if (over) controller.close();
          else controller.enqueue(value);
        },
        cancel: () => this.close(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Iterates over the values. Leaving the loop leaves the channel as it is, for others or for later. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    let left = false;
    const iterator: AsyncIterableIterator<T, undefined> = {
      next: () => (left ? Promise.resolve(done) : this.#next(iterator)),
      return: () => {
        left = true;
        this.leave(iterator);
        return Promise.resolve(done);
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** `send` with a receipt, which is kept unless the value is refused. @internal */
  offer(value: T, receipt: Receipt | undefined): "taken" | "full" | "refused" {
    if (this.#end) return "refused";
    const reader = this.#waiting.shift();
    if (reader) {
      if (receipt) this.#inHand.push(receipt);
      reader.settle({ done: false, value });
      return "taken";
    }
    if (this.#items.size >= this.capacity && !this.#makeRoom()) return "refused";
    this.#items.push({ value, receipt });
    this.#full = this.#items.size >= this.capacity;
    return this.#full && this.overflow === "pause" ? "full" : "taken";
  }

  /** Adds one who sends. @internal */
  attach(sender: Sender): void {
    if (this.#end) sender.closed(this.#end.error);
    else this.#senders.add(sender);
  }

  /** Removes one who sends. @internal */
  detach(sender: Sender): void {
    this.#senders.delete(sender);
  }

  /** Settles the pending reads of one iterator, and counts what it holds as taken. @internal */
  leave(owner: object): void {
    const others = this.#waiting.clear();
    for (const reader of others) {
      if (reader.owner === owner) reader.settle(done);
      else this.#waiting.push(reader);
    }
    this.#release();
  }

  /** Drops what waits. @internal */
  discard(): void {
    for (const { receipt } of this.#items.clear()) receipt?.taken();
    this.#release();
  }

  /** `receive` for one iterator, so that it can leave alone. @internal */
  receiveFor(owner: object): Promise<IteratorResult<T, undefined>> {
    return this.#next(owner);
  }

  #next(owner: object): Promise<IteratorResult<T, undefined>> {
    this.#release();
    if (this.#items.size > 0) return Promise.resolve({ done: false, value: this.#take() });
    return new Promise((settle, fail) => {
      const reader = { owner, settle, fail };
      if (this.#end) this.#settleEnd(reader);
      else this.#waiting.push(reader);
    });
  }

  #take(): T {
    const { value, receipt } = this.#items.shift()!;
    if (receipt) this.#inHand.push(receipt);
    // Half empty, not one below the limit: stopping and starting a socket costs more than delivering.
    if (this.#full && this.#items.size <= this.capacity / 2) {
      this.#full = false;
      for (const sender of this.#senders) sender.room();
    }
    return value;
  }

  #release(): void {
    if (this.#inHand.length === 0) return;
    const receipts = this.#inHand;
    this.#inHand = [];
    for (const receipt of receipts) receipt.taken();
  }

  #settleEnd(reader: Waiting<T>): void {
    const end = this.#end!;
    if (end.error === undefined) return reader.settle(done);
    const { error } = end;
    end.error = undefined;
    reader.fail(error);
  }

  /** Applies the policy to a full queue; whether the new value may come in. */
  #makeRoom(): boolean {
    if (this.overflow === "pause") return true;
    if (this.overflow === "error") {
      this.close(
        new FeedError("overflow", `A queue of ${this.capacity} events is full: read faster, raise capacity, or choose another overflow policy.`),
      );
      return false;
    }
    this.#dropped++;
    if (this.overflow === "drop-newest") return false;
    this.#items.shift()!.receipt?.taken();
    return true;
  }
}
