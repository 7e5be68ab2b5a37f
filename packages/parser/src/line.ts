import { range } from "./bytes.ts";

const none = new Uint8Array(0);
/** A larger buffer is given back when its line has ended. */
const spacious = 64 * 1024;

/**
 * The bytes of the line that has not ended yet, however long it is. They are put together once: no character is
 * decoded in two halves, and no cut makes a byte more expensive.
 */
export class UnfinishedLine {
  length = 0;
  #buffer = none;

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }

  /** Adds a part of a chunk: a copy, since a socket writes over its buffer. */
  add(chunk: Uint8Array, from: number, to: number): void {
    const before = this.length;
    this.length += to - from;
    if (this.length > this.#buffer.length) {
      const buffer = new Uint8Array(Math.max(1024, 2 * this.length));
      buffer.set(this.#buffer.subarray(0, before));
      this.#buffer = buffer;
    }
    // A few bytes are copied faster one by one than as a view.
    if (to - from > 64) this.#buffer.set(range(chunk, from, to), before);
    else for (let i = from; i < to; i++) this.#buffer[before - from + i] = chunk[i]!;
  }

  /** Gives the bytes away; they hold until more are added. */
  take(): Uint8Array {
    const { bytes } = this;
    this.reset();
    return bytes;
  }

  reset(): void {
    if (this.#buffer.length > spacious) this.#buffer = none;
    this.length = 0;
  }
}
