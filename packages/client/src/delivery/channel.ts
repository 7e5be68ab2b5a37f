import { checkQueue } from "#checks";
import type { FeedError } from "../core/errors.ts";
import { knownOptions } from "../core/own.ts";
import {
  done,
  Inbox,
  limits,
  type Answer,
  type ChannelOptions,
  type Limits,
  type Overflow,
  type Reader,
} from "./inbox.ts";
import { Lane, type Sender, type Sent } from "./lane.ts";
import type { Mailbox, MailboxOwner } from "./mailbox.ts";

export type { ChannelOptions, Overflow } from "./inbox.ts";

/** A channel that accepts values of type `E`, and maybe others. */
// oxlint-disable-next-line typescript/no-explicit-any -- it may accept any other values
export type ChannelFor<E> = Channel<any> & { readonly send: (value: E) => boolean };

/** A reader of a channel. The items that it holds count as taken when it asks for the next one, or leaves. */
class Hand<T> {
  left = false;
  items: Sent<T>[] = [];
  asks: Reader<Sent<T>>[] = [];
}

/**
 * A bounded queue between a sender and a reader: subscribe a feed's events into it (several subscriptions may share
 * it), and take them with `receive()` or `for await`.
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
  readonly #inbox: Inbox<T, Sent<T>>;
  readonly #senders = new Set<Sender>();
  /** Shared by all calls of `receive()` and `tryReceive()`. */
  readonly #shared = new Hand<T>();
  #dropped = 0;
  #error: unknown;

  constructor(options: ChannelOptions = {}) {
    const known = knownOptions<Limits>("Channel", options, limits);
    checkQueue(known);
    this.#inbox = new Inbox<T, Sent<T>>(known, {
      dropped: (item) => {
        this.#dropped++;
        item.sender?.dropped(item);
      },
      room: () => {
        for (const sender of this.#senders) sender.room();
      },
      overflown: (error: FeedError) => this.close(error),
    });
  }

  get capacity(): number {
    return this.#inbox.capacity;
  }

  get overflow(): Overflow {
    return this.#inbox.overflow;
  }

  /**
   * The number of waiting values. With `pause` it can exceed `capacity`, by the values that the sender still had to
   * deliver.
   */
  get size(): number {
    return this.#inbox.size;
  }

  /** How many values the policy has dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  /** True after `close()`. Values that were received may still be waiting. */
  get closed(): boolean {
    return this.#inbox.ended;
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
    return this.#next(this.#shared);
  }

  /** Takes the next value if one is waiting. */
  tryReceive(): T | undefined {
    release(this.#shared);
    const item = this.#inbox.take();
    if (item) this.#hold(this.#shared, item);
    return item?.value;
  }

  /**
   * Accepts no more values. Values that were received are still delivered; then readers are done, or get the error,
   * once. Idempotent.
   */
  close(error?: unknown): void {
    if (this.closed) return;
    this.#error = error;
    const senders = [...this.#senders];
    this.#senders.clear();
    this.#inbox.close(error);
    for (const sender of senders) sender.channelClosed(error);
  }

  /**
   * A `ReadableStream` of the values. It takes a value only when one is requested. Cancelling it closes the channel.
   */
  readable(): ReadableStream<T> {
    const hand = new Hand<T>();
    return new ReadableStream<T>(
      {
        pull: async (controller) => {
          const { done: isEnd, value } = await this.#next(hand);
          return isEnd ? controller.close() : controller.enqueue(value);
        },
        cancel: () => this.close(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Iterates over the values. Leaving the loop keeps the channel as it is, for other or later readers. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    const hand = new Hand<T>();
    return {
      next: () => this.#next(hand),
      return: async () => {
        hand.left = true;
        for (const asking of hand.asks) this.#inbox.leave(asking);
        release(hand);
        return done;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** Like `send`, for a subscription, which gets a call once the item was taken or dropped. @internal */
  offer(item: Sent<T>): Answer {
    const answer = this.#inbox.offer(item);
    if (answer === "dropped") this.#dropped++;
    return answer;
  }

  /** Adds a sender. @internal */
  attach(sender: Sender): void {
    if (this.closed) sender.channelClosed(this.#error);
    else this.#senders.add(sender);
  }

  /** Removes a sender. @internal */
  detach(sender: Sender): void {
    this.#senders.delete(sender);
  }

  /** Creates the mailbox of a subscription in this channel. @internal */
  mailbox<E extends T>(owner: MailboxOwner): Mailbox<E> & Sender {
    return new Lane<E>(this, owner);
  }

  #next(hand: Hand<T>): Promise<IteratorResult<T, undefined>> {
    release(hand);
    if (hand.left) return Promise.resolve(done);
    return new Promise((settle, fail) => {
      const asking: Reader<Sent<T>> = {
        got: (item) => {
          hand.asks = hand.asks.filter((each) => each !== asking);
          this.#hold(hand, item);
          settle({ done: false, value: item.value });
        },
        ended: (error) => (error === undefined ? settle(done) : fail(error)),
      };
      hand.asks.push(asking);
      this.#inbox.ask(asking);
    });
  }

  /** Moves an item to the hand of its reader. */
  #hold(hand: Hand<T>, item: Sent<T>): void {
    this.#inbox.release();
    hand.items.push(item);
  }
}

function release<T>(hand: Hand<T>): void {
  for (const item of hand.items.splice(0)) item.sender?.taken(item);
}
