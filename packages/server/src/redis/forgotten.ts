import type { Address, Entry } from "../log/log.ts";
import { compare, timeOf } from "./position.ts";

/** The entries that may no longer be read, although Redis still has them: cleared, or too old. */
export class Forgotten {
  readonly #maxAgeMs: number;
  #cleared: Map<Address, string> = new Map();
  /** The difference between the clock of Redis, which dates the entries, and ours. */
  #aheadMs = 0;

  constructor(maxAgeMs: number = Number.POSITIVE_INFINITY) {
    this.#maxAgeMs = maxAgeMs;
  }

  /** The state in Redis, and its time in milliseconds since 1970. */
  learn(cleared: Map<Address, string>, redisMs: number): void {
    this.#cleared = cleared;
    this.#aheadMs = redisMs - Date.now();
  }

  /** The events of an address up to an entry are cleared. */
  clear(to: Address, id: string): void {
    this.#cleared.set(to, id);
  }

  has({ to, at }: Entry): boolean {
    const clearedAt = this.#cleared.get(to);
    if (clearedAt !== undefined && compare(at, clearedAt) <= 0) return true;
    return timeOf(at) < Date.now() + this.#aheadMs - this.#maxAgeMs;
  }

  /** The newest id up to which something was cleared for one of these addresses, or else the given one. */
  newest(to: Iterable<Address>, otherwise: string): string {
    let newest = otherwise;
    for (const address of to) {
      const id = this.#cleared.get(address);
      if (id !== undefined && compare(id, newest) > 0) newest = id;
    }
    return newest;
  }
}
