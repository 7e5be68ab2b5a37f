import { nextTurn, startTimer } from "#timers";
import type { Phase, StatusOf } from "./status.ts";

/**
 * One timer for "nothing has happened for this long", however often something happens. It does not count while paused.
 * After the whole process was suspended, or after a long computation, it first lets the event loop read the sockets.
 * `Exchange` limits the silence of a server with it, `HttpStream` reports long phases.
 */
export class Watch {
  readonly #ref: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #limitMs = 0;
  /** `undefined` if it was not started, or was stopped. */
  #late: (() => void) | undefined;
  #touchedAt = 0;

  /** With `ref: false` it does not keep a Node process alive. */
  constructor(ref = true) {
    this.#ref = ref;
  }

  start(limitMs: number, late: () => void): void {
    this.stop();
    this.#limitMs = limitMs;
    this.#late = late;
    this.resume();
  }

  /** Reports how long a phase has lasted: after 15 s, and then every 60 s. */
  remind(report: (status: StatusOf<"still">) => void, phase: Phase, hint?: string): void {
    const since = performance.now();
    const again = (): void => {
      this.start(60_000, again);
      report({ kind: "still", phase, forMs: Math.round(performance.now() - since), hint });
    };
    this.start(15_000, again);
  }

  /** Something happened, so the count starts over. */
  touch(): void {
    if (this.#timer !== undefined) this.#touchedAt = performance.now();
  }

  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Starts counting again, from zero. */
  resume(): void {
    if (!this.#late || this.#timer !== undefined) return;
    this.#touchedAt = performance.now();
    this.#check();
  }

  stop(): void {
    this.pause();
    // An open stream may last for days, and would keep all objects that the function refers to in memory.
    this.#late = undefined;
  }

  /** Sets the timer for the remaining time. If none is left, it is late, but first looks again in the next turn. */
  #check(again = true): void {
    const leftMs = this.#limitMs - (performance.now() - this.#touchedAt);
    const timer = this.#timer;
    if (leftMs > 0) {
      this.#timer = startTimer(() => this.#check(), Math.ceil(leftMs), this.#ref);
    } else if (again) {
      nextTurn(() => timer === this.#timer && this.#check(false));
    } else {
      const late = this.#late;
      this.stop();
      late?.();
    }
  }
}
