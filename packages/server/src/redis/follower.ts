import type { Archive } from "./archive.ts";
import { refusal, type Link } from "./link.ts";
import { bytesOf, Pace } from "./pace.ts";
import { compare } from "./position.ts";
import { slotOf, type RawEntry, type Refused, type Slot } from "./record.ts";
import type { Ring } from "./ring.ts";

const blockMs = 2000;
const firstPauseMs = 50;
const longestPauseMs = 2000;

export interface FollowerOptions {
  /** Reads, and waits for more: no other command uses this connection. */
  readonly link: Link;
  readonly key: string;
  readonly ring: Ring;
  readonly archive: Archive;
  readonly timeoutMs: number;
  /** New entries are in the ring; with `undefined`, the ring has begun anew. */
  readonly appended: (slots: readonly Slot[] | undefined) => void;
  /** Reading goes well, or Redis refuses it. */
  readonly well: (error?: unknown) => void;
  readonly refused: Refused;
}

/** Reads the log as it grows, once for the whole process. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #pace: Pace = new Pace(500);
  #seen: { readonly id: string; readonly resolve: () => void }[] = [];
  #well = true;
  #wake: (() => void) | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Fills the ring with the newest entries, and goes on after them. */
  async begin(): Promise<void> {
    const { archive, ring, refused } = this.#options;
    const last = await archive.last();
    await archive.learn();
    const newest: RawEntry[] = [];
    for (let upTo = last; !ring.fullWith(newest.length, bytesOf(newest));) {
      const { entries } = this.#pace;
      const page = await archive.newest(upTo, entries);
      this.#pace.came(page, entries);
      newest.push(...page);
      const oldest = page.at(-1);
      if (page.length < entries || !oldest) break;
      upTo = `(${oldest[0]}`;
    }
    const [oldest, ...rest] = newest.toReversed();
    ring.reset(oldest?.[0] ?? last);
    for (const raw of rest) ring.push(slotOf(raw, refused));
  }

  /** Until the link is closed. */
  async run(): Promise<void> {
    const { link, well } = this.#options;
    for (let failures = 0; !link.closed;) {
      await link.ready();
      try {
        while (!link.closed) {
          await this.#step();
          failures = 0;
        }
      } catch (error) {
        if (link.closed) return;
        this.#well = false;
        this.#release();
        // Of a connection that is lost its link says so, unless it is back at once.
        if (refusal(error) !== undefined) well(error);
        await this.#pause(Math.min(longestPauseMs, firstPauseMs * 2 ** failures++));
      }
    }
  }

  /** Resolves once the entry is in the ring or was in it, or when it cannot get there for now. */
  seen(id: string): Promise<void> {
    const { ring, link } = this.#options;
    if (!this.#well || !link.up || ring.has(id) || compare(id, ring.tail) <= 0) {
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#seen.push({ id, resolve }));
  }

  /** Releases everything that waits. */
  stop(): void {
    this.#well = false;
    this.#wake?.();
    this.#release();
  }

  /**
   * One page, which begins with the entry it follows: only so it is certain that none between is gone. What
   * a blocked read returns is not certain, so that is only a call to look.
   */
  async #step(): Promise<void> {
    const { link, key, ring, timeoutMs, well } = this.#options;
    const from = ring.tail;
    // One more, which it follows.
    const count = this.#pace.entries + 1;
    const range = ["XRANGE", key, from, "+", "COUNT", String(count)];
    const page = (await link.call(range)) as readonly RawEntry[];
    this.#pace.came(page, count);
    this.#well = true;
    well();
    if (page[0]?.[0] !== from) return this.#lost();
    if (page.length > 1) return this.#take(page.slice(1));
    const wait = ["XREAD", "COUNT", "1", "BLOCK", String(blockMs), "STREAMS", key, from];
    await link.call(wait, blockMs + timeoutMs);
  }

  #take(page: readonly RawEntry[]): void {
    const { ring, refused, appended } = this.#options;
    const slots = page.map((raw) => slotOf(raw, refused));
    for (const slot of slots) ring.push(slot);
    appended(slots);
    this.#release((id) => ring.has(id) || compare(id, ring.tail) <= 0);
  }

  /** What it followed is gone, and more may be: a reader that is there hears of it by its next read. */
  async #lost(): Promise<void> {
    await this.begin();
    this.#release();
    this.#options.appended(undefined);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #release(which: (id: string) => boolean = () => true): void {
    if (this.#seen.length === 0) return;
    const [due, later] = [
      this.#seen.filter(({ id }) => which(id)),
      this.#seen.filter(({ id }) => !which(id)),
    ];
    this.#seen = later;
    for (const { resolve } of due) resolve();
  }
}
