/// <reference lib="esnext.disposable" preserve="true" />
import { say } from "#words";
import { done, iterate } from "../core/iterate.ts";
import { Consumer } from "./consumer.ts";

/** A subscription to any events. */
// oxlint-disable-next-line typescript/no-explicit-any -- a feed does not look into them
export type AnySubscription = Subscription<any>;

/**
 * One consumer of a feed. Iterate over it (`for await`), or give `subscribe` a callback or a channel.
 *
 * After: `break`, `return()`, `using`, an aborted signal and `close()` all leave the feed, at once and permanently;
 *        untaken events are delivered again later. If the feed failed, its error is thrown here, after the received
 *        events
 */
export class Subscription<E>
  extends Consumer<E>
  implements AsyncIterableIterator<E, undefined>, Disposable, AsyncDisposable
{
  /** The next event. Done when the subscription is closed and its queue is empty. */
  next(): Promise<IteratorResult<E, undefined>> {
    if (this.form !== "iterator") return Promise.reject(noIterator(this.form));
    this.release();
    return this.read();
  }

  /** Leaves the feed. The events in its queue are dropped here, and delivered again later. */
  async return(): Promise<IteratorResult<E, undefined>> {
    this.close();
    return done;
  }

  /**
   * Leaves the feed, as `break` and `using` do. The events in its queue are dropped here, and delivered again later.
   * Idempotent.
   */
  close(): void {
    this.leave("closed");
  }

  /** Accepts no new events, and resolves when the received ones are taken. */
  async drain(): Promise<void> {
    this.finish();
    await this.closed;
  }

  /**
   * Iterates over the events in batches: all waiting ones, at least one and at most `capacity`. A batch is taken when
   * the next one is requested. Leaving the loop leaves the feed.
   */
  batches(): AsyncIterableIterator<readonly E[], undefined> {
    if (this.form !== "iterator") throw noIterator(this.form);
    const { capacity } = this;
    const next = async (): Promise<IteratorResult<readonly E[], undefined>> => {
      const first = await this.next();
      if (first.done) return first;
      const value = [first.value];
      while (value.length < capacity && this.size > 0) value.push(this.take()!.value);
      return { done: false, value };
    };
    return iterate(next, () => this.close());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

const noIterator = (form: string): TypeError => new TypeError(say("no-iterator", form));
