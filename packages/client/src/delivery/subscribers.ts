import type { AnySubscription } from "./subscription.ts";

/** One event type or a list of them, which makes one ordered queue. */
export type Types<K extends string> = K | readonly K[];

/** Those that take a type, in the order they were made. One that left stays until half of them have. */
export class Route {
  members: AnySubscription[];
  /** How many of them have left. */
  left = 0;

  constructor(members: AnySubscription[] = []) {
    this.members = members;
  }

  get size(): number {
    return this.members.length - this.left;
  }

  /** One has left. Who delivers goes on with the list that it has. */
  leave(): void {
    if (++this.left * 2 < this.members.length) return;
    this.members = this.members.filter((each) => !each.over);
    this.left = 0;
  }
}

/**
 * Which subscriptions get which event type. To add one and to take one off costs the same however many there are. A list
 * grows in place: who delivers notes its length first, so that a callback may subscribe.
 */
export class Subscribers {
  /** How many there are. */
  size = 0;
  /** The types that someone named. A server that invents types does not make it grow. */
  #byType: Map<string, Route> | undefined;
  readonly #everyType = new Route();

  /** Those that take the type. */
  to(type: string): Route {
    return this.#byType?.get(type) ?? this.#everyType;
  }

  add(subscription: AnySubscription): void {
    this.size++;
    subscription.joined = true;
    const everyType = this.#everyType;
    if (takesAll(subscription)) {
      everyType.members.push(subscription);
      for (const route of this.#byType?.values() ?? []) route.members.push(subscription);
      return;
    }
    const byType = (this.#byType ??= new Map<string, Route>());
    for (const type of new Set(subscription.types)) {
      const route = byType.get(type);
      if (route) route.members.push(subscription);
      else {
        const others = everyType.members.filter((each) => !each.over);
        byType.set(type, new Route([...others, subscription]));
      }
    }
  }

  /** Takes off one that is over. Whether it was there. */
  remove(subscription: AnySubscription): boolean {
    if (!subscription.joined) return false;
    subscription.joined = false;
    this.size--;
    const all = takesAll(subscription);
    if (all) this.#everyType.leave();
    for (const type of all ? [...(this.#byType?.keys() ?? [])] : new Set(subscription.types)) {
      const route = this.#byType!.get(type)!;
      route.leave();
      if (route.size === this.#everyType.size) this.#byType!.delete(type);
    }
    return true;
  }
}

const takesAll = ({ types }: AnySubscription): boolean => types.includes("*");

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
