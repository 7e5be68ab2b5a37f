import { Channel, type ChannelOptions, type Receipt, type Sender } from "./channel.ts";
import type { Delivery } from "./cursor.ts";
import type { CloseInfo } from "./status.ts";
import { Queue } from "./queue.ts";

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
  /** Events that wait in its queue. */
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
  dropped(subscription: Subscription<unknown>, count: number): void;
  release(delivery: Delivery): void;
  callbackThrew(cause: unknown, what: string): void;
  readonly lastEventId: string;
}

const done = Object.freeze({ done: true, value: undefined }) as IteratorReturnResult<undefined>;

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
  /** Resolves when it is over, with the reason; never rejects. */
  readonly closed: Promise<CloseInfo>;
  readonly #home: Home;
  readonly #channel: Channel<E>;
  readonly #ownChannel: boolean;
  readonly #callback: Callback<never> | undefined;
  readonly #filter: ((event: never) => boolean) | undefined;
  /** The deliveries it holds, oldest first: in its queue, or in its consumer's hands. */
  readonly #held = new Queue<Delivery>();
  readonly #receipt: Receipt = { taken: () => this.#taken() };
  readonly #sender: Sender;
  #settle!: (info: CloseInfo) => void;
  /** Why it takes no more events; `closed` tells it once nothing is left to deliver. */
  #end: CloseInfo | undefined;
  #busy = false;
  #received = 0;
  #dropped = 0;
  #unlisten: () => void = () => undefined;

  /** Made by `feed.subscribe`. @internal */
  constructor(
    home: Home,
    types: readonly string[],
    consumer: Callback<E> | Channel<E> | undefined,
    options: SubscribeOptions<E>,
  ) {
    this.#home = home;
    this.types = types;
    this.name = options.name ?? types.join(", ");
    this.#filter = options.filter;
    this.#callback = typeof consumer === "function" ? consumer : undefined;
    this.#ownChannel = !(consumer instanceof Channel);
    this.#channel = consumer instanceof Channel ? consumer : new Channel<E>(options);
    this.closed = new Promise((settle) => {
      this.#settle = settle;
    });
    this.#sender = {
      room: () => home.room(this),
      closed: (error) => this.#leave(this.#because(error === undefined ? "closed" : "failed", error), false),
    };
    this.#channel.attach(this.#sender);
    this.#listen(options.signal);
  }

  /** Whether it takes no more events. @internal */
  get over(): boolean {
    return this.#end !== undefined;
  }

  get stats(): SubscriptionStats {
    return { received: this.#received, dropped: this.#dropped, pending: this.#held.size };
  }

  /** The next event; done when the subscription is over and its queue empty. */
  next(): Promise<IteratorResult<E, undefined>> {
    if (!this.#callback && this.#ownChannel) return this.#channel.receiveFor(this);
    const consumer = this.#callback ? "callback" : "channel";
    return Promise.reject(
      new TypeError(`This subscription delivers to a ${consumer}: subscribe without one to iterate.`),
    );
  }

  /** Leaves the feed. What waits in the queue is dropped here, and a reopened feed asks the server for it again. */
  return(): Promise<IteratorResult<E, undefined>> {
    this.#channel.leave(this);
    this.#leave(this.#because("closed"), true);
    if (this.#ownChannel) this.#channel.discard();
    return Promise.resolve(done);
  }

  /** Leaves the feed. An iterator or a channel still gets what was received, a callback nothing more. Idempotent. */
  close(): void {
    this.stop(this.#because("closed"));
  }

  /** Takes no new events, and resolves when what was received is taken. */
  async drain(): Promise<void> {
    this.finish(this.#because("closed"));
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
  deliver(event: E, delivery: Delivery): void {
    if (this.#end || (this.#filter && !this.#passes(this.#filter, event))) return;
    this.#received++;
    if (this.#callback && !this.#busy) this.#call(this.#callback, event, delivery);
    else this.#enqueue(event, delivery);
  }

  /** Ends it because its user wants so: a callback is not called again. @internal */
  stop(end: CloseInfo): void {
    this.#leave(end, this.#callback !== undefined);
    if (this.#callback) this.#channel.discard();
    else this.#releaseAll();
  }

  /** Ends it because no more comes: what was received is still delivered. @internal */
  finish(end: CloseInfo): void {
    this.#leave(end, false);
  }

  #because(reason: CloseInfo["reason"], error?: unknown): CloseInfo {
    const { lastEventId } = this.#home;
    return error === undefined ? { reason, lastEventId } : { reason, error, lastEventId };
  }

  #leave(end: CloseInfo, rewind: boolean): void {
    if (this.#end) return;
    this.#end = end;
    this.#unlisten();
    this.#channel.detach(this.#sender);
    this.#home.leave(this, rewind);
    if (rewind) this.#releaseAll();
    const broken = end.reason === "failed" || end.reason === "exhausted";
    if (this.#ownChannel) this.#channel.close(broken ? end.error : undefined);
    if (this.#held.size === 0) this.#settle(end);
  }

  #listen(signal: AbortSignal | undefined): void {
    if (!signal) return;
    const abort = (): void => this.stop(this.#because("aborted", signal.reason));
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    this.#unlisten = () => signal.removeEventListener("abort", abort);
  }

  #enqueue(event: E, delivery: Delivery): void {
    const { dropped } = this.#channel;
    const answer = this.#channel.offer(event, this.#receipt);
    if (answer !== "refused") this.#hold(delivery);
    const lost = this.#channel.dropped - dropped;
    this.#dropped += lost;
    if (lost > 0) this.#home.dropped(this, lost);
    if (answer === "full") this.#home.full(this);
  }

  #call(callback: Callback<never>, event: E, delivery: Delivery): void {
    const settled = this.#invoke(callback, event);
    if (!settled) return;
    this.#hold(delivery);
    void this.#drainBehind(callback, settled);
  }

  /** Awaits an asynchronous callback, then calls it for what came meanwhile, one at a time. */
  async #drainBehind(callback: Callback<never>, settled: PromiseLike<unknown> | undefined): Promise<void> {
    this.#busy = true;
    await this.#settled(settled);
    this.#taken();
    while (this.#channel.size > 0) {
      const event = this.#channel.tryReceive() as E;
      await this.#settled(this.#invoke(callback, event));
      this.#channel.leave(this);
    }
    this.#busy = false;
  }

  async #settled(promise: PromiseLike<unknown> | undefined): Promise<void> {
    try {
      await promise;
    } catch (cause) {
      this.#home.callbackThrew(cause, `The callback of ${this.name} rejected.`);
    }
  }

  /** The promise that an asynchronous callback gave. */
  #invoke(callback: Callback<never>, event: E): PromiseLike<unknown> | undefined {
    try {
      const result = callback(event as never);
      return isThenable(result) ? result : undefined;
    } catch (cause) {
      this.#home.callbackThrew(cause, `The callback of ${this.name} threw.`);
      return undefined;
    }
  }

  #passes(filter: (event: never) => boolean, event: E): boolean {
    try {
      return filter(event as never);
    } catch (cause) {
      this.#home.callbackThrew(cause, `The filter of ${this.name} threw.`);
      return false;
    }
  }

  #hold(delivery: Delivery): void {
    delivery.holders++;
    this.#held.push(delivery);
  }

  #taken(): void {
    const delivery = this.#held.shift();
    if (delivery) this.#home.release(delivery);
    if (this.#end && this.#held.size === 0) this.#settle(this.#end);
  }

  #releaseAll(): void {
    while (this.#held.size > 0) this.#taken();
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
