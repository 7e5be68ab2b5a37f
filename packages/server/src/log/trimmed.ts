import type { Address } from "./log.ts";

/** What an address costs in a table, in bytes, about. */
export const costOf = (to: Address): number => 100 + 2 * to.length;

/**
 * The newest event trimmed for each address of which nothing is kept any more. Of the oldest of them, when
 * there are too many, only one is remembered for all: then a reader may get a gap where nothing is missing,
 * but none is passed over.
 */
export class Trimmed {
  readonly #maxBytes: number;
  readonly #seqs = new Map<Address, number>();
  #bytes = 0;
  #ofOthers = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  of(to: Address): number {
    return this.#seqs.get(to) ?? this.#ofOthers;
  }

  set(to: Address, seq: number): void {
    if (seq <= this.#ofOthers) return;
    this.#seqs.set(to, seq);
    this.#bytes += costOf(to);
    for (const [oldest, trimmed] of this.#seqs) {
      if (this.#bytes <= this.#maxBytes) return;
      this.delete(oldest);
      this.#ofOthers = Math.max(this.#ofOthers, trimmed);
    }
  }

  delete(to: Address): void {
    if (this.#seqs.delete(to)) this.#bytes -= costOf(to);
  }
}
