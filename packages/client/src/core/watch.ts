import { longestDelayMs, unref } from "./sleep.ts";

/**
 * One timer for "nothing happened for so long", however often something does. Stands still while paused. After a
 * pause of the whole process, or a long computation, it first lets the event loop look at the sockets.
 */
export class Watch {
  readonly #ref: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #limitMs = 0;
  #late: (() => void) | undefined;
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

  /** Says how long something has lasted: after 15 s, and again every 60 s. */
  remind(say: (forMs: number) => void): void {
    const since = performance.now();
    const again = (): void => {
      this.start(60_000, again);
      say(Math.round(performance.now() - since));
    };
    this.start(15_000, again);
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
    this.#late = undefined;
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => this.#look(), Math.min(ms, longestDelayMs));
    if (!this.#ref) unref(this.#timer);
  }

  #look(): void {
    const leftMs = this.#leftMs;
    if (leftMs > 0) return this.#arm(leftMs);
    const timer = this.#timer;
    nextTurn(() => {
      if (timer !== this.#timer) return;
      if (this.#leftMs > 0) return this.#arm(this.#leftMs);
      const late = this.#late;
      this.stop();
      late?.();
    });
  }

  get #leftMs(): number {
    return this.#limitMs - (performance.now() - this.#touchedAt);
  }
}

/** The platform's own, also under a fake clock: there is real input to wait for. Pages have none. */
const immediate = globalThis.setImmediate as typeof setImmediate | undefined;

/** Runs something once the input that waits in sockets was read. */
function nextTurn(run: () => void): void {
  if (immediate) immediate(run);
  else setTimeout(run, 20);
}
