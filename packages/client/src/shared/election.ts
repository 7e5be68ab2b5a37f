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
  #leader: Leader | undefined;
  #release: (() => void) | undefined;

  constructor(tabs: Tabs, makeFeed: MakeFeed, candidate: Candidate) {
    this.#tabs = tabs;
    this.#makeFeed = makeFeed;
    this.#candidate = candidate;
  }

  get leads(): boolean {
    return this.#leader !== undefined;
  }

  /** Queues for the lock until the signal aborts. Queues again, last, whenever another tab has stolen the lock. */
  async stand(name: string, signal: AbortSignal): Promise<void> {
    let steals = false;
    while (!signal.aborted) {
      const { signal: queue } = (this.#queue = new AbortController());
      const request = steals ? ({ steal: true } as const) : { signal: queue };
      try {
        await this.#tabs.hold(name, request, () => this.#lead(name, signal));
      } catch (error) {
        if (signal.aborted) return;
        this.#resign();
        if ((error as Error).name !== "AbortError") return this.#candidate.alone();
      }
      // Without another tab that stole the lock, it has left the queue in order to steal it.
      steals = queue.aborted;
    }
  }

  /** Leaves the queue, and steals the lock from a leader that does not answer. */
  steal(): void {
    this.#queue?.abort();
  }

  /** Leaves the queue, or gives up the lead. Call it after the signal of `stand` has aborted. */
  leave(): void {
    this.steal();
    this.#resign();
  }

  async #lead(name: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#leader = new Leader(this.#tabs, name, this.#makeFeed, this.#candidate.place());
    await new Promise<void>((settle) => (this.#release = settle));
  }

  #resign(): void {
    this.#leader?.close();
    this.#leader = undefined;
    this.#release?.();
  }
}
