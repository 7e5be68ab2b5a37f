import type { Batch, Item } from "./message.ts";

/**
 * The number of ids that a tab remembers. A hand-over only repeats events that were in transit; a tab that is further
 * off connects by itself.
 */
const maxKnown = 1024;

/**
 * A tab's position in the shared stream: its last event, and the ids that it has received. Each batch names the id that
 * it follows, so that a tab can tell which events it has, and if any are missing.
 */
export class Progress {
  /** The cursor after the last item. */
  id = "";
  /** True if the last event had an id of its own, so that a server can continue exactly after it. */
  exact = false;
  readonly #known = new Set<string | undefined>();

  /** Sets the position after an id, and forgets all others. */
  reset(id: string): void {
    this.#known.clear();
    this.pass(id);
  }

  knows(id: string): boolean {
    return id === this.id || this.#known.has(id);
  }

  /** An item was taken, with an id of its own or without. */
  pass(id: string | undefined): void {
    this.exact = Boolean(id);
    if (id === undefined) return;
    this.id = id;
    if (id === "") return;
    // Moves an id that is already there to the end.
    this.#known.delete(id);
    this.#known.add(id);
    const [oldest] = this.#known;
    if (this.#known.size > maxKnown) this.#known.delete(oldest);
  }

  /** Returns the items of a batch that are new, if its beginning is known. */
  take({ after, id, items }: Batch): readonly Item[] {
    const isNext = after === this.id;
    const had = isNext ? -1 : items.findLastIndex((item) => this.#known.has(item.id));
    const rest = items.slice(had + 1);
    const events = rest.filter(isEvent);
    for (const event of events) this.pass(event.id);
    // A cursor may move without an event.
    if ((isNext || events.length > 0) && id !== this.id) this.pass(id);
    return rest;
  }
}

/**
 * True if the last event of a batch has an id of its own. `before`: the answer for the batch before, used if this one
 * has no events.
 */
export function endsExactly({ after, id, items }: Batch, before: boolean): boolean {
  const last = items.findLast(isEvent);
  return last ? last.id !== undefined : before || id !== after;
}

const isEvent = (item: Item): boolean => !("comment" in item);
