import type { Channel } from "../delivery/channel.ts";
import type { Cursor } from "../delivery/cursor.ts";
import { FeedError } from "../core/errors.ts";
import type { FeedEvent } from "../core/event.ts";
import type { Intake } from "./intake.ts";
import type { Listeners } from "../delivery/listeners.ts";
import { Routes } from "./routes.ts";
import type { CloseInfo } from "../core/status.ts";
import {
  Subscription,
  type Callback,
  type Home,
  type SubscribeOptions,
} from "../delivery/subscription.ts";

type Event = FeedEvent<unknown>;

const full = "full";

/** Hands each event to the subscriptions of its type, and knows which of them are behind. */
export class FanOut implements Home {
  readonly #cursor: Cursor;
  readonly #intake: Intake;
  readonly #listeners: Listeners;
  readonly #onEmpty: (rewind: boolean) => void;
  readonly #routes = new Routes();
  /** All that have not closed: also those that take no more events, but still have some. */
  readonly #unfinished = new Set<Subscription<unknown>>();
  readonly #full = new Set<Subscription<unknown>>();
  /** Whose policy dropped how many since it was last told. */
  readonly #lost = new Map<Subscription<unknown>, number>();
  #dropped = 0;
  #drained: Promise<unknown> | undefined;

  constructor(
    cursor: Cursor,
    intake: Intake,
    listeners: Listeners,
    onEmpty: (rewind: boolean) => void,
  ) {
    this.#cursor = cursor;
    this.#intake = intake;
    this.#listeners = listeners;
    this.#onEmpty = onEmpty;
    cursor.heldBy(this.#unfinished);
  }

  get size(): number {
    return this.#routes.size;
  }

  get droppedEvents(): number {
    return this.#dropped;
  }

  get lastEventId(): string {
    return this.#cursor.received;
  }

  add(
    types: readonly string[],
    consumer: Callback<Event> | Channel<Event> | undefined,
    options: SubscribeOptions<Event>,
  ): Subscription<Event> {
    const subscription = new Subscription<Event>(this, types, consumer, options);
    // Its signal may have been aborted, or its channel closed, before.
    if (subscription.over) return subscription;
    this.#unfinished.add(subscription);
    this.#routes.add(subscription);
    return subscription;
  }

  deliver(event: Event): void {
    const route = this.#routes.to(event.type);
    const before = this.#cursor.next();
    const { number } = this.#cursor;
    const last = route.at(-1);
    for (const subscription of route) {
      // One who leaves or ends the feed has the event, and those behind it have not.
      if (subscription === last) this.#cursor.handed();
      subscription.deliver(event, before, number);
    }
    if (!last) this.#cursor.handed();
    this.#cursor.save();
  }

  /** The socket was stopped: says whose queue it waits for. */
  tellSlow(): void {
    for (const { name, stats } of this.#full) {
      this.#listeners.tell({ kind: "slow", subscription: name, pending: stats.pending });
    }
  }

  /** Ends every subscription: at once, or (no more comes) behind what was received. */
  end(info: CloseInfo, how: "stop" | "finish"): void {
    // Nothing is told behind the end.
    this.#tellDropped();
    if (how === "stop") {
      // What no callback will be called for is to come again, for the one that is furthest behind.
      for (const subscription of this.#unfinished) subscription.handOver("in hand");
      // Readers still get what waits for them, if the process lives so long: a store must not count on it.
      this.#cursor.pin();
      for (const subscription of this.#unfinished) subscription.handOver("all");
      this.#cursor.rewind();
    }
    for (const subscription of this.#unfinished) subscription[how](info);
  }

  /** Resolves when every subscription has taken what was received. */
  async drain(): Promise<void> {
    await (this.#drained ??= Promise.all(this.#routes.all().map((each) => each.drain())));
  }

  leave(subscription: Subscription<unknown>, rewind: boolean): void {
    this.room(subscription);
    if (this.#routes.remove(subscription) && this.#routes.size === 0) this.#onEmpty(rewind);
  }

  full(subscription: Subscription<unknown>): void {
    this.#full.add(subscription);
    this.#intake.hold(full);
  }

  room(subscription: Subscription<unknown>): void {
    if (this.#full.delete(subscription) && this.#full.size === 0) this.#intake.release(full);
  }

  dropped(subscription: Subscription<unknown>): void {
    this.#dropped++;
    // A chunk may drop thousands: told once.
    if (this.#lost.size === 0) queueMicrotask(() => this.#tellDropped());
    this.#lost.set(subscription, (this.#lost.get(subscription) ?? 0) + 1);
  }

  taken(): void {
    this.#cursor.save();
  }

  done(subscription: Subscription<unknown>): void {
    this.#unfinished.delete(subscription);
  }

  callbackThrew(cause: unknown, what: string): void {
    this.#listeners.threw(new FeedError("callback", what, { cause }));
  }

  #tellDropped(): void {
    const lost = [...this.#lost];
    this.#lost.clear();
    for (const [{ name }, count] of lost) {
      this.#listeners.tell({ kind: "dropped", subscription: name, count });
    }
  }
}
