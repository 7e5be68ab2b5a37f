import type { AnySubscription } from "./subscription.ts";

/** One event type or a list of them, which makes one ordered queue. */
export type Types<K extends string> = K | readonly K[];

/**
 * Which subscriptions get which event type, in the order they were made. Lists grow in place, and are replaced when one
 * leaves: who delivers notes the length first, so that a callback may subscribe and leave.
 */
export class Subscribers {
  /** How many there are. */
  size = 0;
  /** The types that someone named. A server that invents types does not make it grow. */
  #byType: Map<string, AnySubscription[]> | undefined;
  #everyType: AnySubscription[] = [];

  /** Those that take the type. */
  to(type: string): readonly AnySubscription[] {
    return this.#byType?.get(type) ?? this.#everyType;
  }

  add(subscription: AnySubscription): void {
    this.size++;
    const byType = (this.#byType ??= new Map<string, AnySubscription[]>());
    if (takesAll(subscription)) {
      this.#everyType.push(subscription);
      for (const members of byType.values()) members.push(subscription);
      return;
    }
    for (const type of new Set(subscription.types)) {
      const members = byType.get(type);
      if (members) members.push(subscription);
      else byType.set(type, [...this.#everyType, subscription]);
    }
  }

  /** Whether it was there. */
  remove(subscription: AnySubscription): boolean {
    const all = takesAll(subscription);
    const types = all ? [...(this.#byType?.keys() ?? [])] : subscription.types;
    const everyType = without(this.#everyType, subscription);
    let found = everyType !== this.#everyType;
    this.#everyType = everyType;
    for (const type of types) {
      const members = this.#byType?.get(type) ?? [];
      const rest = without(members, subscription);
      found ||= rest !== members;
      if (rest.length === everyType.length) this.#byType?.delete(type);
      else this.#byType?.set(type, rest);
    }
    if (found) this.size--;
    return found;
  }
}

function without(members: AnySubscription[], subscription: AnySubscription): AnySubscription[] {
  const at = members.indexOf(subscription);
  return at === -1 ? members : members.toSpliced(at, 1);
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
