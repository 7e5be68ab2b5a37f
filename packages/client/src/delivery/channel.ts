import { checkQueue } from "#checks";
import type { FeedError } from "../core/errors.ts";
import { done, iterate } from "../core/iterate.ts";
import { knownOptions } from "../core/own.ts";
import type { ConsumedFeed } from "./consumer.ts";
import { Lane, type AnyLane, type Sent } from "./lane.ts";
import {
  limits,
  Queue,
  type Offered,
  type ChannelOptions,
  type Limits,
  type Overflow,
} from "./queue.ts";
import type { Callback, Known, SubscribeOptions } from "./subscribe-options.ts";
import type { AnySubscription } from "./subscription.ts";

export type { ChannelOptions, Overflow } from "./queue.ts";

/** A channel that accepts values of type `E`, and maybe others. */
// oxlint-disable-next-line typescript/no-explicit-any -- it may accept any other values
export type ChannelFor<E> = Channel<any> & { readonly send: (value: E) => boolean };

/** How events are taken: to iterate over, with a callback, or into a channel. */
export type Consumption<E> =
  | [options?: SubscribeOptions<E>]
  | [consumer: Callback<E> | ChannelFor<E>, options?: SubscribeOptions<E>];

/** The items that a reader of a channel holds. They count as taken when it asks for the next one, or leaves. */
type Hand<T> = Sent<T>[];

/** The queue of a channel. Its items are in the hands of several readers. */
class Values<T> extends Queue<T, Sent<T>> {
  readonly lanes = new Set<AnyLane>();
  /** How many values the policy has dropped. */
  lost = 0;
  readonly #channel: { close(error: FeedError): void };

  constructor(known: Limits, channel: { close(error: FeedError): void }) {
    super(known);
    this.#channel = channel;
  }

  override take(hand: Hand<T>): Sent<T> | undefined {
    const item = super.take();
    if (!item) return undefined;
    this.release();
    hand.push(item);
    return item;
  }

  /** Settles the pending requests of a reader. */
  leave(hand: Hand<T>): void {
    for (const each of this.readers?.splice(0) ?? []) {
      if (each.hand === hand) each.settle(done);
      else this.readers!.push(each);
    }
  }

  protected override dropped(item: Sent<T>): void {
    this.lost++;
    item.lane?.dropped(item);
  }

  override fill(full: boolean): void {
    super.fill(full);
    if (!full) for (const lane of this.lanes) lane.room();
  }

  protected override overflown(error: FeedError): void {
    this.#channel.close(error);
  }
}

/**
 * A bounded queue between a sender and a reader: subscribe a feed's events into it (several subscriptions may share
 * it), and take them with `receive()` or `for await`. It stays open when they and their feeds are closed: its readers
 * wait until you close it.
 *
 * 1 concurrent `next()` calls settle in order · 2 `return()` is idempotent and removes only itself ·
 * 3 `close()` delivers the received values, then done · 4 ended before the first `next()` → done at once ·
 * 5 an error is delivered once, after the received items · 6 `return()` settles a pending `next()` ·
 * 7 bounded, with a named policy at the limit · 8 O(1) take · 9 the end travels in the queue after the
 * data · 10 no `Promise.race` against a long-lived promise
 *
 * Errors: throws `TypeError` for an invalid capacity or policy
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #values: Values<T>;
  /** Shared by all calls of `receive()` and `tryReceive()`. */
  readonly #shared: Hand<T> = [];
  #error: unknown;

  constructor(options: ChannelOptions = {}) {
    const known = knownOptions<Limits>("Channel", options, limits);
    checkQueue(known);
    this.#values = new Values(known, this);
  }

  get capacity(): number {
    return this.#values.capacity;
  }

  get overflow(): Overflow {
    return this.#values.options.overflow;
  }

  /**
   * The number of waiting values. With `pause` it can exceed `capacity`, by the values that the sender still had to
   * deliver.
   */
  get size(): number {
    return this.#values.size;
  }

  /** How many values the policy has dropped. */
  get dropped(): number {
    return this.#values.lost;
  }

  /** True after `close()`. Values that were received may still be waiting. */
  get closed(): boolean {
    return this.#values.end !== undefined;
  }

  /**
   * Adds a value. Returns `false` if it was dropped, if the channel is closed, or (with `pause`) if it was accepted but
   * the sender should stop.
   */
  send(value: T): boolean {
    return this.offer({ value }) === "taken";
  }

  /**
   * Waits for the next value. Done once the channel is closed and empty. Rejects once with the error that the channel
   * was closed with.
   */
  receive(): Promise<IteratorResult<T, undefined>> {
    release(this.#shared);
    return this.#values.read(this.#shared);
  }

  /** Takes the next value if one is waiting. */
  tryReceive(): T | undefined {
    release(this.#shared);
    return this.#values.take(this.#shared)?.value;
  }

  /**
   * Accepts no more values. Values that were received are still delivered; then readers are done, or get the error,
   * once. Idempotent.
   */
  close(error?: unknown): void {
    if (this.closed) return;
    this.#error = error;
    const lanes = [...this.#values.lanes];
    this.#values.lanes.clear();
    this.#values.seal({}, error);
    for (const lane of lanes) lane.channelClosed(error);
  }

  /**
   * A `ReadableStream` of the values. It takes a value only when one is requested. Cancelling it closes the channel.
   */
  readable(): ReadableStream<T> {
    const reader = this[Symbol.asyncIterator]();
    return new ReadableStream<T>(
      {
        pull: async (controller) => {
          const { done: isEnd, value } = await reader.next();
          return isEnd ? controller.close() : controller.enqueue(value);
        },
        cancel: () => this.close(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Iterates over the values. Leaving the loop keeps the channel as it is, for other or later readers. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    const hand: Hand<T> = [];
    let left = false;
    const next = (): Promise<IteratorResult<T, undefined>> => {
      release(hand);
      return left ? Promise.resolve(done) : this.#values.read(hand);
    };
    return iterate(next, () => {
      left = true;
      this.#values.leave(hand);
      release(hand);
    });
  }

  /** Like `send`, for a subscription, which gets a call once the item was taken or dropped. @internal */
  offer(item: Sent<T>): Offered {
    const answer = this.#values.offer(item);
    if (answer === "dropped") this.#values.lost++;
    return answer;
  }

  /** Adds a lane. @internal */
  attach(lane: AnyLane): void {
    if (this.closed) lane.channelClosed(this.#error);
    else this.#values.lanes.add(lane);
  }

  /** Removes a lane. @internal */
  detach(lane: AnyLane): void {
    this.#values.lanes.delete(lane);
  }

  /** Creates a subscription whose events wait in this channel. @internal */
  subscription(
    feed: ConsumedFeed,
    types: readonly string[],
    options: Known<never>,
  ): AnySubscription {
    return new Lane<T>(feed, types, options, this);
  }
}

function release<T>(hand: Hand<T>): void {
  for (const item of hand.splice(0)) item.lane?.taken(item);
}
