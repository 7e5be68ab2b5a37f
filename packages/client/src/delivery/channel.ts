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

/** A channel that takes values of type `E`, and maybe others too. */
// oxlint-disable-next-line typescript/no-explicit-any -- whatever else it takes does not matter
export type ChannelFor<E> = Channel<any> & { readonly send: (value: E) => boolean };

/** One that takes from a channel. What it has in hand counts as taken when it asks for the next, or leaves. */
class Hand<T> {
  left = false;
  items: Sent<T>[] = [];
  asks: Reader<Sent<T>>[] = [];
}

/**
 * A bounded queue between one side that sends and one that waits: subscribe a feed's events into one
 * (several subscriptions may share it), and take them with `receive()` or `for await`.
 *
 * 1 concurrent `next()` calls settle in order · 2 `return()` is idempotent and removes only itself ·
 * 3 `close()` delivers what was received, then done · 4 ended before the first `next()` → done at once ·
 * 5 an error is delivered once, after the received items · 6 `return()` settles a pending `next()` ·
 * 7 bounded, with a named policy at the limit · 8 O(1) take · 9 the end travels in the queue after the
 * data · 10 no `Promise.race` against a long-lived promise
 *
 * Errors: throws `TypeError` for an invalid capacity or policy
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #inbox: Inbox<T, Sent<T>>;
  readonly #senders = new Set<Sender>();
  /** Of all calls of `receive()` and `tryReceive()`. */
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
   * The number of waiting values. With `pause` it can exceed `capacity` by the values that its sender still had to
   * deliver.
   */
  get size(): number {
    return this.#inbox.size;
  }

  /** How many values the policy has dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether `close()` was called; received values may still wait. */
  get closed(): boolean {
    return this.#inbox.ended;
  }

  /** Puts a value in. `false`: it was dropped, or the channel is closed, or (`pause`) it was taken but no more should come. */
  send(value: T): boolean {
    return this.offer({ value }) === "taken";
  }

  /** Waits for the next value; done once the channel is closed and empty. Rejects once with the error it was closed with. */
  receive(): Promise<IteratorResult<T, undefined>> {
    return this.#next(this.#shared);
  }

  /** The next value if one waits. */
  tryReceive(): T | undefined {
    release(this.#shared);
    const item = this.#inbox.take();
    if (item) this.#hold(this.#shared, item);
    return item?.value;
  }

  /**
   * Accepts no more values. Received values are still delivered; then readers are done, or get the error, once.
   * Idempotent.
   */
  close(error?: unknown): void {
    if (this.closed) return;
    this.#error = error;
    const senders = [...this.#senders];
    this.#senders.clear();
    this.#inbox.close(error);
    for (const sender of senders) sender.channelClosed(error);
  }

  /** A `ReadableStream` of the values, which takes one when it is asked for one; cancelling it closes the channel. */
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

  /** Iterates over the values. Leaving the loop leaves the channel as it is, for others or for later. */
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

  /** `send` for a subscription, which hears what becomes of the item. @internal */
  offer(item: Sent<T>): Answer {
    const answer = this.#inbox.offer(item);
    if (answer === "dropped") this.#dropped++;
    return answer;
  }

  /** Adds one that sends. @internal */
  attach(sender: Sender): void {
    if (this.closed) sender.channelClosed(this.#error);
    else this.#senders.add(sender);
  }

  /** Takes it off. @internal */
  detach(sender: Sender): void {
    this.#senders.delete(sender);
  }

  /** Where the events of a subscription wait in this channel. @internal */
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

  /** Each reader has a hand of its own. */
  #hold(hand: Hand<T>, item: Sent<T>): void {
    this.#inbox.release();
    hand.items.push(item);
  }
}

function release<T>(hand: Hand<T>): void {
  for (const item of hand.items.splice(0)) item.sender?.taken(item);
}
