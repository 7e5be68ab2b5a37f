import { checkTypes } from "#checks";
import { resultOf, causedBy } from "../core/guard.ts";
import type { FeedEvent } from "../core/event.ts";
import type { ResolvedOptions } from "../core/options.ts";
import type { FeedState } from "../core/status.ts";
import type { FeedStats, TracedFeed } from "../core/trace.ts";
import type { AnyConsumer, ConsumedFeed, Thrower } from "./consumer.ts";
import { Listeners, type Listened } from "./listeners.ts";
import { Place } from "./place.ts";

/** One event type or a list of them, which makes one ordered queue. */
export type Types<K extends string> = K | readonly K[];

/** The part of a feed that knows its subscriptions: which of them get an event, and which cannot keep up. */
export abstract class Subscribers implements ConsumedFeed, Listened {
  readonly options: ResolvedOptions;
  readonly listeners: Listeners = new Listeners(this);
  readonly place: Place;
  token: object | undefined;
  hook: TracedFeed["hook"];
  lost = 0;
  /** The number of consumers that take events. */
  protected taking = 0;
  /**
   * A list with the only consumer, or the consumers by the types that they asked for. Rebuilt with the next event after
   * a change. Types that only the server uses are not added, so the server cannot make it grow.
   */
  #lists: Map<string, AnyConsumer[]> | AnyConsumer[] | undefined;
  /** The consumers that asked for the type of the newest event. */
  #list: readonly AnyConsumer[] | undefined;
  #type: string | undefined;
  /** True if a consumer in the lists has a filter. */
  #filters = false;

  constructor(options: ResolvedOptions) {
    this.options = options;
    this.place = new Place(options, this.listeners);
  }

  abstract readonly url: string;
  abstract readonly state: FeedState;
  abstract readonly stats: FeedStats;
  abstract heed(): void;
  /** The last consumer left. With `rewind`, its untaken events are delivered again later. */
  protected abstract deserted(rewind: boolean): void;
  abstract filled(full: boolean): void;

  get lastEventId(): string {
    return this.place.received;
  }

  /** A copy of all consumers that take events or hold some, so that some may leave during an iteration. */
  protected get consumers(): readonly AnyConsumer[] {
    return [...this.place.consumers];
  }

  protected add(consumer: AnyConsumer): void {
    this.taking++;
    this.place.consumers.add(consumer);
    this.#lists = this.#list = undefined;
  }

  /** The consumers that want the event, according to their types and filters. */
  protected wanting(event: FeedEvent<unknown>): readonly AnyConsumer[] {
    const { type } = event;
    if (type !== this.#type) this.#list = undefined;
    this.#type = type;
    const list = (this.#list ??= this.#asking(type));
    if (!this.#filters) return list;
    return list.filter(
      ({ end, name, options: { filter } }) =>
        !end && (!filter || this.asks("filter", name, filter, event as never)),
    );
  }

  /** The answer of a user's function: `false` if it throws. */
  protected asks<E>(
    what: "filter" | "until",
    name: string,
    call: (event: E) => boolean,
    event: E,
  ): boolean {
    try {
      return resultOf(what, call, event);
    } catch (cause) {
      this.callbackThrew(`${what}-threw`, name, cause);
      return false;
    }
  }

  // Calls of a consumer.

  leave(consumer: AnyConsumer, rewind: boolean): void {
    if (!this.place.consumers.has(consumer)) return;
    this.#lists = this.#list = undefined;
    if (--this.taking === 0) this.deserted(rewind);
  }

  done(consumer: AnyConsumer): void {
    this.place.consumers.delete(consumer);
  }

  callbackThrew(what: Thrower, name: string, cause: unknown): void {
    this.listeners.threw(causedBy(cause, "callback", what, name));
  }

  /** The consumers that asked for a type. The list is never changed, since a delivery may still iterate over it. */
  #asking(type: string): readonly AnyConsumer[] {
    const lists = (this.#lists ??= this.#index());
    if (!Array.isArray(lists)) return lists.get(type) ?? lists.get("*")!;
    const types = lists[0]?.types;
    return types?.includes(type) || types?.includes("*") ? lists : [];
  }

  #index(): Map<string, AnyConsumer[]> | AnyConsumer[] {
    const live = this.consumers.filter(({ end }) => !end);
    this.#filters = live.some(({ options }) => options.filter);
    // A copy has no spare capacity, while an array that grew has.
    if (live.length < 2) return live.slice();
    const everyType: AnyConsumer[] = [];
    const byType = new Map([["*", everyType]]);
    for (const each of live) {
      if (each.types.includes("*")) for (const list of byType.values()) list.push(each);
      else
        for (const type of each.types) {
          const list = byType.get(type) ?? [...everyType];
          list.push(each);
          byType.set(type, list);
        }
    }
    return byType;
  }
}

/** The types without duplicates. Throws `TypeError` for an invalid type. */
export function checkedTypes(types: Types<string>): readonly string[] {
  const list = Array.isArray(types) ? [...new Set<string>(types)] : [types as string];
  checkTypes(list);
  return Object.freeze(list);
}
