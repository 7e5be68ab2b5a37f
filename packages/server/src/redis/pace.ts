import type { RawEntry } from "./record.ts";

const firstEntries = 64;

/**
 * The number of entries per request: Redis counts entries, not bytes, and one may have a megabyte. It starts low,
 * doubles after each full page, and then follows the measured size of the entries.
 */
export class Pace {
  readonly #mostEntries: number;
  readonly #pageBytes: number;
  #entries = firstEntries;

  /** The limit of a page, and its target size. */
  constructor(mostEntries: number, pageBytes: number = 4 << 20) {
    this.#mostEntries = mostEntries;
    this.#pageBytes = pageBytes;
  }

  get entries(): number {
    return this.#entries;
  }

  /** Records a page, with the number of requested entries. */
  came(page: readonly RawEntry[], asked: number): void {
    if (page.length === 0) return;
    const fitting = Math.max(
      1,
      Math.floor((this.#pageBytes * page.length) / Math.max(1, bytesOf(page))),
    );
    const wanted = page.length < asked ? this.#entries : Math.max(this.#entries, 2 * asked);
    this.#entries = Math.min(fitting, wanted, this.#mostEntries);
  }
}

export const bytesOf = (page: readonly RawEntry[]): number =>
  page.reduce(
    (sum, [, fields]) => (fields ?? []).reduce((bytes, text) => bytes + text.length, sum),
    0,
  );
