import { range } from "./lines-in-bytes.ts";

const none = new Uint8Array(0);

/**
 * The unparsed bytes at the end of the input: the short beginning of a line, or of a character. Decoding small pieces
 * one by one, and joining lines from pieces of text, would be most of the cost of parsing.
 */
export class Waiting {
  length = 0;
  #buffer = none;

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }

  /** Adds a copy, since a socket overwrites its buffer. */
  add(bytes: Uint8Array): void {
    const before = this.length;
    this.length += bytes.length;
    if (this.length > this.#buffer.length) {
      const buffer = new Uint8Array(2048 + this.length);
      buffer.set(this.#buffer);
      this.#buffer = buffer;
    }
    this.#buffer.set(bytes, before);
  }

  /**
   * The waiting bytes, followed by the chunk's bytes up to `end`. They are valid until more are added, and nothing
   * waits any more.
   */
  before(chunk: Uint8Array, end: number): Uint8Array {
    const first = range(chunk, 0, end);
    if (this.length === 0) return first;
    this.add(first);
    const { bytes } = this;
    this.clear();
    return bytes;
  }

  clear(): void {
    this.length = 0;
  }
}
