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
  /** New entries are in the ring; with `undefined`, the ring has been restarted. */
  readonly appended: (slots: readonly Slot[] | undefined) => void;
  /** Reads succeed, or Redis refuses them. */
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

  /** Fills the ring with the newest entries, and continues after them. */
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
        // The link reports a lost connection, unless it is back at once.
        if (refusal(error) !== undefined) well(error);
        await this.#pause(Math.min(longestPauseMs, firstPauseMs * 2 ** failures++));
      }
    }
  }

  /** Resolves once the entry is or was in the ring, or cannot arrive there for now. */
  seen(id: string): Promise<void> {
    const { ring, link } = this.#options;
    if (!this.#well || !link.up || ring.has(id) || compare(id, ring.tail) <= 0) {
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#seen.push({ id, resolve }));
  }

  /** Releases all waiting calls. */
  stop(): void {
    this.#well = false;
    this.#wake?.();
    this.#release();
  }

  /**
   * One page, which starts with the entry it follows. This proves that no entry in between is gone. The result of a
   * blocked read proves nothing, so it only triggers the next page.
   */
  async #step(): Promise<void> {
    const { link, key, ring, timeoutMs, well } = this.#options;
    const from = ring.tail;
    // One more, for the entry that it follows.
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

  /** The followed entry is gone, and more may be: readers notice it at their next read. */
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
