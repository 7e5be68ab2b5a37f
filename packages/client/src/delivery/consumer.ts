import { guard } from "../core/answer.ts";
import type { FeedError } from "../core/errors.ts";
import type { CloseInfo, CloseReason } from "../core/status.ts";
import type { Channel } from "./channel.ts";
import { Inbox } from "./inbox.ts";
import type { Closing, Held, Mailbox } from "./mailbox.ts";
import {
  knownOf,
  type Callback,
  type Known,
  type SubscribeOptions,
  type SubscriptionStats,
} from "./subscribe-options.ts";

/** A consumer of any events. */
// oxlint-disable-next-line typescript/no-explicit-any -- a feed does not look into them
export type AnyConsumer = Consumer<any>;

/** The feed of a consumer. */
export interface Home {
  readonly place: { readonly received: string; save(): void };
  /** Removes the consumer. With `rewind`, its untaken events are delivered again later. */
  leave(consumer: AnyConsumer, rewind: boolean): void;
  full(consumer: AnyConsumer): void;
  room(consumer: AnyConsumer): void;
  dropped(consumer: AnyConsumer): void;
  /** The consumer is closed, and holds no events any more. */
  done(consumer: AnyConsumer): void;
  callbackThrew(what: Thrower, name: string, cause: unknown): void;
}

/** The user's function that failed, and how. */
export type Thrower = "callback-threw" | "callback-slow" | "filter-threw" | "until-threw";

/** The internal part of a subscription: the events for it, those that it has taken, and its end. */
export class Consumer<E> {
  /** The event types it takes; `*` for all. */
  readonly types: readonly string[];
  /** How its events are taken. @internal */
  readonly form: "iterator" | "callback" | "channel";
  /** @internal */
  readonly options: Known<never>;
  readonly #home: Home;
  readonly #callback: Callback<never> | undefined;
  /** Its untaken events. A callback has no mailbox until it returns a promise for the first time. */
  #mailbox: Mailbox<E> | undefined;
  /** Set once it takes no more events. @internal */
  end: CloseInfo | undefined;
  /** It has ended, and the place of the feed no longer waits for its reader. */
  #released = false;
  #received = 0;
  #dropped = 0;
  /** Created on first use. */
  #closed: Promise<CloseInfo> | undefined;
  #settle: ((info: CloseInfo) => void) | undefined;

  /** Created by `feed.subscribe`. @internal */
  constructor(
    home: Home,
    types: readonly string[],
    consumer: Callback<E> | Channel<E> | undefined,
    options: SubscribeOptions<E>,
  ) {
    const channel = typeof consumer === "object" ? consumer : undefined;
    const known = knownOf(options);
    this.#home = home;
    this.types = Object.freeze(types);
    this.options = known;
    this.form = channel ? "channel" : consumer ? "callback" : "iterator";
    this.#callback = channel ? undefined : (consumer as Callback<never> | undefined);
    if (!consumer) this.#mailbox = new Inbox(known, this);
    if (channel) {
      const lane = channel.mailbox<E>(this);
      this.#mailbox = lane;
      // The channel may already be closed.
      channel.attach(lane);
    }
    const { signal } = known;
    if (this.end || !signal) return;
    if (signal.aborted) this.handleEvent();
    else signal.addEventListener("abort", this, { once: true });
  }

  get name(): string {
    return this.options.name ?? this.types.join(", ");
  }

  /** Resolves with the reason when it is closed and all its events were delivered. Never rejects. */
  get closed(): Promise<CloseInfo> {
    return (this.#closed ??= new Promise((settle) => {
      this.#settle = settle;
      this.#settleIfDone();
    }));
  }

  get stats(): SubscriptionStats {
    return { received: this.#received, dropped: this.#dropped, pending: this.#pending };
  }

  /** Hands over one event. @internal */
  deliver(value: E, before: string, number: number): void {
    if (this.end) return;
    this.#received++;
    const callback = this.#callback;
    // A callback whose promise is pending has an event in hand.
    if (callback && this.#pending === 0) {
      const settled = guard(callback, value as never, this);
      // If the callback itself closed the subscription, the event is taken.
      if (settled && !this.end) void this.#callEach(settled, { value, before, number });
      return;
    }
    const mailbox = this.#mailbox ?? this.inbox;
    const answer = mailbox.offer({ value, before, number, next: undefined });
    if (answer === "full") this.#home.full(this);
    else if (answer === "dropped") this.dropped();
  }

  /** The oldest untaken event after the given number. @internal */
  oldest(after: number, closing: Closing): Held<E> | undefined {
    // A reader still gets the events that it holds.
    if (this.#released || (closing === "feed" && this.form !== "callback")) return undefined;
    return this.#mailbox?.find(({ number }) => number > after, closing !== undefined);
  }

  /** Its feed closes: a callback is not called again, a reader still gets the received events. @internal */
  stop(end: CloseInfo): void {
    this.#quit(end, this.form === "callback");
    if (this.#callback) this.#mailbox?.discard();
  }

  /** Ends it because no more events come. The received ones are still delivered. @internal */
  finish(end: CloseInfo = { reason: "closed", lastEventId: this.#home.place.received }): void {
    this.#off(end, false);
  }

  /** Called when the signal aborts. @internal */
  handleEvent(): void {
    this.leave("aborted", this.options.signal!.reason);
  }

  /** It has taken an event. @internal */
  took(): void {
    if (this.#released) return;
    this.#home.place.save();
    this.#settleIfDone();
  }

  /** @internal */
  dropped(): void {
    this.#dropped++;
    this.#home.dropped(this);
    this.took();
  }

  /** @internal */
  room(): void {
    this.#home.room(this);
  }

  /** @internal */
  overflown(error: FeedError): void {
    // The events that did not fit were not delivered, so they are delivered again later.
    this.#quit(this.#infoOf("failed", error), true);
    // A reader's iteration throws the error. For a callback it is reported.
    if (this.#callback) this.#home.callbackThrew("callback-slow", this.name, error);
  }

  /** @internal */
  channelClosed(error: FeedError | undefined): void {
    if (error) this.overflown(error);
    else this.#quit(this.#infoOf("closed"), false);
  }

  /** Its callback threw. @internal */
  threw(cause: unknown): void {
    this.#home.callbackThrew("callback-threw", this.name, cause);
  }

  /** Its own mailbox, if it does not use a channel. @internal */
  get inbox(): Inbox<E, Held<E>> {
    return (this.#mailbox ??= new Inbox<E, Held<E>>(this.options, this)) as Inbox<E, Held<E>>;
  }

  get #pending(): number {
    return this.#released ? 0 : (this.#mailbox?.pending ?? 0);
  }

  /** Awaits the callback, then calls it for each event that has arrived since, one at a time. */
  async #callEach(settled: Promise<void>, held: Held<E>): Promise<void> {
    const inbox = this.inbox;
    inbox.offer(held);
    inbox.take();
    await settled;
    for (;;) {
      this.release();
      const next = inbox.take();
      if (!next) return;
      await guard(this.#callback!, next.value as never, this);
    }
  }

  /** Marks the events in its hand as taken. @internal */
  release(): void {
    if (this.#mailbox?.release()) this.took();
  }

  /** @internal */
  leave(reason: CloseReason, error?: unknown): void {
    this.release();
    // Events that wait in a channel belong to the channel's readers.
    this.#quit(this.#infoOf(reason, error), this.form !== "channel");
    this.#mailbox?.discard();
  }

  /** Leaves. With `rewind`, its untaken events are delivered again later. */
  #quit(end: CloseInfo, rewind: boolean): void {
    // A running callback has its event, which is not delivered again.
    if (this.#callback) this.release();
    this.#off(end, rewind);
    if (this.#released) return;
    this.#released = true;
    this.#home.place.save();
    this.#settleIfDone();
  }

  #off(end: CloseInfo, rewind: boolean): void {
    if (this.end) return;
    this.end = end;
    this.options.signal?.removeEventListener("abort", this);
    this.#home.leave(this, rewind);
    const broken = end.reason === "failed" || end.reason === "exhausted";
    this.#mailbox?.close(broken ? end.error : undefined);
    this.#settleIfDone();
  }

  /** Its end, with the cursor before its oldest untaken event. A channel's events are its readers', and not counted. */
  #infoOf(reason: CloseReason, error?: unknown): CloseInfo {
    const next = this.form === "channel" ? undefined : this.oldest(0, "store");
    const lastEventId = next?.before ?? this.#home.place.received;
    return { reason, ...(error !== undefined && { error }), lastEventId };
  }

  #settleIfDone(): void {
    if (!this.end || this.#pending > 0) return;
    this.#home.done(this);
    this.#settle?.(this.end);
  }
}
