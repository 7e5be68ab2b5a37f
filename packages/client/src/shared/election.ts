import { Leader, type MakeFeed } from "./leader.ts";
import type { Tabs } from "./tabs.ts";

/** The tab that an election is for. */
export interface Candidate {
  /** The cursor to continue from, if this tab becomes the leader. */
  place(): string;
  /** Locks are unavailable, as in a sandboxed page. */
  alone(): void;
}

/** One tab's request for the lock, which only the leader holds. */
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

  /** Queues for the lock until the signal aborts. Queues again, last, whenever another tab has stolen the lock. */
  async stand(name: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#queue = new AbortController();
      const request = this.#steals ? { steal: true as const } : { signal: this.#queue.signal };
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

  /** Steals the lock from a leader that does not answer. */
  steal(): void {
    this.#steals = true;
    this.#queue?.abort();
  }

  /** Leaves the queue, or gives up the lead. Call it after the signal of `stand` has aborted. */
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
