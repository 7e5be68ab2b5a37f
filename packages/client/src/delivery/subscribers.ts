import { checkTypes } from "#checks";
import { say } from "#words";
import { answerOf } from "../core/answer.ts";
import { FeedError } from "../core/errors.ts";
import type { FeedEvent } from "../core/event.ts";
import type { ResolvedOptions } from "../core/options.ts";
import type { Listeners } from "./listeners.ts";
import { Place } from "./place.ts";
import type { AnyConsumer, Home, Thrower } from "./consumer.ts";

/** One event type or a list of them, which makes one ordered queue. */
export type Types<K extends string> = K | readonly K[];

/** The feed that the subscribers have. */
export interface Subscribed {
  /** The last one left; with `rewind`, what it has not taken comes again. */
  deserted(rewind: boolean): void;
  /** A queue is full, or none is any more. */
  full(full: boolean): void;
}

/** The subscriptions of a feed: which of them get which event, what they have taken, and which are late. */
export class Subscribers implements Home {
  readonly place: Place;
  /** How many take events. */
  size = 0;
  /** How many events were dropped. */
  lost = 0;
  readonly #feed: Subscribed;
  readonly #listeners: Listeners;
  /** All that take events, or hold some, in the order they were made. */
  readonly #all = new Set<AnyConsumer>();
  /** The only one, or all by the types that someone named: made with the next event. A server that invents types does not make it grow. */
  #lists: Map<string, AnyConsumer[]> | AnyConsumer[] | undefined;
  #full: Set<AnyConsumer> | undefined;
  /** Whose policy dropped how many since it was last reported. */
  #dropped: Map<AnyConsumer, number> | undefined;

  constructor(
    feed: Subscribed,
    listeners: Listeners,
    { lastEventId, store }: Pick<ResolvedOptions, "lastEventId" | "store">,
  ) {
    this.#feed = feed;
    this.#listeners = listeners;
    this.place = new Place(lastEventId, store, this.#all, listeners);
  }

  get isFull(): boolean {
    return !!this.#full?.size;
  }

  /** All that take events, or hold some: as they are now, even if some leave meanwhile. */
  get all(): readonly AnyConsumer[] {
    return [...this.#all];
  }

  add(subscription: AnyConsumer): void {
    this.size++;
    this.#all.add(subscription);
    this.#lists = undefined;
  }

  /** Those that want the event. Their filters are asked. */
  wanting(event: FeedEvent<unknown>): readonly AnyConsumer[] {
    const lists = (this.#lists ??= this.#index());
    const list = Array.isArray(lists)
      ? lists[0] && takes(lists[0], event.type)
        ? lists
        : nobody
      : (lists.get(event.type) ?? lists.get("*")!);
    return list.some(({ options }) => options.filter)
      ? list.filter((each) => this.#wants(each, event))
      : list;
  }

  /** What makes the feed stop reading. */
  tellSlow(): void {
    for (const { name, stats } of this.#full ?? [])
      this.#listeners.tell({ kind: "slow", subscription: name, pending: stats.pending });
  }

  tellDropped(): void {
    const dropped = this.#dropped ?? [];
    this.#dropped = undefined;
    for (const [{ name }, count] of dropped)
      this.#listeners.tell({ kind: "dropped", subscription: name, count });
  }

  // The home of a subscription.

  leave(subscription: AnyConsumer, rewind: boolean): void {
    this.room(subscription);
    if (!this.#all.has(subscription)) return;
    this.#lists = undefined;
    if (--this.size === 0) this.#feed.deserted(rewind);
  }

  full(subscription: AnyConsumer): void {
    (this.#full ??= new Set()).add(subscription);
    this.#feed.full(true);
  }

  room(subscription: AnyConsumer): void {
    if (this.#full?.delete(subscription) && this.#full.size === 0) this.#feed.full(false);
  }

  dropped(subscription: AnyConsumer): void {
    this.lost++;
    // A chunk may drop thousands: reported once.
    if (!this.#dropped) queueMicrotask(() => this.tellDropped());
    const dropped = (this.#dropped ??= new Map<AnyConsumer, number>());
    dropped.set(subscription, (dropped.get(subscription) ?? 0) + 1);
  }

  done(subscription: AnyConsumer): void {
    this.#all.delete(subscription);
  }

  callbackThrew(what: Thrower, name: string, cause: unknown): void {
    const why = cause instanceof TypeError ? `: ${cause.message}` : "";
    this.#listeners.threw(new FeedError("callback", say(what, name, why), { cause }));
  }

  #wants({ end, options, name }: AnyConsumer, event: FeedEvent<unknown>): boolean {
    const { filter } = options;
    if (end || !filter) return !end;
    try {
      return answerOf("filter", filter, event as never);
    } catch (cause) {
      this.callbackThrew("filter-threw", name, cause);
      return false;
    }
  }

  /** The lists are not changed any more: who delivers goes on with the one that it has. */
  #index(): Map<string, AnyConsumer[]> | AnyConsumer[] {
    const live = this.all.filter((each) => !each.end);
    // A list that grew has room for more than come.
    if (live.length < 2) return live.slice();
    const everyType: AnyConsumer[] = [];
    const byType = new Map([["*", everyType]]);
    for (const each of live) {
      if (each.types.includes("*")) for (const list of byType.values()) list.push(each);
      else
        for (const type of new Set(each.types)) {
          const list = byType.get(type) ?? [...everyType];
          list.push(each);
          byType.set(type, list);
        }
    }
    return byType;
  }
}

const nobody: readonly AnyConsumer[] = Object.freeze([]);

const takes = ({ types }: AnyConsumer, type: string): boolean =>
  types.includes(type) || types.includes("*");

/** Throws `TypeError` for what names no type. */
export function checkedTypes(types: Types<string>): readonly string[] {
  const list = [types].flat();
  checkTypes(list);
  return list;
}
