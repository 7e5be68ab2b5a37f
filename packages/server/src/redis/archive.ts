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

/** The number of concurrent reads, one turn each. Readers that catch up share them, and leave capacity to live ones. */
const mostFetches = 2;
/** A page holds about as much as one reader may get at once; the rest would be read again. */
const pageBytes = 64 << 10;
const pauseMs = 100;

/** The events in Redis, for readers with a position older than this process's ring. */
export class Archive {
  readonly #link: Link;
  readonly #keys: Keys;
  readonly #key: string;
  readonly #forgotten: Forgotten;
  readonly #refused: Refused;
  /** Pending reads, shared by readers that request the same. */
  readonly #fetching = new Map<string, Promise<readonly RawEntry[]>>();
  #birth: Promise<string> | undefined;
  #fetches = 0;
  #turns: (() => void)[] = [];
  readonly #pace: Pace = new Pace(200, pageBytes);
  /** The newest error of a request to Redis. */
  failure: unknown;

  constructor(link: Link, keys: Keys, forgotten: Forgotten, refused: Refused) {
    this.#link = link;
    this.#keys = keys;
    this.#key = keys.log;
    this.#forgotten = forgotten;
    this.#refused = refused;
  }

  /**
   * The entries after a position. The entry at the position must still exist, or something after it may be gone too:
   * after trimming, after a flush, after a lost tail, and for an id that was never ours.
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
    // In this order, and repeated: entries added in between are then on the page, and not skipped.
    const last = await this.last();
    const later = await this.#fetch(id, count + 1);
    return this.#page(later, last, later.length > count, options, gap);
  }

  /** The oldest kept entries. */
  async oldest(options: ReadOptions, gap?: "unknown"): Promise<Page> {
    const count = this.#count(options);
    const kept = await this.#range("-", count);
    const last = kept.length > 0 ? "" : await this.last();
    const raw = kept.length > 0 ? kept : await this.#fetch("-", count);
    return this.#page(raw, last, raw.length === count, options, gap);
  }

  /** The id of the newest entry. There always is one, since an empty stream looks the same as a flushed one. */
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

  /** The id of the first entry since the log was created; older ones were lost with an earlier log. */
  born(): Promise<string> {
    return (this.#birth ??= this.#born().finally(() => void (this.#birth = undefined)));
  }

  async #born(): Promise<string> {
    const { log, born } = this.#keys;
    const birth = birthOf(await this.#ask(["XINFO", "STREAM", log]));
    if (birth === undefined) return ((await this.#ask(["GET", born])) as string | null) ?? "0-0";
    // Once something is trimmed the log itself no longer shows this id. A read-only user leaves it to others.
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

  /** A reader that is catching up waits while Redis is away, and is not disconnected. */
  async #ask(args: readonly string[]): Promise<unknown> {
    for (;;) {
      await this.#link.ready();
      if (this.#link.closed) throw this.#link.away();
      try {
        return await this.#link.call(args);
      } catch (error) {
        this.failure = error;
        // The link knows why it is away. After an error reply, wait before the next attempt.
        if (this.#link.up) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }
}
