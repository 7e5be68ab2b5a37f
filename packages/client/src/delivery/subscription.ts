/// <reference lib="esnext.disposable" preserve="true" />
import { Channel, type ChannelOptions } from "./channel.ts";
import type { Held } from "./cursor.ts";
import { guard } from "../core/errors.ts";
import { Place, type Item, type Sender } from "./place.ts";
import { Queue } from "./queue.ts";
import type { CloseInfo } from "../core/status.ts";

export interface SubscribeOptions<E> extends ChannelOptions {
  /** Ends the subscription when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Which events to take; the others never enter the queue. Default: all of the type. */
  readonly filter?: ((event: E) => boolean) | undefined;
  /** What status reports call it. Default: its event types. */
  readonly name?: string | undefined;
  /** Keeps a channel from passing for options: a channel has a `send`. */
  readonly send?: never;
}

/** How a subscription has fared so far. */
export interface SubscriptionStats {
  /** Events that came for it. */
  readonly received: number;
  /** Events that its policy dropped. */
  readonly dropped: number;
  /** Events that it has not taken yet: those in its queue, and what its consumer has in hand. */
  readonly pending: number;
}

/** Gets each event. A promise it returns is awaited before its next call. */
export type Callback<E> = (event: E) => unknown;

/** What a subscription asks of its feed. */
export interface Home {
  /** Takes the subscription off; with `rewind` its queued events count as never received. */
  leave(subscription: Subscription<unknown>, rewind: boolean): void;
  full(subscription: Subscription<unknown>): void;
  room(subscription: Subscription<unknown>): void;
  dropped(subscription: Subscription<unknown>): void;
  /** It has taken an event that it held. */
  taken(): void;
  /** It is over, and holds nothing any more. */
  done(subscription: Subscription<unknown>): void;
  callbackThrew(cause: unknown, what: string): void;
  readonly lastEventId: string;
}

interface HeldItem<E> extends Item<E>, Held {}

/**
 * One consumer's place on a feed. Iterate over it (`for await`), or give `subscribe` a callback or a channel.
 *
 * After: `break`, `return()`, `using`, an aborted signal and `close()` all leave the feed, at once and for
 *        good. A feed that failed throws its error here, behind the events that came before
 */
export class Subscription<E>
  implements AsyncIterableIterator<E, undefined>, Disposable, AsyncDisposable
{
  /** The event types it takes; `*` for all. */
  readonly types: readonly string[];
  readonly name: string;
  readonly #home: Home;
  readonly #callback: Callback<never> | undefined;
  readonly #filter: ((event: never) => boolean) | undefined;
  readonly #channel: Channel<E>;
  readonly #ownChannel: boolean;
  readonly #place = new Place();
  /** The events it has not taken, oldest first: in its queue, or in its consumer's hands. */
  readonly #held = new Queue<HeldItem<E>>();
  readonly #sender: Sender;
  readonly #threw: (cause: unknown) => void;
  #detach: () => void = () => undefined;
  #unlisten: () => void = () => undefined;
  /** Why it takes no more events. */
  #end: CloseInfo | undefined;
  /** Made for who asks. */
  #closed: Promise<CloseInfo> | undefined;
  #settle: ((info: CloseInfo) => void) | undefined;
  #busy = false;
  #received = 0;
  #dropped = 0;

  /** Made by `feed.subscribe`. @internal */
  constructor(
    home: Home,
    types: readonly string[],
    consumer: Callback<E> | Channel<E> | undefined,
    options: SubscribeOptions<E>,
  ) {
    const isChannel = consumer instanceof Channel;
    if (isChannel && (options.capacity ?? options.overflow) !== undefined) {
      throw new TypeError(
        "capacity and overflow belong to the channel: give them to new Channel().",
      );
    }
    this.#home = home;
    this.types = Object.freeze([...types]);
    this.name = options.name ?? types.join(", ");
    this.#filter = options.filter;
    this.#callback = typeof consumer === "function" ? consumer : undefined;
    this.#ownChannel = !isChannel;
    this.#channel = isChannel ? consumer : new Channel<E>(options);
    this.#threw = (cause) => home.callbackThrew(cause, `The callback of ${this.name} threw.`);
    this.#sender = {
      room: () => home.room(this),
      closed: (error) => {
        if (error === undefined) return this.#quit(this.#because("closed", false), false);
        // What did not fit was had by nobody: it is to come again.
        this.#quit(this.#because("failed", true, error), true, false);
        // A reader is thrown the error; nobody else would hear of it.
        if (this.#callback)
          home.callbackThrew(error, `The callback of ${this.name} was too slow: it gets no more.`);
      },
      taken: (item) => this.#release(item as HeldItem<E>),
      dropped: (item) => {
        this.#lost();
        this.#release(item as HeldItem<E>);
      },
    };
    this.#detach = this.#channel.attach(this.#sender);
    if (!this.#end) this.#listen(options.signal);
  }

  /** Whether it takes no more events. @internal */
  get over(): boolean {
    return this.#end !== undefined;
  }

  /** Resolves when it is over and nothing is left to deliver, with the reason; never rejects. */
  get closed(): Promise<CloseInfo> {
    return (this.#closed ??= new Promise((settle) => {
      this.#settle = settle;
      this.#settleIfDone();
    }));
  }

  get stats(): SubscriptionStats {
    return { received: this.#received, dropped: this.#dropped, pending: this.#held.size };
  }

  /** The next event; done when the subscription is over and its queue empty. */
  next(): Promise<IteratorResult<E, undefined>> {
    if (!this.#callback && this.#ownChannel) return this.#channel.next(this.#place);
    const consumer = this.#callback ? "callback" : "channel";
    return Promise.reject(
      new TypeError(
        `This subscription delivers to a ${consumer}: subscribe without one to iterate.`,
      ),
    );
  }

  /** Leaves the feed. What waits in the queue is dropped here, and a reopened feed asks the server for it again. */
  return(): Promise<IteratorResult<E, undefined>> {
    const left = this.#channel.leave(this.#place);
    this.#quit(this.#because("closed", this.#ownChannel), this.#ownChannel);
    return left;
  }

  /** Leaves the feed, as `break` and `using` do. What waits in the queue is dropped here, and comes again. Idempotent. */
  close(): void {
    void this.return();
  }

  /** The gentle way to leave: takes no new events, and resolves when what was received is taken. */
  async drain(): Promise<void> {
    this.finish(this.#because("closed", false));
    await this.closed;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    void this.return();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Hands over one event. @internal */
  deliver(event: E, before: string, number: number): void {
    if (this.#end || (this.#filter && !this.#passes(this.#filter, event))) return;
    this.#received++;
    if (this.#callback && !this.#busy) this.#call(this.#callback, event, before, number);
    else this.#enqueue({ value: event, sender: this.#sender, before, number });
  }

  /** Of those behind the number. @internal */
  oldestBehind(number: number): Held | undefined {
    const oldest = this.#held.peek();
    if (!oldest || oldest.number > number) return oldest;
    return this.#held.find((held) => held.number > number);
  }

  /** Ends it because its user wants so: a callback is not called again. @internal */
  stop(end: CloseInfo): void {
    this.#quit(end, this.#callback !== undefined);
  }

  /** Before it is stopped: counts as taken what its consumer has in hand, and (`all`) what its reader will still get. @internal */
  handOver(what: "in hand" | "all"): void {
    if (this.#callback) {
      if (this.#busy && what === "in hand") this.#release(this.#held.peek());
      return;
    }
    const kept = what === "all" ? 0 : this.#channel.size;
    while (this.#held.size > kept) this.#release(this.#held.peek());
  }

  /** Ends it because no more comes: what was received is still delivered. @internal */
  finish(end: CloseInfo): void {
    this.#leave(end, false);
  }

  /** An end of its own. With `rewind`, its place is in front of what it has not had. */
  #because(reason: CloseInfo["reason"], rewind: boolean, error?: unknown): CloseInfo {
    const inHand = this.#busy ? this.#held.peek() : undefined;
    const next = rewind ? this.#held.find((held) => held !== inHand) : undefined;
    const lastEventId = next?.before ?? this.#home.lastEventId;
    return error === undefined ? { reason, lastEventId } : { reason, error, lastEventId };
  }

  /** Leaves and holds on to nothing. What waits stays for its reader, or (`discards`) is dropped; with `rewind` it is to come again. */
  #quit(end: CloseInfo, rewind: boolean, discards = rewind): void {
    // A callback under way has its event: that one is not to come again.
    if (this.#busy) this.#release(this.#held.peek());
    this.#leave(end, rewind);
    if (discards) this.#channel.discard();
    while (this.#held.size > 0) this.#release(this.#held.peek());
  }

  #leave(end: CloseInfo, rewind: boolean): void {
    if (this.#end) return;
    this.#end = end;
    this.#unlisten();
    this.#detach();
    this.#home.leave(this, rewind);
    const broken = end.reason === "failed" || end.reason === "exhausted";
    if (this.#ownChannel) this.#channel.close(broken ? end.error : undefined);
    this.#settleIfDone();
  }

  #listen(signal: AbortSignal | undefined): void {
    if (!signal) return;
    const abort = (): void => {
      void this.#channel.leave(this.#place);
      this.#quit(this.#because("aborted", this.#ownChannel, signal.reason), this.#ownChannel);
    };
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    this.#unlisten = () => signal.removeEventListener("abort", abort);
  }

  #enqueue(item: HeldItem<E>): void {
    const answer = this.#channel.offer(item);
    if (answer === "dropped") this.#lost();
    else if (answer !== "closed") this.#held.push(item);
    if (answer === "full") this.#home.full(this);
  }

  #call(callback: Callback<never>, event: E, before: string, number: number): void {
    const settled = guard(callback, event as never, this.#threw);
    if (!settled) return;
    const item = { value: event, sender: this.#sender, before, number };
    // Left within its own callback: then the event is taken.
    if (!this.#end) this.#held.push(item);
    void this.#drainBehind(callback, settled, item);
  }

  /** Awaits an asynchronous callback, then calls it for what came meanwhile, one at a time. */
  async #drainBehind(
    callback: Callback<never>,
    settled: Promise<void>,
    item: HeldItem<E>,
  ): Promise<void> {
    this.#busy = true;
    await settled;
    this.#release(item);
    for (let event = this.#channel.tryReceive(); event; event = this.#channel.tryReceive()) {
      await guard(callback, event as never, this.#threw);
    }
    this.#busy = false;
  }

  #passes(filter: (event: never) => boolean, event: E): boolean {
    try {
      // The filter itself may have ended it.
      return filter(event as never) && !this.#end;
    } catch (cause) {
      this.#home.callbackThrew(cause, `The filter of ${this.name} threw.`);
      return false;
    }
  }

  #settleIfDone(): void {
    if (!this.#end || this.#held.size > 0) return;
    this.#home.done(this);
    this.#settle?.(this.#end);
  }

  #lost(): void {
    this.#dropped++;
    this.#home.dropped(this);
  }

  #release(item: HeldItem<E> | undefined): void {
    if (!item || !this.#held.remove(item)) return;
    this.#home.taken();
    this.#settleIfDone();
  }
}
