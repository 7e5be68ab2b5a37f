/// <reference lib="esnext.disposable" preserve="true" />
import { answerOf } from "../core/answer.ts";
import type { FeedError } from "../core/errors.ts";
import type { CloseInfo } from "../core/status.ts";
import { Calling } from "./calling.ts";
import type { Channel } from "./channel.ts";
import { done, limitsOf } from "./inbox.ts";
import type { Closing, Held, Mailbox } from "./mailbox.ts";
import { Reading } from "./reading.ts";
import { subscribeOptions, type Callback, type SubscribeOptions } from "./subscribe-options.ts";

/** How a subscription has fared so far. */
export interface SubscriptionStats {
  /** Events that came for it. */
  readonly received: number;
  /** Events that its policy dropped. */
  readonly dropped: number;
  /** Events that it has not taken yet: those in its queue, and what its consumer has in hand. */
  readonly pending: number;
}

/** Whatever its events are. */
// oxlint-disable-next-line typescript/no-explicit-any -- a feed does not look into them
export type AnySubscription = Subscription<any>;

/** The feed of a subscription. */
export interface Home {
  /** The cursor: what was received. */
  readonly lastEventId: string;
  /** Takes the subscription off; with `rewind`, what it has not taken comes again. */
  leave(subscription: AnySubscription, rewind: boolean): void;
  full(subscription: AnySubscription): void;
  room(subscription: AnySubscription): void;
  dropped(subscription: AnySubscription): void;
  /** It has taken an event that it held. */
  taken(): void;
  /** It is closed, and holds nothing any more. */
  done(subscription: AnySubscription): void;
  callbackThrew(what: Thrower, name: string, cause: unknown): void;
}

/** A function of the user's, or what became of it. */
export type Thrower = "callback-threw" | "callback-slow" | "filter-threw" | "until-threw";

/**
 * One consumer of a feed. Iterate over it (`for await`), or give `subscribe` a callback or a channel.
 *
 * After: `break`, `return()`, `using`, an aborted signal and `close()` all leave the feed, at once and for
 *        good; what was not taken comes again. A feed that failed throws its error here, after the events
 *        that came before
 */
export class Subscription<E>
  implements AsyncIterableIterator<E, undefined>, Disposable, AsyncDisposable
{
  /** The event types it takes; `*` for all. */
  readonly types: readonly string[];
  readonly name: string;
  readonly #home: Home;
  readonly #filter: ((event: never) => unknown) | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #mailbox: Mailbox<E>;
  /** The mailbox, of an iterator. */
  readonly #reading: Reading<E> | undefined;
  /** Why it takes no more events. */
  #end: CloseInfo | undefined;
  /** What its reader still gets is not waited for. */
  #released = false;
  #received = 0;
  #dropped = 0;
  /** Made when it is read. */
  #closed: Promise<CloseInfo> | undefined;
  #settle: ((info: CloseInfo) => void) | undefined;

  /** Made by `feed.subscribe`. @internal */
  constructor(
    home: Home,
    types: readonly string[],
    consumer: Callback<E> | Channel<E> | undefined,
    options: SubscribeOptions<E>,
  ) {
    const channel = typeof consumer === "object" ? consumer : undefined;
    const given = subscribeOptions(options, channel !== undefined);
    const { signal, filter, name = types.join(", ") } = given;
    const limits = limitsOf(given);
    this.#home = home;
    this.types = Object.freeze(types);
    this.name = name;
    this.#filter = filter;
    this.#signal = signal;
    const lane = channel?.mailbox<E>(this);
    if (!consumer) this.#reading = new Reading(limits, this);
    this.#mailbox = this.#reading ?? lane ?? new Calling(consumer as Callback<E>, limits, this);
    // It may have been closed before.
    if (lane) channel?.attach(lane);
    if (this.#end || !signal) return;
    if (signal.aborted) this.handleEvent();
    else signal.addEventListener("abort", this, { once: true });
  }

  /** Whether it takes no more events. @internal */
  get over(): boolean {
    return this.#end !== undefined;
  }

  /** Whether it must be asked which events it takes. @internal */
  get hasFilter(): boolean {
    return this.#filter !== undefined;
  }

  /** Whether a loop or a call of `next()` gets its error. @internal */
  get isIterator(): boolean {
    return this.#reading !== undefined;
  }

  /** Resolves when it is closed and nothing is left to deliver, with the reason; never rejects. */
  get closed(): Promise<CloseInfo> {
    return (this.#closed ??= new Promise((settle) => {
      this.#settle = settle;
      this.#settleIfDone();
    }));
  }

  get stats(): SubscriptionStats {
    return { received: this.#received, dropped: this.#dropped, pending: this.#pending };
  }

  /** The next event; done when the subscription is closed and its queue empty. */
  next(): Promise<IteratorResult<E, undefined>> {
    return this.#reading?.next() ?? Promise.reject(this.#noIterator());
  }

  /** Leaves the feed. What waits in the queue is dropped here, and comes again. */
  return(): Promise<IteratorResult<E, undefined>> {
    this.#leave("closed");
    return Promise.resolve(done);
  }

  /** Leaves the feed, as `break` and `using` do. What waits in the queue is dropped here, and comes again. Idempotent. */
  close(): void {
    this.#leave("closed");
  }

  /** The gentle way to leave: takes no new events, and resolves when what was received is taken. */
  async drain(): Promise<void> {
    this.finish({ reason: "closed", lastEventId: this.#home.lastEventId });
    await this.closed;
  }

  /**
   * The events in batches: all that wait, at least one and at most `capacity`. A batch is taken when the next one is
   * asked for; leaving the loop leaves the feed.
   */
  batches(): AsyncIterableIterator<readonly E[], undefined> {
    const reading = this.#reading;
    if (!reading) throw this.#noIterator();
    return {
      next: () => reading.batch(),
      return: async () => {
        this.close();
        return done;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
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

  /** Whether it takes the event. @internal */
  wants(event: E): boolean {
    if (this.#end) return false;
    if (!this.#filter) return true;
    try {
      return Boolean(answerOf("filter", this.#filter, event as never));
    } catch (cause) {
      this.#home.callbackThrew("filter-threw", this.name, cause);
      return false;
    }
  }

  /** Hands over one event. @internal */
  deliver(value: E, before: string, number: number): void {
    if (this.#end) return;
    this.#received++;
    const answer = this.#mailbox.offer({ value, before, number });
    if (answer === "full") this.#home.full(this);
    else if (answer === "dropped") this.#lost();
  }

  /** @internal */
  oldest(after: number, closing: Closing): Held<E> | undefined {
    return this.#released ? undefined : this.#mailbox.oldest(after, closing);
  }

  /** Ends it because its feed closes: a callback is not called again, a reader still gets what was received. @internal */
  stop(end: CloseInfo): void {
    this.#quit(end, this.#mailbox.form === "callback");
  }

  /** Ends it because no more comes: what was received is still delivered. @internal */
  finish(end: CloseInfo): void {
    this.#off(end, false);
  }

  /** The signal aborts. @internal */
  handleEvent(): void {
    this.#leave("aborted", this.#signal!.reason);
  }

  /** It has taken something. @internal */
  took(): void {
    if (this.#released) return;
    this.#home.taken();
    this.#settleIfDone();
  }

  /** @internal */
  dropped(): void {
    this.#lost();
    this.took();
  }

  /** @internal */
  room(): void {
    this.#home.room(this);
  }

  /** @internal */
  overflown(error: FeedError): void {
    // What did not fit was had by nobody: it comes again.
    this.#quit(this.#infoOf("failed", true, error), false, true);
    // A reader is thrown the error; nobody else would hear of it.
    if (this.#mailbox.form === "callback")
      this.#home.callbackThrew("callback-slow", this.name, error);
  }

  /** Its channel was closed. @internal */
  channelClosed(): void {
    this.#quit(this.#infoOf("closed", false), false);
  }

  #leave(reason: CloseInfo["reason"], error?: unknown): void {
    // What waits in a channel is its readers'.
    const rewinds = this.#mailbox.form !== "channel";
    this.#mailbox.release();
    this.#quit(this.#infoOf(reason, rewinds, error), rewinds);
  }

  /** Leaves, and holds nothing any more. What waits stays for its reader, or (`discards`) is dropped; with `rewind` it comes again. */
  #quit(end: CloseInfo, discards: boolean, rewind = discards): void {
    const { form } = this.#mailbox;
    // A callback that runs has its event: that one does not come again.
    if (form === "callback") this.#mailbox.release();
    this.#off(end, rewind);
    if (discards || form === "channel") this.#mailbox.discard();
    if (this.#released) return;
    this.#released = true;
    this.#home.taken();
    this.#settleIfDone();
  }

  #off(end: CloseInfo, rewind: boolean): void {
    if (this.#end) return;
    this.#end = end;
    this.#signal?.removeEventListener("abort", this);
    this.#home.leave(this, rewind);
    const broken = end.reason === "failed" || end.reason === "exhausted";
    this.#mailbox.close(broken ? end.error : undefined);
    this.#settleIfDone();
  }

  /** An end of its own. With `rewind`, it is in front of what was not taken. */
  #infoOf(reason: CloseInfo["reason"], rewind: boolean, error?: unknown): CloseInfo {
    const isOwn = rewind && this.#mailbox.form !== "channel";
    const next = isOwn ? this.#mailbox.oldest(0, "store") : undefined;
    const lastEventId = next?.before ?? this.#home.lastEventId;
    return error === undefined ? { reason, lastEventId } : { reason, error, lastEventId };
  }

  /** @internal */
  threw(cause: unknown): void {
    this.#home.callbackThrew("callback-threw", this.name, cause);
  }

  get #pending(): number {
    return this.#released ? 0 : this.#mailbox.pending;
  }

  #settleIfDone(): void {
    if (!this.#end || this.#pending > 0) return;
    this.#home.done(this);
    this.#settle?.(this.#end);
  }

  #lost(): void {
    this.#dropped++;
    this.#home.dropped(this);
  }

  #noIterator(): TypeError {
    return new TypeError(
      `This subscription delivers to a ${this.#mailbox.form}: subscribe without one to iterate.`,
    );
  }
}
