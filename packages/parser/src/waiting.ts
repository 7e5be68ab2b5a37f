const none: Uint8Array = new Uint8Array(0);
/** A larger buffer is kept for the next large line only until memory is collected. */
const smallBytes = 16 * 1024;

/**
 * The unfinished line at the end of the input, as bytes: a copy, since a socket overwrites its buffer. Decoding it in
 * pieces, and joining these, would take longer.
 */
export class Waiting {
  length = 0;
  #buffer = none;
  #spare: WeakRef<Uint8Array> | undefined;

  add(bytes: Uint8Array): void {
    const before = this.length;
    this.length += bytes.length;
    if (this.length > this.#buffer.length) this.#grow(before);
    this.#buffer.set(bytes, before);
  }

  /** Its first bytes: valid until more are added. */
  first(count: number = this.length): Uint8Array {
    return this.#buffer.subarray(0, count);
  }

  /** Removes the first bytes. */
  drop(count: number): void {
    const rest = this.#buffer.subarray(count, this.length);
    this.clear();
    this.add(rest);
  }

  clear(): void {
    this.length = 0;
    if (this.#buffer.length <= smallBytes) return;
    this.#spare = new WeakRef(this.#buffer);
    this.#buffer = none;
  }

  #grow(used: number): void {
    const spare = this.length > smallBytes ? this.#spare?.deref() : undefined;
    const larger =
      spare && spare.length >= this.length
        ? spare
        : new Uint8Array(Math.max(2 * this.#buffer.length, this.length + 256));
    larger.set(this.#buffer.subarray(0, used));
    this.#buffer = larger;
  }
}
