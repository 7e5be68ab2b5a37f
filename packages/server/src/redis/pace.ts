import type { RawEntry } from "./record.ts";

const firstEntries = 64;

/**
 * How many entries to ask for at once: Redis counts entries, not bytes, and one may have a megabyte. It begins
 * with few, takes twice as many after each full page, and as many as fit once it has seen how large they are.
 */
export class Pace {
  readonly #mostEntries: number;
  readonly #pageBytes: number;
  #entries = firstEntries;

  /** What a page may have at most, and what it should measure, about. */
  constructor(mostEntries: number, pageBytes: number = 4 << 20) {
    this.#mostEntries = mostEntries;
    this.#pageBytes = pageBytes;
  }

  get entries(): number {
    return this.#entries;
  }

  /** A page came, for which so many were asked. */
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
