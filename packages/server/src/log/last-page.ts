import type { Page, ReadOptions } from "./log.ts";

/** The page that was read last: the sessions of a stream request the same one in sequence. */
export class LastPage {
  #last: { readonly after: string; readonly options: ReadOptions; readonly page: Page } | undefined;

  of(after: string, options: ReadOptions): Page | undefined {
    const last = this.#last;
    return last && last.after === after && alike(last.options, options) ? last.page : undefined;
  }

  set(after: string, options: ReadOptions, page: Page): void {
    this.#last = { after, options, page };
  }

  /** Forgets the page, since the log has changed. */
  clear(): void {
    this.#last = undefined;
  }
}

/** Whether two readers request the same page. */
function alike(one: ReadOptions, other: ReadOptions): boolean {
  if (one.limit !== other.limit || one.forgiven !== other.forgiven) return false;
  if (one.to === other.to) return true;
  if (one.to.length !== other.to.length) return false;
  // A loop, since each session asks in each turn.
  for (let i = 0; i < one.to.length; i++) if (one.to[i] !== other.to[i]) return false;
  return true;
}
