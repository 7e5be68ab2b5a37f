import type { Address, Page, ReadOptions } from "../log/log.ts";
import { clearedOf } from "./clearing.ts";
import { Gathering, type Cleared } from "./gather.ts";
import type { Link } from "./link.ts";
import { Pace } from "./pace.ts";
import { compare, type Position } from "./position.ts";
import { firstFields, slotOf, type RawEntry } from "./record.ts";

/** Reads at one time: more of them would only wait inside Redis. */
const mostFetches = 8;
const pauseMs = 100;

/** What Redis keeps, for readers who are behind what this process has. */
export class Archive {
  readonly #link: Link;
  readonly #key: string;
  readonly #cleared: Cleared;
  readonly #refused: (error: unknown) => void;
  /** What is on its way, for others who ask for the same. */
  readonly #fetching = new Map<string, Promise<readonly RawEntry[]>>();
  #fetches = 0;
  #turns: (() => void)[] = [];
  readonly #pace: Pace = new Pace(200);
  /** What Redis last answered with. */
  failure: unknown;

  constructor(link: Link, key: string, cleared: Cleared, refused: (error: unknown) => void) {
    this.#link = link;
    this.#key = key;
    this.#cleared = cleared;
    this.#refused = refused;
  }

  /**
   * What follows a position. Its own entry must still be there, or something behind it may be gone too:
   * so it is with trimming, with a flush, with a tail that was lost, and with an id that never was ours.
   *
   * After: it waits while Redis is away, and rejects only once the log is closed
   */
  async after({ id, before }: Position, options: ReadOptions): Promise<Page> {
    const count = this.#count(options);
    const raw = await this.#range(id, count + 1);
    const found = raw[0]?.[0] === id;
    if (found) return this.#page(before ? raw : raw.slice(1), id, raw.length > count, options);
    const oldest = (await this.#range("-", 1))[0]?.[0];
    const gap = oldest !== undefined && compare(id, oldest) < 0 ? "trimmed" : "reset";
    // In this order, and anew: what comes in between is on the page, and not passed over.
    const last = await this.last();
    const behind = await this.#fetch(id, count + 1);
    return this.#page(behind, last, behind.length > count, options, gap);
  }

  /** The oldest that is kept. */
  async oldest(options: ReadOptions, gap?: "unknown"): Promise<Page> {
    const count = this.#count(options);
    const kept = await this.#range("-", count);
    const last = kept.length > 0 ? "" : await this.last();
    const raw = kept.length > 0 ? kept : await this.#fetch("-", count);
    return this.#page(raw, last, raw.length === count, options, gap);
  }

  /** The id of the newest entry. There always is one: an empty stream has no position that tells it from a flushed one. */
  async last(): Promise<string> {
    for (;;) {
      const [newest] = await this.newest("+", 1);
      if (newest) return newest[0];
      await this.#persist(() => this.#link.call(["XADD", this.#key, "*", ...firstFields]));
    }
  }

  /** The newest entries up to an id, newest first. */
  async newest(upTo: string, count: number): Promise<readonly RawEntry[]> {
    const args = ["XREVRANGE", this.#key, upTo, "-", "COUNT", String(count)];
    return (await this.#persist(() => this.#link.call(args))) as readonly RawEntry[];
  }

  /** What was cleared so far. */
  async cleared(key: string): Promise<Map<Address, string>> {
    return clearedOf(await this.#persist(() => this.#link.call(["HGETALL", key])));
  }

  #page(
    raw: readonly RawEntry[],
    otherwiseAt: string,
    more: boolean,
    options: ReadOptions,
    gap?: "trimmed" | "reset" | "unknown",
  ): Page {
    const gathering = new Gathering(options, this.#cleared);
    for (const each of raw) gathering.add(slotOf(each, this.#refused));
    return gathering.page(raw.at(-1)?.[0] ?? otherwiseAt, more, gap);
  }

  #count({ limit }: ReadOptions): number {
    return Math.max(1, Math.min(limit, this.#pace.entries));
  }

  #range(from: string, count: number): Promise<readonly RawEntry[]> {
    const key = `${from} ${count}`;
    let fetching = this.#fetching.get(key);
    if (!fetching) {
      fetching = this.#fetch(from, count).finally(() => this.#fetching.delete(key));
      this.#fetching.set(key, fetching);
    }
    return fetching;
  }

  async #fetch(from: string, count: number): Promise<readonly RawEntry[]> {
    while (this.#fetches >= mostFetches) {
      await new Promise<void>((resolve) => this.#turns.push(resolve));
    }
    this.#fetches++;
    try {
      const args = ["XRANGE", this.#key, from, "+", "COUNT", String(count)];
      const page = (await this.#persist(() => this.#link.call(args))) as readonly RawEntry[];
      if (count > 1) this.#pace.came(page, count);
      return page;
    } finally {
      this.#fetches--;
      this.#turns.shift()?.();
    }
  }

  /** A reader that is behind stays behind while Redis is away; it is not sent off. */
  async #persist(call: () => Promise<unknown>): Promise<unknown> {
    for (;;) {
      await this.#link.ready();
      if (this.#link.closed) throw this.#link.away();
      try {
        return await call();
      } catch (error) {
        this.failure = error;
        // The link says why it is away. For an answer that is an error: not at once again.
        if (this.#link.up) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }
}
