import type { FeedEvent } from "../core/event.ts";
import type { Subscription } from "../delivery/subscription.ts";
import { nextFrame } from "./frame.ts";
import type { Display, KeyedFeed } from "./keyed-feed.ts";
import type { Wanted } from "./show-options.ts";
import { idle, type FeedSnapshot } from "./snapshot.ts";

/** A user of a store, which is called after each change. */
export interface StoreUser {
  changed(): void;
  /** Called with each event, if there is one. It may change. */
  readonly onEvent: ((event: FeedEvent) => unknown) | undefined;
}

/** The largest number of keys in `latest`: a server may invent keys, and memory is limited. */
const maxLatest = 10_000;

/** Collects the events of a feed, and makes one snapshot for all its users, once per frame or turn. */
export class FeedStore implements Display {
  readonly keyed: KeyedFeed;
  readonly wanted: Wanted;
  /** The same object until the next update of the users. */
  snapshot: FeedSnapshot = idle;
  /** The users, each with its own subscription if it wants every event. */
  readonly users: Map<StoreUser, Subscription<FeedEvent> | undefined> = new Map();
  /** The promise that a suspended component waits for. */
  firstEvent: Promise<void> | undefined;
  #subscription!: Subscription<FeedEvent>;
  #scheduled = false;
  /** The newest events, and some older ones that are still to be dropped. */
  readonly #events: FeedEvent[] = [];
  readonly #latest = new Map<string | number, FeedEvent>();

  constructor(keyed: KeyedFeed, wanted: Wanted) {
    this.keyed = keyed;
    this.wanted = wanted;
    this.show();
    this.#update();
  }

  /** Adds a user. Idempotent. An existing user may start to want every event. */
  join(user: StoreUser): void {
    if (!this.users.has(user)) this.changed();
    this.users.set(user, this.users.get(user) ?? this.#listen(user));
  }

  leave(user: StoreUser): void {
    this.users.get(user)?.close();
    this.users.delete(user);
  }

  close(): void {
    this.#subscription.close();
  }

  show(): void {
    this.#subscription = this.#subscribe((event) => this.#add(event));
    for (const user of this.users.keys()) this.users.set(user, this.#listen(user));
    this.changed();
  }

  changed(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    (this.wanted.update === "turn" ? queueMicrotask : nextFrame)(() => this.#update());
  }

  #listen(user: StoreUser): Subscription<FeedEvent> | undefined {
    return user.onEvent ? this.#subscribe((event) => user.onEvent?.(event)) : undefined;
  }

  #subscribe(callback: (event: FeedEvent) => unknown): Subscription<FeedEvent> {
    return this.keyed.feed.subscribe(this.wanted.types as "*", callback);
  }

  #add(event: FeedEvent): void {
    const { history, latestBy } = this.wanted;
    const size = this.#events.push(event);
    if (size > 2 * history) this.#events.splice(0, size - history - 1);
    this.changed();
    const key = latestBy?.(event);
    if (key === undefined) return;
    this.#latest.set(key, event);
    if (this.#latest.size > maxLatest) this.#latest.delete(this.#latest.keys().next().value!);
  }

  #update(): void {
    const { state, lastEventId } = this.keyed.feed;
    const event = this.#events.at(-1);
    this.#scheduled = false;
    this.snapshot = {
      ...this.keyed.status,
      state,
      lastEventId,
      event,
      data: event?.data,
      // With `history: 0` the last event is still kept.
      events: this.#events.slice(-this.wanted.history || Infinity),
      latest: new Map(this.#latest),
    };
    for (const user of this.users.keys()) user.changed();
  }
}
