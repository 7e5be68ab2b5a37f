import type { Phase } from "../core/status.ts";
import { Watch } from "../core/watch.ts";

interface Listener {
  still(phase: Phase, forMs: number, hint?: string): void;
}

const firstMs = 15_000;
const againMs = 60_000;

/** Reports a phase before the head that lasts: after 15 s, and again every 60 s. It keeps no process alive. */
export class Still {
  readonly #listener: Listener;
  readonly #watch = new Watch(false);
  #since = 0;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  enter(phase: Phase, hint?: string): void {
    this.#since = performance.now();
    this.#after(firstMs, phase, hint);
  }

  leave(): void {
    this.#watch.stop();
  }

  #after(ms: number, phase: Phase, hint?: string): void {
    this.#watch.start(ms, () => {
      this.#after(againMs, phase, hint);
      this.#listener.still(phase, Math.round(performance.now() - this.#since), hint);
    });
  }
}
