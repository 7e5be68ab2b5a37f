import { longestDelayMs, unref } from "./sleep.ts";

/** One timer for "nothing happened for so long", however often something does. Stands still while paused. */
export class Watch {
  readonly #ref: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #limitMs = 0;
  #late: () => void = () => undefined;
  #touchedAt = 0;

  /** With `ref: false` it does not keep a Node process. */
  constructor(ref = true) {
    this.#ref = ref;
  }

  start(limitMs: number, late: () => void): void {
    this.stop();
    this.#limitMs = limitMs;
    this.#late = late;
    this.resume();
  }

  /** Something happened. */
  touch(): void {
    if (this.#timer !== undefined) this.#touchedAt = performance.now();
  }

  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Counts from now on again. */
  resume(): void {
    if (this.#limitMs === 0 || this.#timer !== undefined) return;
    this.#touchedAt = performance.now();
    this.#arm(this.#limitMs);
  }

  stop(): void {
    this.pause();
    this.#limitMs = 0;
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(
      () => {
        const quietMs = performance.now() - this.#touchedAt;
        if (quietMs < this.#limitMs) return this.#arm(this.#limitMs - quietMs);
        this.stop();
        this.#late();
      },
      Math.min(ms, longestDelayMs),
    );
    if (!this.#ref) unref(this.#timer);
  }
}
