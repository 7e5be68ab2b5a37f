/** Ctrl-C and SIGTERM. The first asks the command to finish; the second ends the process at once. */
export class Stop implements Disposable {
  readonly #controller = new AbortController();
  #exitCode = 0;

  constructor() {
    for (const name of names) process.on(name, this.#stop);
  }

  /** Aborts at the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** 0, or after a signal the code that a shell expects: 128 and its number. */
  get exitCode(): number {
    return this.#exitCode;
  }

  /** Resolves at the first signal. */
  get asked(): Promise<void> {
    return new Promise((resolve) => {
      if (this.signal.aborted) resolve();
      else this.signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  [Symbol.dispose](): void {
    for (const name of names) process.off(name, this.#stop);
  }

  readonly #stop = (name: NodeJS.Signals): void => {
    const before = this.#exitCode;
    this.#exitCode = name === "SIGINT" ? 130 : 143;
    if (before !== 0) process.exit(this.#exitCode);
    this.#controller.abort();
  };
}

const names = ["SIGINT", "SIGTERM"] as const;
