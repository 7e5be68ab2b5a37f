import { ServerError } from "./errors.ts";

interface Wait {
  readonly timer: ReturnType<typeof setTimeout> | undefined;
  readonly fail: (error: unknown) => void;
}

/** Waits for the promises of hooks: for none longer than a limit, and for none after the end. */
export class Waits {
  readonly #limitMs: number | false;
  readonly #pending = new Set<Wait>();

  constructor(limitMs: number | false) {
    this.#limitMs = limitMs;
  }

  /**
   * Settles as the promise of a hook does. `late` is called with an error for the log when the limit is reached.
   *
   * Errors: rejects with {@link ServerError} `timeout` at the limit, and `closed` at the end
   */
  for<T>(hook: string, given: PromiseLike<T>, late: (error: Error) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const expire = (): void => {
        late(new Error(`${hook} has not settled within ${String(this.#limitMs)} ms: see hookMs.`));
        wait.fail(new ServerError("timeout", "The server took too long."));
      };
      const wait: Wait = {
        timer: this.#limitMs === false ? undefined : setTimeout(expire, this.#limitMs),
        fail: (error) => {
          this.#forget(wait);
          reject(error);
        },
      };
      this.#pending.add(wait);
      Promise.resolve(given).then((value) => {
        this.#forget(wait);
        resolve(value);
      }, wait.fail);
    });
  }

  /** Rejects all waits. */
  end(): void {
    for (const wait of this.#pending) wait.fail(new ServerError("closed", "The broker is closed."));
  }

  /** Nothing depends on these waits any more: they have no limit from now on. */
  release(): void {
    for (const wait of this.#pending) this.#forget(wait);
  }

  #forget(wait: Wait): void {
    clearTimeout(wait.timer);
    this.#pending.delete(wait);
  }
}
