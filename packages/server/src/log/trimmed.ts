import type { Address } from "./log.ts";

/** The approximate cost of an address in a table, in bytes. */
export const costOf = (to: Address): number => 100 + 2 * to.length;

/**
 * The newest trimmed event of each address without kept events. When there are too many addresses, the oldest share one
 * position: their readers may then get a gap although nothing is missing, but never miss one.
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
