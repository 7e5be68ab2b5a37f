import { expired } from "../log/lane.ts";
import type { Address, Entry, Page, ReadOptions } from "../log/log.ts";
import { compare, justBefore } from "./position.ts";
import type { Slot } from "./record.ts";

/** What was forgotten: for each address everything before an id. */
export type Cleared = ReadonlyMap<Address, string>;

/** Makes pages of slots: only what is for these readers, and says so if some of that was cleared. */
export class Gathering {
  readonly events: Entry[] = [];
  readonly #options: ReadOptions;
  readonly #to: ReadonlySet<Address>;
  readonly #cleared: Cleared;
  #missed = false;

  constructor(options: ReadOptions, cleared: Cleared) {
    this.#options = options;
    this.#to = new Set(options.to);
    this.#cleared = cleared;
  }

  get full(): boolean {
    return this.events.length >= this.#options.limit;
  }

  add({ entry }: Slot): void {
    if (!entry || !this.#to.has(entry.to)) return;
    const clearedAt = this.#cleared.get(entry.to);
    if (clearedAt === undefined || compare(entry.at, clearedAt) > 0) {
      this.events.push(entry);
      return;
    }
    const { forgiven } = this.#options;
    const known = forgiven !== undefined && compare(entry.at, forgiven) <= 0;
    if (!known && !expired(entry, Date.now())) this.#missed = true;
  }

  /** A page after which a reader stands at `at`, unless `gap` says that it could not come this way. */
  page(at: string, more: boolean, gap?: "trimmed" | "reset" | "unknown"): Page {
    const { events } = this;
    const reason = gap ?? (this.#missed ? "trimmed" : undefined);
    if (!reason) return { events, at, more, contiguous: true };
    const first = events[0]?.at;
    const resume = first === undefined ? at : justBefore(first);
    const through = this.#through(resume);
    const to = events.find((entry) => compare(entry.at, through) >= 0)?.id ?? "";
    return { events, at, more, contiguous: false, reason, resume, to, through };
  }

  /** Behind everything that was cleared for these readers, and behind the gap. */
  #through(resume: string): string {
    const cleared = [...this.#to].flatMap((address) => this.#cleared.get(address) ?? []);
    return cleared.reduce((newest, id) => (compare(id, newest) > 0 ? id : newest), resume);
  }
}
