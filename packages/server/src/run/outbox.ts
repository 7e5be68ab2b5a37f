import { ServerError } from "../core/errors.ts";
import type { Draft } from "../log/log.ts";
import type { RunClaim, RunTable } from "../log/run-log.ts";
import type { Tally } from "../session/tally.ts";

interface Waiting {
  readonly draft: Draft;
  readonly resolve: (id: string) => void;
  readonly reject: (error: unknown) => void;
}

/** The number of events in one step to an asynchronous log. */
const mostAtOnce = 256;
/** The number of events that may wait for it. */
const mostWaiting = 10_000;
/** A source is paused while more than this many events wait. */
const manyWaiting = 256;
const pauseMs = 100;
const away: ReadonlySet<string> = new Set(["unavailable", "uncertain"]);

/**
 * Appends the events of one producer to the log: in order, and each once, even if a step is repeated after a lost
 * reply. While the log is away they wait, for as long as the producer's lease.
 */
export class Outbox {
  readonly #table: RunTable;
  readonly #claim: RunClaim;
  readonly #tally: Tally;
  #waiting: Waiting[] = [];
  #number = 1;
  #flushing = false;
  #failure: unknown;
  #idle: (() => void)[] = [];

  constructor(table: RunTable, claim: RunClaim, tally: Tally) {
    this.#tally = tally;
    this.#table = table;
    this.#claim = claim;
  }

  /** Resolves with the event's id. */
  push(draft: Draft): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#waiting.length >= mostWaiting) {
        throw new ServerError(
          "unavailable",
          "Too many events wait for the log: await each publish().",
        );
      }
      this.#waiting.push({ draft, resolve, reject });
      if (!this.#flushing) this.#flush();
    });
  }

  /** Resolves when a source may continue. */
  async room(): Promise<void> {
    while (this.#waiting.length > manyWaiting) await this.#settled();
  }

  /** Resolves when nothing waits any more, with whether the log has everything. */
  async idle(): Promise<boolean> {
    while (this.#flushing) await this.#settled();
    return this.#failure === undefined;
  }

  /** Accepts nothing more, and rejects the waiting events. */
  close(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
    this.#wake();
  }

  /** Repeats a request while the log is away, but no longer than the lease. `first`: the pending first attempt. */
  async patiently<T>(ask: () => Promise<T>, first?: Promise<T>): Promise<T> {
    const until = performance.now() + this.#claim.leaseMs;
    for (let answer = first ?? ask(); ; answer = ask()) {
      try {
        return await answer;
      } catch (error) {
        const isAway = error instanceof ServerError && away.has(error.code);
        if (!isAway || performance.now() > until || this.#failure !== undefined) throw error;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  /** A log in this process appends at once; then nothing ever waits. */
  #flush(): void {
    const batch = this.#waiting.slice(0, mostAtOnce);
    try {
      const ids = this.#append(batch);
      if (!(ids instanceof Promise)) return this.#kept(batch, ids);
      this.#flushing = true;
      void this.#follow(batch, ids);
    } catch (error) {
      this.#waiting.splice(0, batch.length);
      for (const { reject } of batch) reject(error);
    }
  }

  async #follow(first: Waiting[], answer: Promise<readonly string[] | undefined>): Promise<void> {
    let batch = first;
    let ids = answer;
    while (this.#failure === undefined) {
      try {
        // The number ensures that nothing is stored twice.
        this.#kept(batch, await this.patiently(() => Promise.resolve(this.#append(batch)), ids));
        if (this.#waiting.length === 0) break;
        batch = this.#waiting.slice(0, mostAtOnce);
        ids = Promise.resolve(this.#append(batch));
      } catch (error) {
        this.close(error);
      }
    }
    this.#flushing = false;
    this.#wake();
  }

  #append(
    batch: readonly Waiting[],
  ): readonly string[] | undefined | Promise<readonly string[] | undefined> {
    const drafts = batch.map(({ draft }) => draft);
    return this.#table.append(this.#claim, this.#number, drafts);
  }

  #kept(batch: readonly Waiting[], ids: readonly string[] | undefined): void {
    if (!ids) throw new ServerError("run-over", "The run has ended, or has another producer.");
    this.#number++;
    this.#waiting.splice(0, batch.length);
    for (const [place, { draft, resolve }] of batch.entries()) {
      this.#tally.keep(draft);
      resolve(ids[place]!);
    }
    this.#wake();
  }

  #settled(): Promise<void> {
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
