interface Deadline<T> {
  readonly at: number;
  readonly member: T;
}

/** The longest delay that every timer keeps; a longer one would fire at once. */
const longestMs = 2 ** 31 - 1;

/**
 * Calls each member at its time, in milliseconds since 1970. One timer serves the soonest deadline of a binary heap.
 */
export class Deadlines<T> {
  readonly #due: (member: T) => void;
  readonly #heap: Deadline<T>[] = [];
  readonly #places = new Map<T, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(due: (member: T) => void) {
    this.#due = due;
  }

  add(member: T, at: number): void {
    if (at === Number.POSITIVE_INFINITY) return;
    this.#rise(this.#heap.length, { at, member });
    if (this.#heap[0]!.member === member) this.#schedule();
  }

  delete(member: T): void {
    const place = this.#places.get(member);
    if (place === undefined) return;
    this.#places.delete(member);
    const last = this.#heap.pop()!;
    if (last.member !== member) this.#rise(this.#sink(place, last), last);
    if (place === 0) this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const [soonest] = this.#heap;
    if (!soonest) return;
    const delayMs = Math.min(Math.max(soonest.at - Date.now(), 0), longestMs);
    this.#timer = setTimeout(() => this.#fire(), delayMs);
  }

  #fire(): void {
    const now = Date.now();
    for (let [soonest] = this.#heap; soonest && soonest.at <= now; [soonest] = this.#heap) {
      this.delete(soonest.member);
      this.#due(soonest.member);
    }
    this.#schedule();
  }

  /** Puts a deadline at a place or above it. */
  #rise(place: number, deadline: Deadline<T>): void {
    let at = place;
    for (let up = (at - 1) >> 1; at > 0 && this.#heap[up]!.at > deadline.at; up = (at - 1) >> 1) {
      this.#put(at, this.#heap[up]!);
      at = up;
    }
    this.#put(at, deadline);
  }

  /** Moves sooner deadlines up into a free place. Returns the final free place. */
  #sink(place: number, { at }: Deadline<T>): number {
    for (let free = place; ;) {
      const [left, right] = [2 * free + 1, 2 * free + 2];
      const sooner =
        (this.#heap[right]?.at ?? Infinity) < (this.#heap[left]?.at ?? Infinity) ? right : left;
      if ((this.#heap[sooner]?.at ?? Infinity) >= at) return free;
      this.#put(free, this.#heap[sooner]!);
      free = sooner;
    }
  }

  #put(place: number, deadline: Deadline<T>): void {
    this.#heap[place] = deadline;
    this.#places.set(deadline.member, place);
  }
}
