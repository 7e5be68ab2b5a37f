import type { FeedEvent } from "../core/event.ts";
import type { Subscription } from "../delivery/subscription.ts";
import { nextFrame } from "./frame.ts";
import type { Display, KeyedFeed } from "./keyed-feed.ts";
import type { Wanted } from "./options.ts";
import { idle, type FeedSnapshot } from "./snapshot.ts";

/** Who is updated by a store. */
export interface StoreUser {
  changed(): void;
  /** Gets each event; may come and go. */
  readonly onEvent: ((event: FeedEvent) => unknown) | undefined;
}

/** A server may invent keys, and memory has a limit. */
const maxLatest = 10_000;

/** Collects the events of a feed, and makes one snapshot of them for all its users, once per frame or turn. */
export class FeedStore implements Display {
  readonly keyed: KeyedFeed;
  readonly wanted: Wanted;
  /** Each with its own subscription, if it wants each event. */
  readonly #users = new Map<StoreUser, Subscription<FeedEvent> | undefined>();
  #subscription!: Subscription<FeedEvent>;
  #snapshot: FeedSnapshot = idle;
  /** The snapshot is out of date. */
  #stale = true;
  #scheduled = false;
  #event: FeedEvent | undefined;
  /** The newest, and some that are to be dropped. */
  #events: FeedEvent[] = [];
  readonly #latest = new Map<string | number, FeedEvent>();

  constructor(keyed: KeyedFeed, wanted: Wanted) {
    this.keyed = keyed;
    this.wanted = wanted;
    this.show();
  }

  get isUsed(): boolean {
    return this.#users.size > 0;
  }

  /** The same object until the users are updated. */
  getSnapshot(): FeedSnapshot {
    if (this.#stale && !this.isUsed) this.#update();
    return this.#snapshot;
  }

  /** → whether the user is new. One that is not may want each event from here on. */
  join(user: StoreUser): boolean {
    this.getSnapshot();
    const isNew = !this.#users.has(user);
    this.#users.set(user, this.#users.get(user) ?? this.#listen(user));
    return isNew;
  }

  leave(user: StoreUser): void {
    this.#users.get(user)?.close();
    this.#users.delete(user);
  }

  close(): void {
    this.#subscription.close();
  }

  show(): void {
    this.#subscription = this.#subscribe((event) => this.#add(event));
    for (const user of this.#users.keys()) this.#users.set(user, this.#listen(user));
    this.changed();
  }

  changed(): void {
    this.#stale = true;
    if (this.#scheduled || !this.isUsed) return;
    this.#scheduled = true;
    const schedule = this.wanted.update === "turn" ? queueMicrotask : nextFrame;
    schedule(() => {
      this.#scheduled = false;
      this.#update();
      for (const user of this.#users.keys()) user.changed();
    });
  }

  #listen(user: StoreUser): Subscription<FeedEvent> | undefined {
    return user.onEvent && this.#subscribe((event) => user.onEvent?.(event));
  }

  #subscribe(callback: (event: FeedEvent) => unknown): Subscription<FeedEvent> {
    return this.keyed.feed.subscribe(this.wanted.types as "*", callback);
  }

  #add(event: FeedEvent): void {
    const { history, latestBy } = this.wanted;
    this.#event = event;
    if (this.#events.push(event) > 2 * history) this.#events = this.#newest();
    this.changed();
    const key = latestBy?.(event);
    if (key === undefined) return;
    this.#latest.set(key, event);
    if (this.#latest.size > maxLatest) this.#latest.delete(this.#latest.keys().next().value!);
  }

  #update(): void {
    const { state, lastEventId } = this.keyed.feed;
    const event = this.#event;
    this.#snapshot = {
      ...this.keyed.status,
      state,
      lastEventId,
      event,
      data: event?.data,
      events: this.#newest(),
      latest: new Map(this.#latest),
    };
    this.#stale = false;
  }

  #newest(): FeedEvent[] {
    return this.#events.slice(Math.max(0, this.#events.length - this.wanted.history));
  }
}
