import type { FaultProxy, Link } from "@steadfeed/client/testing/node";
import { between, chance, pick, type Random } from "./random.ts";

/** What may befall a connection, and how often it does beside the others. */
const faults: Readonly<
  Record<string, { readonly weight: number; readonly befall: (link: Link, random: Random) => void }>
> = {
  drop: { weight: 4, befall: (link) => link.drop() },
  reset: { weight: 4, befall: (link) => link.reset() },
  "stall, then go on": {
    weight: 3,
    befall(link, random) {
      link.stall();
      setTimeout(() => link.resume(), 50 + random() * 500);
    },
  },
  "stall for good": { weight: 2, befall: (link) => link.stall() },
  "cut mid-event": { weight: 4, befall: (link) => link.truncate("mid-event") },
  "cut mid-character": { weight: 4, befall: (link) => link.truncate("mid-character") },
  "reset mid-event": { weight: 2, befall: (link) => link.truncate("mid-event", { reset: true }) },
  "cut after some bytes": {
    weight: 3,
    befall: (link, random) => link.truncate(Math.floor(random() * 3000)),
  },
  "single bytes": { weight: 3, befall: (link) => link.split(20_000) },
};
const bag = Object.entries(faults).flatMap(([name, { weight }]) =>
  Array.from({ length: weight }, () => name),
);

/** Breaks connections by chance, and counts what it did. */
export class Faults {
  readonly counts: Record<string, number> = {};
  /** Over: nothing breaks any more. */
  calm = false;
  readonly #proxy: FaultProxy;
  readonly #random: Random;
  readonly #where: string;

  /** `where` stands before the names of faults that befall a line. */
  constructor(proxy: FaultProxy, random: Random, where = "") {
    this.#proxy = proxy;
    this.#random = random;
    this.#where = where;
    proxy.onLink = (link) => {
      // Many a connection breaks in its head, or in its first events.
      if (!this.calm && chance(random, 0.2)) this.#befall(link);
    };
  }

  /** One moment: a share of the open connections meets its fault. */
  strike(share: number): void {
    for (const link of this.#proxy.links) if (chance(this.#random, share)) this.#befall(link);
  }

  /** A share of the open connections stands still: for good, or until the server calls them too slow. */
  stall(share: number): void {
    for (const link of this.#proxy.links) {
      if (!chance(this.#random, share)) continue;
      link.stall();
      const forGood = chance(this.#random, 0.2);
      this.count(forGood ? "stall for good" : "stall for a while");
      if (!forGood) setTimeout(() => link.resume(), between(this.#random, 1000, 2000));
    }
  }

  /** Refuses all who come, for a while. */
  refuse(ms: number): void {
    this.count(`${this.#where}refused`);
    this.#proxy.refuse = true;
    setTimeout(() => (this.#proxy.refuse = false), ms);
  }

  /** Ends every stall, and breaks nothing from now on. */
  rest(): void {
    this.calm = true;
    this.#proxy.refuse = false;
    for (const link of this.#proxy.links) link.resume();
  }

  count(name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }

  #befall(link: Link): void {
    const name = pick(this.#random, bag);
    faults[name]!.befall(link, this.#random);
    this.count(`${this.#where}${name}`);
  }
}
