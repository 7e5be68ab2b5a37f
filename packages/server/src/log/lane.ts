import type { Entry } from "./log.ts";

/** One kept entry. A dropped one has no entry: the list is compacted later, but the memory is free at once. */
export interface Kept {
  readonly seq: number;
  entry: Entry | undefined;
  readonly bytes: number;
}

/** The kept entries of one address, oldest first. */
export class Lane {
  /** The newest event that was dropped before it expired. */
  trimmed: number;
  #kept: Kept[] = [];
  #head = 0;

  constructor(trimmed = 0) {
    this.trimmed = trimmed;
  }

  get size(): number {
    return this.#kept.length - this.#head;
  }

  /** The entry at an index from {@link after}, or the next one. */
  at(index: number): Kept | undefined {
    return this.#kept[this.#head + index];
  }

  push(kept: Kept): void {
    this.#kept.push(kept);
  }

  /** The index of the first entry after a position. A search from the end, since most readers lack only the newest. */
  after(seq: number): number {
    let high = this.#kept.length;
    let step = 1;
    while (high - step >= this.#head && this.#kept[high - step]!.seq > seq) {
      high -= step;
      step *= 2;
    }
    let low = Math.max(this.#head, high - step + 1);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#kept[middle]!.seq <= seq) low = middle + 1;
      else high = middle;
    }
    return low - this.#head;
  }

  /** Removes the oldest entry. One that had expired leaves no gap. */
  shift(now: number): Kept | undefined {
    const oldest = this.at(0);
    if (!oldest) return undefined;
    this.#head++;
    if (this.#head > 32 && this.#head * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#head);
      this.#head = 0;
    }
    if (!hasExpired(oldest, now)) this.trimmed = oldest.seq;
    return oldest;
  }

  /** Removes all entries that have expired. */
  expire(now: number): readonly Kept[] {
    const kept = this.#kept.slice(this.#head);
    const dead = kept.filter((each) => hasExpired(each, now));
    if (dead.length === 0) return dead;
    this.#kept = kept.filter((each) => !hasExpired(each, now));
    this.#head = 0;
    return dead;
  }
}

/** The entries of several lanes after a position, in one order. */
export function merge(
  lanes: readonly Lane[],
  seq: number,
  limit: number,
): { readonly kept: readonly Kept[]; readonly more: boolean } {
  const next = lanes.map((lane) => lane.after(seq));
  const kept: Kept[] = [];
  for (;;) {
    let first: Kept | undefined;
    let from = 0;
    for (let i = 0; i < lanes.length; i++) {
      const candidate = lanes[i]!.at(next[i]!);
      if (candidate && (!first || candidate.seq < first.seq)) [first, from] = [candidate, i];
    }
    if (!first) return { kept, more: false };
    if (kept.length === limit) return { kept, more: true };
    kept.push(first);
    next[from]!++;
  }
}

export const expired = (entry: Entry, now: number): boolean =>
  entry.expiresAt !== undefined && entry.expiresAt <= now;

const hasExpired = ({ entry }: Kept, now: number): boolean =>
  entry !== undefined && expired(entry, now);
