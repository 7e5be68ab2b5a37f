const none: Uint8Array = new Uint8Array(0);
/** A larger buffer is kept for the next large line only until memory is collected. */
const smallBytes = 16 * 1024;
/** So many bytes of a longer line are decoded at a time, instead of growing the buffer and decoding all in the end. */
const pieceBytes = 64 * 1024;

/**
 * The unfinished line at the end of the input. It is kept as bytes: a copy, since a socket overwrites its buffer. To
 * decode it in small pieces, and to join these, would take longer.
 */
export class Waiting {
  /** The decoded start of a long line, and its bytes. */
  text = "";
  textBytes = 0;
  /** The bytes after it. */
  length = 0;
  #buffer = none;
  #spare: WeakRef<Uint8Array> | undefined;

  add(bytes: Uint8Array): void {
    const before = this.length;
    this.length += bytes.length;
    if (this.length > this.#buffer.length) this.#grow(before);
    this.#buffer.set(bytes, before);
  }

  /**
   * Decodes the start of a long line, which has no end yet. At least one byte is left, and a character that was cut stays
   * in the decoder.
   */
  decode(decoder: TextDecoder): void {
    if (this.length < pieceBytes) return;
    const last = this.length - 1;
    this.text += decoder.decode(this.first(last), { stream: true });
    this.textBytes += last;
    this.#buffer[0] = this.#buffer[last]!;
    this.length = 1;
  }

  /** Its first character, which shows whether it is a field, and one more if that is a byte order mark. */
  start(decoder: TextDecoder): string {
    return this.text.slice(0, 2) || decoder.decode(this.first(Math.min(4, this.length)));
  }

  /** Its first bytes after the decoded ones: valid until more are added. */
  first(count: number = this.length): Uint8Array {
    return this.#buffer.subarray(0, count);
  }

  /** Removes the first bytes, and the decoded ones. */
  drop(count: number): void {
    const rest = this.#buffer.subarray(count, this.length);
    this.clear();
    this.add(rest);
  }

  clear(): void {
    this.text = "";
    this.textBytes = this.length = 0;
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
