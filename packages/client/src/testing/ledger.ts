/**
 * The events that a server published on one stream, in order. A {@link Recorder} compares them with the received ones.
 */
export class Ledger {
  readonly #places = new Map<string, number>();
  readonly #types: string[] = [];

  /** How many events there are. */
  get size(): number {
    return this.#types.length;
  }

  /** Adds the next event, under the id that its readers see. Throws for an id that is there. */
  add(id: string, type = "message"): void {
    if (typeof id !== "string" || id === "")
      throw new TypeError(
        "A Ledger needs an id, which is a text: that by which readers know the event.",
      );
    if (this.#places.has(id)) throw new Error(`${JSON.stringify(id)} was published before.`);
    this.#places.set(id, this.#types.length);
    this.#types.push(type);
  }

  /** The place of an id: 0 for the first that was published. */
  placeOf(id: string): number | undefined {
    return this.#places.get(id);
  }

  /** How many events of these types stand from one place up to, not including, another. */
  count(from: number, to: number, types: ReadonlySet<string>): number {
    let count = 0;
    for (let place = from; place < to; place++) {
      if (types.has("*") || types.has(this.#types[place]!)) count++;
    }
    return count;
  }
}
