/** What a brake stops. */
export interface Braked<T> {
  /** A piece goes on. */
  pass(piece: T): void;
  sizeOf(piece: T): number;
  /** The sender is to stop, or to go on. */
  held(held: boolean): void;
}

/** So much is kept without stopping the sender, for as long as a turn of the event loop. */
const maxKept = 256 * 1024;

/** Keeps what comes while a feed is paused, and stops the sender if that lasts. */
export class Brake<T> {
  readonly #braked: Braked<T>;
  #on = false;
  #kept: T[] = [];
  #size = 0;
  #stopping: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #emptied: (() => void) | undefined;

  constructor(braked: Braked<T>) {
    this.#braked = braked;
  }

  /** How much is kept. */
  get size(): number {
    return this.#size;
  }

  get isOn(): boolean {
    return this.#on;
  }

  take(piece: T): void {
    if (!this.#on && this.#kept.length === 0) return this.#braked.pass(piece);
    this.#kept.push(piece);
    this.#size += this.#braked.sizeOf(piece);
    if (this.#stopped) return;
    // One read of the socket may come as many chunks. A consumer that keeps up is done with them when the
    // event loop turns; stopping and starting would cost more than they do.
    if (this.#size > maxKept) this.#stop(true);
    else this.#stopping ??= setTimeout(() => this.#stop(true), 0);
  }

  pause(): void {
    this.#on = true;
  }

  /** Goes on. Later, since it may be called from within a delivery. */
  resume(): void {
    if (!this.#on) return;
    this.#on = false;
    queueMicrotask(() => this.#goOn());
  }

  /** Resolves when nothing is kept any more, or it was dropped: the end of a stream comes after its bytes. */
  async emptied(): Promise<void> {
    if (this.#kept.length > 0) await new Promise<void>((resolve) => (this.#emptied = resolve));
  }

  /** Forgets what is kept. */
  drop(): void {
    this.#kept = [];
    this.#size = 0;
    this.#stop(false);
    this.#emptied?.();
  }

  #goOn(): void {
    while (!this.#on && this.#kept.length > 0) {
      const piece = this.#kept.shift()!;
      this.#size -= this.#braked.sizeOf(piece);
      this.#braked.pass(piece);
    }
    if (this.#on || this.#kept.length > 0) return;
    this.#emptied?.();
    this.#stop(false);
  }

  #stop(stopped: boolean): void {
    clearTimeout(this.#stopping);
    this.#stopping = undefined;
    if (stopped === this.#stopped) return;
    this.#stopped = stopped;
    this.#braked.held(stopped);
  }
}
