import type { Position } from "./position.ts";
import type { Slot } from "./record.ts";

/** The newest entries of the log, as many as fit. A reader within them needs no request to Redis. */
export class Ring {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  /** The position after which the ring is complete. */
  #base: string;
  #slots: Slot[] = [];
  #head = 0;
  #bytes = 0;
  /** The index of each entry, counted from the first one ever. */
  readonly #places = new Map<string, number>();
  #dropped = 0;

  constructor(maxEvents: number, maxBytes: number) {
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes;
    this.#base = "";
  }

  /** The newest position. */
  get tail(): string {
    return this.#slots.at(-1)?.id ?? this.#base;
  }

  /** Starts again after a position. */
  reset(base: string): void {
    this.#base = base;
    this.#slots = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#places.clear();
    this.#dropped = 0;
  }

  push(slot: Slot): void {
    this.#places.set(slot.id, this.#dropped + this.#slots.length - this.#head);
    this.#slots.push(slot);
    this.#bytes += sizeOf(slot);
    const size = (): number => this.#slots.length - this.#head;
    while (size() > this.#maxEvents || (this.#bytes > this.#maxBytes && size() > 1)) this.#shift();
  }

  /** Whether so many bytes would fill it. */
  fullWith(events: number, bytes: number): boolean {
    return events > this.#maxEvents || bytes > this.#maxBytes;
  }

  has(id: string): boolean {
    return id === this.#base || this.#places.has(id);
  }

  /**
   * The start index of the entries after a position, for {@link Ring.at}; `undefined` if the position is not in the
   * ring.
   */
  after({ id, before }: Position): number | undefined {
    if (id === this.#base) return before ? undefined : 0;
    const place = this.#places.get(id);
    return place === undefined ? undefined : place - this.#dropped + (before ? 0 : 1);
  }

  at(index: number): Slot | undefined {
    return this.#slots[this.#head + index];
  }

  #shift(): void {
    const oldest = this.#slots[this.#head++]!;
    this.#base = oldest.id;
    this.#places.delete(oldest.id);
    this.#bytes -= sizeOf(oldest);
    this.#dropped++;
    if (this.#head * 2 <= this.#slots.length || this.#head < 64) return;
    this.#slots = this.#slots.slice(this.#head);
    this.#head = 0;
  }
}

const sizeOf = ({ entry }: Slot): number => entry?.frame.bytes.byteLength ?? 0;
