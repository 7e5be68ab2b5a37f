import { setTimeout as sleep } from "node:timers/promises";
import type { Ledger } from "@steadfeed/client/testing";

export interface Letter {
  readonly type: string;
  /** Publishes it; called again, with the same key, until it is known to be kept. */
  readonly publish: () => Promise<{ readonly id: string }>;
}

/** While servers and their memory are away, what comes beyond this is not published. */
const mostWaiting = 2000;
const passing = new Set<unknown>(["closed", "unavailable", "uncertain"]);

/** Publishes, several events at once, and writes into the ledger what was kept, in the order in which it was. */
export class Outbox {
  readonly #ledger: Ledger;
  readonly #compare: ((one: string, other: string) => number) | undefined;
  #waiting: Letter[] = [];
  #done: Promise<void> = Promise.resolve();

  /** `compare`: the order of ids, if answers may be lost; else they come in it. */
  constructor(ledger: Ledger, compare: ((one: string, other: string) => number) | undefined) {
    this.#ledger = ledger;
    this.#compare = compare;
  }

  put(letter: Letter): void {
    if (this.#waiting.length >= mostWaiting) return;
    this.#waiting.push(letter);
    if (this.#waiting.length === 1) void this.between(() => this.#publish(this.#waiting.splice(0)));
  }

  /** Does something while nothing is on its way. Resolves when it is done, and everything before it. */
  between(task: () => Promise<void>): Promise<void> {
    return (this.#done = this.#done.then(task));
  }

  async #publish(letters: readonly Letter[]): Promise<void> {
    const kept: { readonly id: string; readonly type: string }[] = [];
    for (let left = letters; left.length > 0;) {
      const answers = await Promise.allSettled(left.map(({ publish }) => publish()));
      const again: Letter[] = [];
      for (const [n, answer] of answers.entries()) {
        const letter = left[n]!;
        if (answer.status === "fulfilled") kept.push({ id: answer.value.id, type: letter.type });
        else if (passing.has((answer.reason as { code?: unknown }).code)) again.push(letter);
        else throw answer.reason;
      }
      left = again;
      if (left.length > 0) await sleep(20);
    }
    const compare = this.#compare;
    if (compare) kept.sort((one, other) => compare(one.id, other.id));
    for (const { id, type } of kept) this.#ledger.add(id, type);
  }
}
