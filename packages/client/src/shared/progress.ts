import type { Batch, Item } from "./message.ts";

/** A hand-over repeats at most what was on its way; who is further off than this connects for itself. */
const maxKnown = 1024;

/**
 * Where a tab stands in the stream that it shares: behind which event, and which ones it has had. Each batch
 * says behind which id it stands, so that a tab sees by itself what it has had, and what is missing.
 */
export class Progress {
  /** The cursor after the last item. */
  id = "";
  /** Whether the last event had an id of its own, so that a server can go on exactly behind it. */
  exact = false;
  readonly #known = new Set<string>();

  /** Is after an id, and has had nothing else. */
  reset(id: string): void {
    this.id = id;
    this.exact = id !== "";
    this.#known.clear();
    this.#remember(id);
  }

  knows(id: string): boolean {
    return id === this.id || this.#known.has(id);
  }

  /** An item was taken: one with an id of its own, or one without. */
  pass(id: string | undefined): void {
    this.exact = id !== undefined && id !== "";
    if (id === undefined) return;
    this.id = id;
    this.#remember(id);
  }

  /** What of a batch was not had yet, if its beginning is known. */
  take({ after, id, items }: Batch): readonly Item[] {
    const isNext = after === this.id;
    const had = isNext ? -1 : items.findLastIndex((item) => this.#known.has(ownId(item) ?? ""));
    const rest = items.slice(had + 1);
    const events = rest.filter((item) => !("comment" in item));
    for (const event of events) this.pass(ownId(event));
    // A cursor may move without an event.
    if ((isNext || events.length > 0) && id !== this.id) this.pass(id);
    return rest;
  }

  #remember(id: string): void {
    if (id === "") return;
    // Moves to the end what is there already.
    this.#known.delete(id);
    this.#known.add(id);
    if (this.#known.size > maxKnown) {
      for (const oldest of this.#known) return void this.#known.delete(oldest);
    }
  }
}

/** Whether the end of a batch has an id of its own, if its beginning had one or not. */
export function endsExactly({ after, id, items }: Batch, before: boolean): boolean {
  const last = items.findLast((item) => !("comment" in item));
  return last ? ownId(last) !== undefined : before || id !== after;
}

const ownId = (item: Item): string | undefined => ("comment" in item ? undefined : item.id);
