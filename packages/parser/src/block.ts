const LF = 10;
const CR = 13;
const isLineEnd = (code: number): boolean => code === LF || code === CR;

/** The byte at an index of a chunk; -1 and -2 are the two bytes in front of it. */
type At = (index: number) => number;

/**
 * Counts the bytes of the block being received, those since the last blank line, so that none grows
 * beyond the limit however the bytes are cut.
 *
 * To find the last blank line of every chunk would cost more than parsing it. So a chunk that ended an
 * event leaves an upper bound, and its text is searched when the bound matters: almost never.
 */
export class Block {
  readonly #limit: number;
  /** Bytes since the last blank line; at most so many while `#unsearched` is set. */
  #bytes = 0;
  #hasLine = false;
  /** A chunk that ended an event: its text, the bytes at its end that are not in the text, all its bytes. */
  #unsearched:
    | { readonly text: string; readonly textBehind: number; readonly bytes: number }
    | undefined;
  #lastButOne = LF;
  #last = LF;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** What the bytes of the block are so far: one line without an end, or an event of several. */
  get kind(): "line" | "event" {
    return this.#hasLine ? "event" : "line";
  }

  /** At least so many more bytes fit, whatever they are. */
  get room(): number {
    return this.#limit - this.#bytes;
  }

  /**
   * How many bytes of the chunk may be parsed now: if all would be too many, those up to the first blank
   * line or the limit. 0 when the block is too large.
   */
  fits(chunk: Uint8Array): number {
    if (this.#bytes + chunk.length <= this.#limit) return chunk.length;
    this.#search();
    const room = this.#limit - this.#bytes;
    if (chunk.length <= room) return chunk.length;
    return firstBlankLine(room, this.#reader(chunk)) ?? room;
  }

  /**
   * Takes note of a chunk that was parsed: its text, how many bytes at its end are not in the text yet, and
   * whether an event ended in it.
   */
  add(chunk: Uint8Array, text: string, unfinished: number, endedEvent: boolean): void {
    if (endsWithBlankLine(chunk)) {
      this.reset();
      return;
    }
    const { length } = chunk;
    const last = chunk[length - 1]!;
    if (isLineEnd(chunk[0]!) || isLineEnd(last)) {
      this.#count(length, this.#reader(chunk));
    } else if (endedEvent && !text.includes("\uFFFD")) {
      this.#unsearched = { text, textBehind: unfinished, bytes: length };
      this.#bytes = length;
      this.#hasLine = false;
    } else if (!hasLine(text)) {
      this.#bytes += length;
    } else if (hasBlankLine(text)) {
      this.#count(length, this.#reader(chunk));
    } else {
      this.#bytes += length;
      this.#hasLine = true;
    }
    this.#lastButOne = length > 1 ? chunk[length - 2]! : this.#last;
    this.#last = last;
  }

  reset(): void {
    this.#bytes = 0;
    this.#hasLine = false;
    this.#unsearched = undefined;
    this.#last = this.#lastButOne = LF;
  }

  #reader(chunk: Uint8Array): At {
    const last = this.#last;
    const lastButOne = this.#lastButOne;
    return (i) => (i >= 0 ? chunk[i]! : i === -1 ? last : lastButOne);
  }

  /** Adds bytes with line ends among them, or starts to count behind the last blank line. */
  #count(length: number, at: At): void {
    let endsLine = false;
    for (let i = length - 1; i >= 0; i--) {
      if (!isLineEnd(at(i))) continue;
      if (endsBlankLine(i, at)) {
        this.#bytes = length - 1 - i;
        this.#hasLine = endsLine;
        this.#unsearched = undefined;
        return;
      }
      endsLine = true;
    }
    this.#bytes += length;
    this.#hasLine = true;
  }

  /** Replaces the upper bound by the exact count. */
  #search(): void {
    if (this.#unsearched === undefined) return;
    const { text, textBehind, bytes } = this.#unsearched;
    const since = this.#bytes - bytes + textBehind;
    const hasLineSince = this.#hasLine;
    const encoded = new TextEncoder().encode(text);
    this.#count(encoded.length, (i) => encoded[i]!);
    this.#bytes += since;
    this.#hasLine ||= hasLineSince;
  }
}

/** Whether LF LF is at the end of the chunk; false says nothing. */
export const endsWithBlankLine = (chunk: Uint8Array): boolean =>
  chunk[chunk.length - 1] === LF && chunk[chunk.length - 2] === LF;

/** The end of the first blank line within `length` bytes. */
function firstBlankLine(length: number, at: At): number | undefined {
  for (let i = 0; i < length; i++) {
    if (isLineEnd(at(i)) && endsBlankLine(i, at)) return i + 1;
  }
  return undefined;
}

const hasLine = (text: string): boolean => text.includes("\n") || text.includes("\r");

const hasBlankLine = (text: string): boolean =>
  text.includes("\n\n") ||
  (text.includes("\r") && (text.includes("\n\r") || text.includes("\r\r")));

/** Whether the line end at the index, which may be the LF of a CRLF, is that of an empty line. */
function endsBlankLine(i: number, at: At): boolean {
  return isLineEnd(at(i) === LF && at(i - 1) === CR ? at(i - 2) : at(i - 1));
}
