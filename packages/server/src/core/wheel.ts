/** How often the wheel visits a session, and on which of its visits a heartbeat is due. */
export interface Rhythm {
  readonly visitMs: number;
  /** Every so many visits; `0`: never. */
  readonly beatEvery: number;
}

/** A visit also checks for a stall, so there is at least one per timeout. */
export function rhythm(heartbeatMs: number | false, timeoutMs: number): Rhythm {
  if (heartbeatMs === false) return { visitMs: timeoutMs, beatEvery: 0 };
  const beatEvery = Math.ceil(heartbeatMs / timeoutMs);
  return { visitMs: heartbeatMs / beatEvery, beatEvery };
}

const mostSlots = 60;
const shortestTurnMs = 50;

/**
 * Visits every member once per turn. One timer serves all of them, a slot at a time, so that many thousands of
 * heartbeats are not one long pause. Without members there is no timer.
 */
export class Wheel<T> {
  readonly #visit: (member: T) => void;
  readonly #slots: readonly Set<T>[];
  readonly #slotMs: number;
  readonly #places = new Map<T, Set<T>>();
  #now = 0;
  #nextPlace = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(visitMs: number, visit: (member: T) => void, slots: number = slotsFor(visitMs)) {
    this.#visit = visit;
    this.#slots = Array.from({ length: slots }, () => new Set<T>());
    this.#slotMs = visitMs / slots;
  }

  add(member: T): void {
    const slot = this.#slots[this.#nextPlace++ % this.#slots.length]!;
    slot.add(member);
    this.#places.set(member, slot);
    this.#timer ??= setInterval(() => this.#turn(), this.#slotMs);
  }

  delete(member: T): void {
    this.#places.get(member)?.delete(member);
    this.#places.delete(member);
    if (this.#places.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#places.keys();
  }

  #turn(): void {
    const slot = this.#slots[this.#now++ % this.#slots.length]!;
    for (const member of slot) this.#visit(member);
  }
}

const slotsFor = (visitMs: number): number =>
  Math.max(1, Math.min(mostSlots, Math.floor(visitMs / shortestTurnMs)));
