import { nextTurn } from "../core/turn.ts";
import type { Page, ReadOptions } from "../log/log.ts";
import { birthOf } from "./birth.ts";
import { clearedOf } from "./clearing.ts";
import type { Forgotten } from "./forgotten.ts";
import { Gathering } from "./gather.ts";
import type { Link } from "./link.ts";
import type { Keys } from "./settings.ts";
import { Pace } from "./pace.ts";
import { compare, type Position } from "./position.ts";
import { firstFields, slotOf, type RawEntry, type Refused } from "./record.ts";

/** Reads at one time, one turn each: readers that catch up share these, and leave the rest to those that are live. */
const mostFetches = 2;
/** A page is about what one reader may be given at once; the rest would be read again. */
const pageBytes = 64 << 10;
const pauseMs = 100;

/** What Redis keeps, for readers whose place is older than what this process has. */
export class Archive {
  readonly #link: Link;
  readonly #keys: Keys;
  readonly #key: string;
  readonly #forgotten: Forgotten;
  readonly #refused: Refused;
  /** Reads that Redis has yet to answer, for others that ask for the same. */
  readonly #fetching = new Map<string, Promise<readonly RawEntry[]>>();
  #birth: Promise<string> | undefined;
  #fetches = 0;
  #turns: (() => void)[] = [];
  readonly #pace: Pace = new Pace(200, pageBytes);
  /** What Redis last answered with. */
  failure: unknown;

  constructor(link: Link, keys: Keys, forgotten: Forgotten, refused: Refused) {
    this.#link = link;
    this.#keys = keys;
    this.#key = keys.log;
    this.#forgotten = forgotten;
    this.#refused = refused;
  }

  /**
   * What follows a position. Its own entry must still be there, or something after it may be gone too:
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
    const older = oldest !== undefined && compare(id, oldest) < 0;
    const gap = older && compare(id, await this.born()) >= 0 ? "trimmed" : "reset";
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

  /** The id of the newest entry. There always is one: an empty stream looks the same as a flushed one. */
  async last(): Promise<string> {
    for (;;) {
      const [newest] = await this.newest("+", 1);
      if (newest) return newest[0];
      await this.#ask(["XADD", this.#key, "*", ...firstFields]);
    }
  }

  /** The newest entries up to an id, newest first. */
  async newest(upTo: string, count: number): Promise<readonly RawEntry[]> {
    const args = ["XREVRANGE", this.#key, upTo, "-", "COUNT", String(count)];
    return (await this.#ask(args)) as readonly RawEntry[];
  }

  /** Asks Redis again which entries may no longer be read, and where the log begins. */
  async learn(): Promise<void> {
    const cleared = await this.#ask(["HGETALL", this.#keys.cleared]);
    const [seconds, micros] = (await this.#ask(["TIME"])) as [string, string];
    this.#forgotten.learn(clearedOf(cleared), Number(seconds) * 1000 + Number(micros) / 1000);
    await this.born();
  }

  /** The id of the first entry of this life of the log; what is older was lost with an earlier one. */
  born(): Promise<string> {
    return (this.#birth ??= this.#born().finally(() => void (this.#birth = undefined)));
  }

  async #born(): Promise<string> {
    const { log, born } = this.#keys;
    const birth = birthOf(await this.#ask(["XINFO", "STREAM", log]));
    if (birth === undefined) return ((await this.#ask(["GET", born])) as string | null) ?? "0-0";
    // Once something is trimmed the log itself no longer shows it. A user that may only read leaves it to others.
    await this.#link.call(["SET", born, birth]).catch(() => undefined);
    return birth;
  }

  #page(
    raw: readonly RawEntry[],
    otherwiseAt: string,
    more: boolean,
    options: ReadOptions,
    gap?: "trimmed" | "reset" | "unknown",
  ): Page {
    const gathering = new Gathering(options, this.#forgotten);
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
      const page = (await this.#ask(args)) as readonly RawEntry[];
      if (count > 1) this.#pace.came(page, count);
      return page;
    } finally {
      nextTurn(() => {
        this.#fetches--;
        this.#turns.shift()?.();
      });
    }
  }

  /** A reader that has not caught up waits while Redis is away; it is not sent off. */
  async #ask(args: readonly string[]): Promise<unknown> {
    for (;;) {
      await this.#link.ready();
      if (this.#link.closed) throw this.#link.away();
      try {
        return await this.#link.call(args);
      } catch (error) {
        this.failure = error;
        // The link says why it is away. For an answer that is an error: not at once again.
        if (this.#link.up) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }
}
