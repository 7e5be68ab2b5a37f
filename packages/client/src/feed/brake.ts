/** The amount that is kept for up to one turn of the event loop without stopping the sender. */
const maxKept = 256 * 1024;

/** Keeps incoming pieces while the consumers are full, and stops the sender if that lasts. */
export abstract class Brake<T> {
  /** The total size of the kept pieces. */
  protected size = 0;
  #on = false;
  #kept: T[] = [];
  #stopping: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #emptied: (() => void) | undefined;

  /** Passes a piece on to the consumers. */
  protected abstract pass(piece: T): void;
  protected abstract sizeOf(piece: T): number;
  /** Stops the sender, or lets it continue. */
  abstract held(held: boolean): void;

  pause(): void {
    this.#on = true;
  }

  /** Continues in a microtask, since it may be called during a delivery. */
  resume(): void {
    if (!this.#on) return;
    this.#on = false;
    queueMicrotask(() => this.#goOn());
  }

  /** The piece in a form that can be kept. */
  protected copyOf(piece: T): T {
    return piece;
  }

  protected take(piece: T): void {
    if (!this.#on && this.#kept.length === 0) return this.pass(piece);
    this.#kept.push(this.copyOf(piece));
    this.size += this.sizeOf(piece);
    // One read of the socket may arrive as many chunks. A consumer that keeps up has processed them by the next turn of
    // the event loop, and stopping and starting the sender would cost more than that.
    if (this.size > maxKept) this.#stop(true);
    else this.#stopping ??= setTimeout(() => this.#stop(true), 0);
  }

  /** Resolves when all kept pieces were passed on or dropped, so that the end of a stream comes after its bytes. */
  protected async emptied(): Promise<void> {
    if (this.#kept.length > 0) await new Promise<void>((resolve) => (this.#emptied = resolve));
  }

  /** Drops the kept pieces, if there are any, and lets the sender continue. */
  protected empty(): void {
    this.#kept = [];
    this.size = 0;
    this.#emptied?.();
    this.#stop(false);
  }

  #goOn(): void {
    while (!this.#on && this.#kept.length > 0) {
      const piece = this.#kept.shift()!;
      this.size -= this.sizeOf(piece);
      this.pass(piece);
    }
    if (!this.#on) this.empty();
  }

  #stop(stop: boolean): void {
    clearTimeout(this.#stopping);
    this.#stopping = undefined;
    if (stop === this.#stopped) return;
    this.#stopped = stop;
    this.held(stop);
  }
}
