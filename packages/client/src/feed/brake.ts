/** So much is kept without stopping the sender, for as long as a turn of the event loop. */
const maxKept = 256 * 1024;

/** Keeps what comes while its consumers are full, and stops the sender if that lasts. */
export abstract class Brake<T> {
  #on = false;
  #kept: T[] = [];
  #size = 0;
  #stopping: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #emptied: (() => void) | undefined;

  /** A piece goes on. */
  protected abstract pass(piece: T): void;
  protected abstract sizeOf(piece: T): number;
  /** The sender is to stop, or to go on. */
  abstract held(held: boolean): void;

  /** How much is kept. */
  protected get size(): number {
    return this.#size;
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

  protected take(piece: T): void {
    if (!this.#on && this.#kept.length === 0) return this.pass(piece);
    this.#kept.push(piece);
    this.#size += this.sizeOf(piece);
    // One read of the socket may come as many chunks. A consumer that keeps up is done with them when the
    // event loop turns; stopping and starting would cost more than they do.
    if (this.#size > maxKept) this.#stop(true);
    else this.#stopping ??= setTimeout(() => this.#stop(true), 0);
  }

  /** Resolves when nothing is kept any more, or it was dropped: the end of a stream comes after its bytes. */
  protected async emptied(): Promise<void> {
    if (this.#kept.length > 0) await new Promise<void>((resolve) => (this.#emptied = resolve));
  }

  /** Forgets what is kept. */
  protected drop(): void {
    this.#kept = [];
    this.#ease();
  }

  #goOn(): void {
    while (!this.#on && this.#kept.length > 0) {
      const piece = this.#kept.shift()!;
      this.#size -= this.sizeOf(piece);
      this.pass(piece);
    }
    if (!this.#on && this.#kept.length === 0) this.#ease();
  }

  /** Nothing is kept. */
  #ease(): void {
    this.#size = 0;
    this.#emptied?.();
    this.#stop(false);
  }

  #stop(stop: boolean): void {
    clearTimeout(this.#stopping);
    this.#stopping = undefined;
    if (stop === this.#stopped) return;
    this.#stopped = stop;
    this.held(stop);
  }
}
