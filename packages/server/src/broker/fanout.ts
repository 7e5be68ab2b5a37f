import type { Address } from "../log/log.ts";
import type { SessionCore } from "../session/session-core.ts";
import type { Roster } from "./presence.ts";
import { nextTurn } from "../core/turn.ts";

/** This many writes take a few milliseconds; then other tasks run. */
const sliceSessions = 512;

/**
 * Wakes the sessions that have new events in the log: once per turn, however many events it published, and in slices if
 * there are many sessions. It carries no events, since the cursors keep the order.
 */
export class Fanout<State> {
  readonly #roster: Roster<State>;
  readonly #dirty = new Set<Address>();
  #queue: SessionCore<State>[] = [];
  #next = 0;
  #scheduled = false;

  constructor(roster: Roster<State>) {
    this.#roster = roster;
  }

  wake(address: Address): void {
    if (this.#roster.at(address).size === 0) return;
    this.#dirty.add(address);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    nextTurn(() => {
      this.#scheduled = false;
      this.#slice();
    });
  }

  #slice(): void {
    if (this.#queue.length === 0) this.#begin();
    const end = Math.min(this.#next + sliceSessions, this.#queue.length);
    while (this.#next < end) this.#queue[this.#next++]!.pump();
    if (this.#next === this.#queue.length) {
      this.#queue = [];
      this.#next = 0;
    }
    if (this.#queue.length > 0 || this.#dirty.size > 0) this.#schedule();
  }

  /**
   * One round over the sessions with new events. Events published during a round wait for the next one, so that every
   * round ends.
   */
  #begin(): void {
    for (const address of this.#dirty) {
      for (const session of this.#roster.at(address)) this.#queue.push(session);
    }
    this.#dirty.clear();
  }
}
