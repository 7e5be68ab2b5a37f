import type { Cursor, Step } from "./cursor.ts";

/** Takes the steps of a cursor, one after the other. */
export interface StepTaker {
  /** Whether it accepts another step now. */
  readonly ready: boolean;
  /** Takes a step. Returns whether to read on at once. */
  take(step: Step): boolean;
  /** The log failed. */
  failed(error: unknown): void;
}

/** Reads on from a cursor for one taker, at most one page at a time, whether the log answers synchronously or later. */
export class Steps {
  readonly #cursor: Cursor;
  readonly #limit: number;
  readonly #taker: StepTaker;
  /** Whether the log has yet to answer, and whether to ask once more after that. */
  #reading = false;
  #again = false;
  #stopped = false;

  constructor(cursor: Cursor, limit: number, taker: StepTaker) {
    this.#cursor = cursor;
    this.#limit = limit;
    this.#taker = taker;
  }

  run(): void {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    while (this.#taker.ready && !this.#stopped) {
      const step = this.#next();
      if (step instanceof Promise) return void this.#await(step);
      if (!step || !this.#taker.take(step)) return;
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  #next(): Step | Promise<Step> | undefined {
    try {
      return this.#cursor.next(this.#limit);
    } catch (error) {
      return this.#fail(error);
    }
  }

  async #await(reading: Promise<Step>): Promise<void> {
    this.#reading = true;
    const step = await reading.catch((error: unknown) => this.#fail(error));
    this.#reading = false;
    if (!step || this.#stopped) return;
    // Entries appended in between may not be on this page.
    const again = this.#again;
    this.#again = false;
    if (this.#taker.take(step) || again) this.run();
  }

  #fail(error: unknown): undefined {
    if (!this.#stopped) this.#taker.failed(error);
  }
}
