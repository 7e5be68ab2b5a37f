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

/** Whatever its events are. */
// oxlint-disable-next-line typescript/no-explicit-any -- a feed does not look into them
export type AnyConsumer = Consumer<any>;

/** The feed of a consumer. */
export interface Home {
  readonly place: { readonly received: string; save(): void };
  /** Takes the consumer off; with `rewind`, what it has not taken comes again. */
  leave(consumer: AnyConsumer, rewind: boolean): void;
  full(consumer: AnyConsumer): void;
  room(consumer: AnyConsumer): void;
  dropped(consumer: AnyConsumer): void;
  /** It is closed, and holds nothing any more. */
  done(consumer: AnyConsumer): void;
  callbackThrew(what: Thrower, name: string, cause: unknown): void;
}

/** A function of the user's, or what became of it. */
export type Thrower = "callback-threw" | "callback-slow" | "filter-threw" | "until-threw";

/** The inside of a subscription: what came for it, what of that it has taken, and its end. */
export class Consumer<E> {
  /** The event types it takes; `*` for all. */
  readonly types: readonly string[];
  /** How its events are taken. @internal */
  readonly form: "iterator" | "callback" | "channel";
  /** @internal */
  readonly options: Known<never>;
  readonly #home: Home;
  readonly #callback: Callback<never> | undefined;
  /** What it has not taken. A callback has none until it gives a promise for the first time. */
  #mailbox: Mailbox<E> | undefined;
  /** Why it takes no more events. @internal */
  end: CloseInfo | undefined;
  /** It has ended, and what its reader still gets is not waited for. */
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
      // It may have been closed before.
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

  /** Hands over one event. @internal */
  deliver(value: E, before: string, number: number): void {
    if (this.end) return;
    this.#received++;
    const callback = this.#callback;
    // A callback that has not settled yet has an event in hand.
    if (callback && this.#pending === 0) {
      const settled = guard(callback, value as never, this);
      // Left within its own callback: then the event is taken.
      if (settled && !this.end) void this.#callEach(settled, { value, before, number });
      return;
    }
    const mailbox = this.#mailbox ?? this.inbox;
    const answer = mailbox.offer({ value, before, number, next: undefined });
    if (answer === "full") this.#home.full(this);
    else if (answer === "dropped") this.dropped();
  }

  /** The oldest event that it has not taken, of those after the number. @internal */
  oldest(after: number, closing: Closing): Held<E> | undefined {
    // A reader still gets what it has.
    if (this.#released || (closing === "feed" && this.form !== "callback")) return undefined;
    return this.#mailbox?.find(({ number }) => number > after, closing !== undefined);
  }

  /** Ends it because its feed closes: a callback is not called again, a reader still gets what was received. @internal */
  stop(end: CloseInfo): void {
    this.#quit(end, this.form === "callback");
    if (this.#callback) this.#mailbox?.discard();
  }

  /** Ends it because no more comes: what was received is still delivered. @internal */
  finish(end: CloseInfo = { reason: "closed", lastEventId: this.#home.place.received }): void {
    this.#off(end, false);
  }

  /** The signal aborts. @internal */
  handleEvent(): void {
    this.leave("aborted", this.options.signal!.reason);
  }

  /** It has taken something. @internal */
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
    // What did not fit was had by nobody: it comes again.
    this.#quit(this.#infoOf("failed", error), true);
    // A reader is thrown the error; nobody else would hear of it.
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

  /** Its mailbox, unless that is a channel. @internal */
  get inbox(): Inbox<E, Held<E>> {
    return (this.#mailbox ??= new Inbox<E, Held<E>>(this.options, this)) as Inbox<E, Held<E>>;
  }

  get #pending(): number {
    return this.#released ? 0 : (this.#mailbox?.pending ?? 0);
  }

  /** Awaits the callback, then calls it for what came meanwhile, one at a time. */
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

  /** What it has in hand is taken. @internal */
  release(): void {
    if (this.#mailbox?.release()) this.took();
  }

  /** @internal */
  leave(reason: CloseReason, error?: unknown): void {
    this.release();
    // What waits in a channel is its readers'.
    this.#quit(this.#infoOf(reason, error), this.form !== "channel");
    this.#mailbox?.discard();
  }

  /** Leaves; with `rewind`, what it has not taken comes again. */
  #quit(end: CloseInfo, rewind: boolean): void {
    // A callback that runs has its event: that one does not come again.
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

  /** An end of its own: before what it has not taken and what is not its readers' either. */
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
