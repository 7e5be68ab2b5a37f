const LF = 10;
const CR = 13;
/** A longer beginning of a line is parsed at once: to copy it would cost more than it saves. */
const capacity = 1024;
/** A longer piece from the middle of a line is worth a decoding of its own. */
const small = 64;
const none = new Uint8Array(0);

/**
 * The bytes at the end of what came that complete no line.
 *
 * They wait for the end of their line: to decode small pieces one by one, and to put a line together from pieces
 * of text, is most of what parsing costs.
 */
export class Tail {
  #bytes = none;
  #length = 0;
  /** The beginning of the line did not wait. */
  #midLine = false;

  /** The next byte begins a line. */
  get isEmpty(): boolean {
    return this.#length === 0 && !this.#midLine;
  }

  /**
   * Where the bytes begin that are to wait; the chunk's length if none are.
   *
   * @param room How many bytes may come in all before they are too many, the waiting ones among them.
   */
  startIn(chunk: Uint8Array, room: number): number {
    const { length } = chunk;
    if (this.#length + length > room || (this.#midLine && length > small)) return length;
    const start = startOfLastLine(chunk);
    const waiting = start === 0 ? this.#length + length : length - start;
    return waiting <= capacity ? start : length;
  }

  /** How many bytes of the chunk are to be parsed together with those that wait: 0 if none do. */
  joins(chunk: Uint8Array, end: number): number {
    if (this.#length === 0) return 0;
    const near = Math.min(end, capacity);
    for (let i = 0; i < near; i++) if (isLineEnd(chunk[i]!)) return i + 1;
    return near;
  }

  /** What waited, with so many bytes of the chunk behind it. */
  join(chunk: Uint8Array, end: number): Uint8Array {
    const joined = new Uint8Array(this.#length + end);
    joined.set(this.#bytes.subarray(0, this.#length));
    joined.set(end === chunk.length ? chunk : chunk.subarray(0, end), this.#length);
    this.#length = 0;
    return joined;
  }

  /** Lets the chunk's bytes from `start` on wait; those before it were parsed. */
  keep(chunk: Uint8Array, start: number): void {
    if (start > 0) this.#midLine = !isLineEnd(chunk[start - 1]!);
    if (start === chunk.length) return;
    if (this.#bytes === none) this.#bytes = new Uint8Array(capacity);
    for (let i = start; i < chunk.length; i++) this.#bytes[this.#length++] = chunk[i]!;
  }

  reset(): void {
    this.#length = 0;
    this.#midLine = false;
  }
}

/** The chunk's length if its last line is too long to wait. */
function startOfLastLine(chunk: Uint8Array): number {
  const { length } = chunk;
  const far = Math.max(0, length - capacity);
  let start = length;
  while (start > far && !isLineEnd(chunk[start - 1]!)) start--;
  return start === far && far > 0 ? length : start;
}

const isLineEnd = (byte: number): boolean => byte === LF || byte === CR;
