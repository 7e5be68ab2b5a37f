import { guard } from "../core/guard.ts";
import { Deferred } from "../core/deferred.ts";
import type { FeedError } from "../core/errors.ts";
import { isFailure, type CloseInfo, type CloseReason } from "../core/status.ts";
import type { Closing, Untaken } from "./untaken.ts";
import type { Listeners } from "./listeners.ts";
import { Queue } from "./queue.ts";
import type { Callback, Known, SubscriptionStats } from "./subscribe-options.ts";

/** A consumer of any events. */
// oxlint-disable-next-line typescript/no-explicit-any -- a feed does not look into them
export type AnyConsumer = Consumer<any>;

/** The feed of a consumer, as the consumer calls it. */
export interface ConsumedFeed {
  readonly listeners: Listeners;
  readonly place: {
    readonly received: string;
    readonly store: { save(): Promise<void> } | undefined;
  };
  /** The number of dropped events. */
  lost: number;
  /** Removes the consumer. With `rewind`, its untaken events are delivered again later. */
  leave(consumer: AnyConsumer, rewind: boolean): void;
  /** One more queue is full, or one fewer. */
  filled(full: boolean): void;
  /** The consumer is closed, and the place of the feed does not wait for it any more. */
  done(consumer: AnyConsumer): void;
  callbackThrew(what: Thrower, name: string, cause: unknown): void;
}

/** The user's function that failed, and how. */
export type Thrower = "callback-threw" | "callback-slow" | "filter-threw" | "until-threw";

/** The internal part of a subscription: a queue of the events for it, those that it has taken, and its end. */
export class Consumer<E> extends Queue<E, Untaken<E>> {
  /** The event types it takes; `*` for all. */
  readonly types: readonly string[];
  /** @internal */
  declare readonly options: Known<never>;
  /** @internal */
  declare end: CloseInfo | undefined;
  readonly #feed: ConsumedFeed;
  readonly #callback: Callback<never> | undefined;
  /** True once it has ended, and the place of the feed does not wait for it any more. */
  #isDone = false;
  #received = 0;
  #dropped = 0;
  /** The number of dropped events that were not reported yet. */
  #unreported = 0;
  #closed: Deferred<CloseInfo> | undefined;

  /** Created by `feed.subscribe`. @internal */
  constructor(
    feed: ConsumedFeed,
    types: readonly string[],
    options: Known<never>,
    callback?: Callback<E>,
  ) {
    super(options);
    this.#feed = feed;
    this.types = types;
    this.#callback = callback;
  }

  /** How its events are taken. @internal */
  get form(): "iterator" | "callback" | "channel" {
    return this.#callback ? "callback" : "iterator";
  }

  get name(): string {
    return this.options.name ?? this.types.join(", ");
  }

  /** Resolves with the reason when it is closed and all its events were delivered. Never rejects. */
  get closed(): Promise<CloseInfo> {
    this.#closed ??= new Deferred();
    if (this.#isDone) this.#closed.settle(this.end!);
    return this.#closed.promise;
  }

  get stats(): SubscriptionStats {
    return { received: this.#received, dropped: this.#dropped, pending: this.pending };
  }

  /** Listens to its signal, unless that has aborted. @internal */
  start(): void {
    const { signal } = this.options;
    if (signal?.aborted) this.handleEvent();
    else signal?.addEventListener("abort", this);
  }

  /** Hands over one event. @internal */
  deliver(value: E, before: string, number: number): void {
    if (this.end) return;
    this.#received++;
    const callback = this.#callback;
    // A callback whose promise is pending has an event in hand.
    if (callback && this.pending === 0) {
      const settled = guard(callback, value as never, this);
      // If the callback itself closed the subscription, the event is taken.
      if (settled && !this.end) void this.#callEach(settled, { value, before, number });
      return;
    }
    // With all its fields from the start, since V8 is slow to add one.
    const answer = this.offer({ value, before, number, next: undefined });
    if (answer === "dropped") this.dropped();
  }

  /** The oldest untaken event after the given number. @internal */
  untaken(after: number, closing: Closing): Untaken<E> | undefined {
    if (closing === "feed" && !this.#callback) return undefined;
    let held = this.oldest(closing !== undefined);
    while (held && held.number <= after) held = held.next as Untaken<E> | undefined;
    return held;
  }

  /** Its feed closes: a callback is not called again, a reader still gets the received events. @internal */
  stop(end: CloseInfo): void {
    if (this.#callback) this.#closeNow(end, true);
    else this.finish(end);
  }

  /** Ends it because no more events come. The received ones are still delivered. @internal */
  finish(end: CloseInfo = { reason: "closed", lastEventId: this.#feed.place.received }): void {
    this.#close(end, false);
  }

  /** Ends it at once. Events that wait in a channel belong to the channel's readers. @internal */
  leave(reason: CloseReason, error?: unknown): void {
    this.#closeNow(this.#infoOf(reason, error), this.form !== "channel");
  }

  /** Called when the signal aborts. @internal */
  handleEvent(): void {
    this.leave("aborted", this.options.signal!.reason);
  }

  /** It has taken an event. @internal */
  took(): void {
    void this.#feed.place.store?.save();
    this.#doneIfEmpty();
  }

  /** Marks the events in its hand as taken. @internal */
  override release(): boolean {
    const has = super.release();
    if (has) this.took();
    return has;
  }

  /** @internal */
  override dropped(): void {
    this.#dropped++;
    this.#feed.lost++;
    // One chunk may drop thousands of events, which are reported together.
    if (this.#unreported++ === 0) queueMicrotask(() => this.#reportDropped());
    this.took();
  }

  /** @internal */
  override fill(full: boolean): void {
    if (full === this.isFull) return;
    super.fill(full);
    this.#feed.filled(full);
  }

  /** @internal */
  override overflown(error: FeedError): void {
    // The events that did not fit were not delivered, so they are delivered again later.
    this.release();
    this.#close(this.#infoOf("failed", error), true);
    this.#done();
    // A reader's iteration throws the error. For a callback it is reported.
    if (this.#callback) this.#feed.callbackThrew("callback-slow", this.name, error);
  }

  /** Its callback threw. @internal */
  threw(cause: unknown): void {
    this.#feed.callbackThrew("callback-threw", this.name, cause);
  }

  /** Awaits the callback, then calls it for each event that has arrived since, one at a time. */
  async #callEach(settled: Promise<void>, held: Untaken<E>): Promise<void> {
    this.offer(held);
    this.take();
    await settled;
    for (;;) {
      this.release();
      const next = this.take();
      if (!next) return;
      await guard(this.#callback!, next.value as never, this);
    }
  }

  /** Ends it at once. With `rewind`, its untaken events are delivered again later. */
  #closeNow(end: CloseInfo, rewind: boolean): void {
    // The event that its consumer has in hand is not delivered again.
    this.release();
    this.#close(end, rewind);
    this.clear();
    this.#done();
  }

  /** Takes no more events. The waiting ones are still delivered, unless they are cleared. */
  #close(end: CloseInfo, rewind: boolean): void {
    if (this.end) return;
    this.end = end;
    this.options.signal?.removeEventListener("abort", this);
    this.#reportDropped();
    this.fill(false);
    this.#feed.leave(this, rewind);
    this.seal(end, isFailure(end) ? end.error : undefined);
    this.#doneIfEmpty();
  }

  /** Its end, with the cursor before its oldest untaken event. A channel's events are its readers', and not counted. */
  #infoOf(reason: CloseReason, error?: unknown): CloseInfo {
    const next = this.form === "channel" ? undefined : this.untaken(0, "store");
    const lastEventId = next?.before ?? this.#feed.place.received;
    return { reason, ...(error !== undefined && { error }), lastEventId };
  }

  #reportDropped(): void {
    const count = this.#unreported;
    this.#unreported = 0;
    if (count > 0) this.#feed.listeners.tell({ kind: "dropped", subscription: this.name, count });
  }

  #doneIfEmpty(): void {
    if (this.end && this.pending === 0) this.#done();
  }

  #done(): void {
    this.#isDone = true;
    this.#feed.done(this);
    this.#closed?.settle(this.end!);
  }
}
