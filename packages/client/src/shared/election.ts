import { Leader, type MakeFeed } from "./leader.ts";
import type { Tabs } from "./tabs.ts";

/** What an election asks of its tab. */
export interface Candidate {
  /** The cursor to go on from, should it lead. */
  place(): string;
  /** There are no locks to be had: a sandboxed page has none. */
  alone(): void;
}

/** One tab's place in the line for the lock that only the leader has. */
export class Election {
  readonly #tabs: Tabs;
  readonly #makeFeed: MakeFeed;
  readonly #candidate: Candidate;
  #queue: AbortController | undefined;
  #steals = false;
  #resign: (() => void) | undefined;

  constructor(tabs: Tabs, makeFeed: MakeFeed, candidate: Candidate) {
    this.#tabs = tabs;
    this.#makeFeed = makeFeed;
    this.#candidate = candidate;
  }

  get leads(): boolean {
    return this.#resign !== undefined;
  }

  /** Stands in line until the signal aborts; again at its end whenever another one took the lock away. */
  async stand(name: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const queue = new AbortController();
      this.#queue = queue;
      const request = this.#steals ? { steal: true as const } : { signal: queue.signal };
      this.#steals = false;
      try {
        await this.#tabs.hold(name, request, () => this.#lead(name, signal));
      } catch (error) {
        if (signal.aborted) return;
        this.#resign?.();
        if ((error as Error).name !== "AbortError") return this.#candidate.alone();
      }
    }
  }

  /** Takes the lock from a leader that does not answer. */
  steal(): void {
    this.#steals = true;
    this.#queue?.abort();
  }

  /** Leaves the line, or the lead; behind the abort of the signal of `stand`. */
  leave(): void {
    this.#steals = false;
    this.#queue?.abort();
    this.#resign?.();
  }

  #lead(name: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    const leader = new Leader(this.#tabs, name, this.#makeFeed, this.#candidate.place());
    return new Promise((settle) => {
      this.#resign = () => {
        this.#resign = undefined;
        leader.close();
        settle();
      };
    });
  }
}
