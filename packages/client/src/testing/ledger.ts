/**
 * The events that a server published on one stream, in order. A {@link Recorder} compares them with the received ones.
 */
export class Ledger {
  readonly #places = new Map<string, number>();
  readonly #types: string[] = [];

  /** The number of events. */
  get size(): number {
    return this.#types.length;
  }

  /** Adds the next event, with the id that its readers see. Throws for an id that was already added. */
  add(id: string, type = "message"): void {
    if (typeof id !== "string" || id === "")
      throw new TypeError(
        "A Ledger needs an id, which is a text: that by which readers know the event.",
      );
    if (this.#places.has(id)) throw new Error(`${JSON.stringify(id)} was published before.`);
    this.#places.set(id, this.#types.length);
    this.#types.push(type);
  }

  /** The position of an id: 0 for the first event published. */
  placeOf(id: string): number | undefined {
    return this.#places.get(id);
  }

  /** The number of events of these types, from one position up to another, exclusive. */
  count(from: number, to: number, types: ReadonlySet<string>): number {
    let count = 0;
    for (let place = from; place < to; place++) {
      if (types.has("*") || types.has(this.#types[place]!)) count++;
    }
    return count;
  }
}
