import type { FeedError } from "../core/errors.ts";
import { knownOptions } from "../core/own.ts";
import {
  done,
  Inbox,
  checkedLimits,
  limits,
  Reader,
  type ChannelOptions,
  type InboxOwner,
  type Overflow,
} from "./inbox.ts";

export type { ChannelOptions, Overflow } from "./inbox.ts";

/** A channel that takes values of type `E`, and maybe others too. */
// oxlint-disable-next-line typescript/no-explicit-any -- whatever else it takes does not matter
export type ChannelFor<E> = Channel<any> & { readonly send: (value: E) => boolean };

/** One that sends into a channel and is told what becomes of it: a subscription. */
export interface Sender extends Omit<InboxOwner<Sent<unknown>>, "overflown"> {
  /** No more values are taken. */
  channelClosed(error: unknown): void;
}

/** A value in a channel. */
export interface Sent<T> {
  readonly value: T;
  readonly sender?: Sender | undefined;
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
 * Errors: throws `TypeError` for a capacity that is no count, and for an unknown policy
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #inbox: Inbox<T, Sent<T>>;
  readonly #senders = new Set<Sender>();
  /** The place of all calls of `receive()` and `tryReceive()`. */
  readonly #shared = new Reader<Sent<T>>();
  #dropped = 0;
  #error: unknown;

  constructor(options: ChannelOptions = {}) {
    this.#inbox = new Inbox<T, Sent<T>>(checkedLimits(knownOptions("Channel", options, limits)), {
      taken: (item) => item.sender?.taken(item),
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

  /** How many values wait. With `pause` it can be above `capacity` by what its sender still had to deliver. */
  get size(): number {
    return this.#inbox.size;
  }

  /** How many values the policy has dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether `close()` was called; what was received before may still wait. */
  get closed(): boolean {
    return this.#inbox.ended;
  }

  /** Puts a value in. `false`: it was dropped, or the channel is closed, or (`pause`) it was taken but no more should come. */
  send(value: T): boolean {
    return this.offer({ value }) === "taken";
  }

  /** Waits for the next value; done once the channel is closed and empty. Rejects once with the error it was closed with. */
  receive(): Promise<IteratorResult<T, undefined>> {
    return this.#inbox.next(this.#shared);
  }

  /** The next value if one waits. */
  tryReceive(): T | undefined {
    return this.#inbox.tryNext(this.#shared)?.value;
  }

  /** Takes no more values. What was received is still delivered; then readers are done, or get the error, once. Idempotent. */
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
    const reader = new Reader<Sent<T>>();
    return new ReadableStream<T>(
      {
        pull: async (controller) => {
          const { done: isEnd, value } = await this.#inbox.next(reader);
          return isEnd ? controller.close() : controller.enqueue(value);
        },
        cancel: () => this.close(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Iterates over the values. Leaving the loop leaves the channel as it is, for others or for later. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    const reader = new Reader<Sent<T>>();
    return {
      next: () => this.#inbox.next(reader),
      return: async () => {
        this.#inbox.leave(reader);
        return done;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** `send` for a subscription, which is told what becomes of the item. @internal */
  offer(item: Sent<T>): "taken" | "full" | "dropped" | "closed" {
    const answer = this.#inbox.offer(item);
    if (answer === "dropped") this.#dropped++;
    return answer;
  }

  /** Adds a subscription. @internal */
  attach(sender: Sender): void {
    if (this.closed) sender.channelClosed(this.#error);
    else this.#senders.add(sender);
  }

  /** Takes it off. @internal */
  detach(sender: Sender): void {
    this.#senders.delete(sender);
  }
}
