import type { FeedEvent } from "../core/event.ts";
import type { Subscription } from "../delivery/subscription.ts";

/** One event type or a list of them, which makes one ordered queue. */
export type Types<K extends string> = K | readonly K[];

type Member = Subscription<FeedEvent<unknown>>;
type Route = readonly Member[];

/**
 * Which subscriptions get which event type, in the order they were made. Looking one up does not depend on
 * how many there are, and lists are replaced, never changed, so that a callback may subscribe and leave.
 */
export class Routes {
  /** The types that someone named. A server that invents types does not make it grow. */
  readonly #byType = new Map<string, Route>();
  #all: Route = [];
  #everyType: Route = [];

  get size(): number {
    return this.#all.length;
  }

  /** All subscriptions. */
  all(): Route {
    return this.#all;
  }

  /** Those that take the type. */
  to(type: string): Route {
    return this.#byType.get(type) ?? this.#everyType;
  }

  add(subscription: Member): void {
    this.#all = this.#all.concat(subscription);
    if (takesAll(subscription)) {
      this.#everyType = this.#everyType.concat(subscription);
      for (const [type, route] of this.#byType) this.#byType.set(type, route.concat(subscription));
      return;
    }
    for (const type of new Set(subscription.types)) {
      this.#byType.set(type, this.to(type).concat(subscription));
    }
  }

  remove(subscription: Subscription<unknown>): boolean {
    const others = (route: Route): Route => {
      const at = route.indexOf(subscription as Member);
      return at === -1 ? route : route.toSpliced(at, 1);
    };
    if (!this.#all.includes(subscription as Member)) return false;
    this.#all = others(this.#all);
    this.#everyType = others(this.#everyType);
    const types = takesAll(subscription) ? [...this.#byType.keys()] : subscription.types;
    for (const type of types) {
      const rest = others(this.#byType.get(type) ?? []);
      if (rest.every(takesAll)) this.#byType.delete(type);
      else this.#byType.set(type, rest);
    }
    return true;
  }
}

function takesAll(subscription: Subscription<unknown>): boolean {
  return subscription.types.includes("*");
}

/** Throws `TypeError` for what names no type. */
export function checkedTypes(types: Types<string>): readonly string[] {
  const list = typeof types === "string" ? [types] : types;
  if (
    Array.isArray(list) &&
    list.length > 0 &&
    list.every((type) => typeof type === "string" && type !== "")
  ) {
    return list;
  }
  throw new TypeError("subscribe needs an event type, a list of types, or '*' for all.");
}
