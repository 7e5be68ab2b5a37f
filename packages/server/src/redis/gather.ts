import { expired } from "../log/lane.ts";
import type { Address, Entry, Page, ReadOptions } from "../log/log.ts";
import type { Forgotten } from "./forgotten.ts";
import { compare, justBefore } from "./position.ts";
import type { Slot } from "./record.ts";

/** Makes a page from ring entries: only those for these readers, with a gap if some of them are forgotten. */
export class Gathering {
  readonly events: Entry[] = [];
  readonly #options: ReadOptions;
  readonly #to: ReadonlySet<Address>;
  readonly #forgotten: Forgotten;
  #missed = false;

  constructor(options: ReadOptions, forgotten: Forgotten) {
    this.#options = options;
    this.#to = new Set(options.to);
    this.#forgotten = forgotten;
  }

  get full(): boolean {
    return this.events.length >= this.#options.limit;
  }

  add({ entry }: Slot): void {
    if (!entry || !this.#to.has(entry.to)) return;
    if (!this.#forgotten.has(entry)) {
      this.events.push(entry);
      return;
    }
    const { forgiven } = this.#options;
    const known = forgiven !== undefined && compare(entry.at, forgiven) <= 0;
    if (!known && !expired(entry, Date.now())) this.#missed = true;
  }

  /** A page that moves a reader to `at`, unless `gap` says why that needs a gap. */
  page(at: string, more: boolean, gap?: "trimmed" | "reset" | "unknown"): Page {
    const { events } = this;
    const reason = gap ?? (this.#missed ? "trimmed" : undefined);
    if (!reason) return { events, at, more, contiguous: true };
    const first = events[0]?.at;
    const resume = first === undefined ? at : justBefore(first);
    const through = this.#forgotten.newest(this.#to, resume);
    const to = events.find((entry) => compare(entry.at, through) >= 0)?.id ?? "";
    return { events, at, more, contiguous: false, reason, resume, to, through };
  }
}
