const LF = 10;
const CR = 13;
const isLineEnd = (code: number): boolean => code === LF || code === CR;

/**
 * Counts the bytes of the block being received, those since the last blank line, so that none grows
 * beyond the limit however the bytes are cut.
 *
 * Counting exactly would cost a second search for line ends in every chunk. So a chunk that ended an
 * event leaves an upper bound, and its text is searched when the bound matters: almost never.
 */
export class Block {
  readonly #limit: number;
  /** Bytes since the last blank line; at most so many while `#unsearched` is set. */
  #bytes = 0;
  #unsearched: { readonly text: string; readonly bytes: number } | undefined;
  #hasLine = false;
  #last = LF;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** What the bytes of the block are so far: one line without an end, or an event of several. */
  get kind(): "line" | "event" {
    return this.#hasLine ? "event" : "line";
  }

  /** How many bytes of the chunk may be parsed now: all, those up to a blank line, or 0 when the block is too large. */
  fits(chunk: Uint8Array): number {
    // The LF of a CRLF belongs to the line that its CR ended.
    if (this.#bytes === 0 && this.#last === CR && chunk[0] === LF) this.#bytes = -1;
    if (this.#bytes + chunk.length <= this.#limit) return chunk.length;
    this.#search();
    const room = this.#limit - this.#bytes;
    if (chunk.length <= room) return chunk.length;
    return this.#endWithin(chunk, room);
  }

  /** Takes note of a chunk that was parsed: its text, and whether an event ended in it. */
  add(chunk: Uint8Array, text: string, endedEvent: boolean): void {
    const before = this.#last;
    this.#last = chunk[chunk.length - 1]!;
    if (isLineEnd(this.#last) && endsBlank(text, before)) return this.#start("");
    if (endedEvent) {
      this.#bytes = chunk.length;
      this.#unsearched = { text: String.fromCharCode(before) + text, bytes: chunk.length };
      return;
    }
    this.#bytes += chunk.length;
    if (!text.includes("\n") && !text.includes("\r")) return;
    const rest = afterBlankLine(String.fromCharCode(before) + text);
    if (rest === undefined) this.#hasLine = true;
    else this.#start(rest);
  }

  reset(): void {
    this.#start("");
    this.#last = LF;
  }

  /** Replaces the upper bound by the exact count. */
  #search(): void {
    if (this.#unsearched === undefined) return;
    const { text, bytes } = this.#unsearched;
    const since = this.#bytes - bytes;
    this.#start(afterBlankLine(text) ?? text);
    this.#bytes += since;
  }

  #start(text: string): void {
    this.#bytes = text === "" ? 0 : new TextEncoder().encode(text).length;
    this.#hasLine = text.includes("\n") || text.includes("\r");
    this.#unsearched = undefined;
  }

  /** The end of the first blank line within `room` bytes, or 0; notes whether any line ended on the way. */
  #endWithin(chunk: Uint8Array, room: number): number {
    let previous = this.#last;
    let empty = isLineEnd(previous);
    for (let i = 0; i < room; i++) {
      const byte = chunk[i]!;
      const secondHalf = byte === LF && previous === CR;
      previous = byte;
      if (secondHalf) continue;
      if (!isLineEnd(byte)) {
        empty = false;
        continue;
      }
      if (empty) return byte === CR && chunk[i + 1] === LF ? i + 2 : i + 1;
      empty = true;
      this.#hasLine = true;
    }
    return 0;
  }
}

/** Whether text whose last character ends a line ends with a blank line; `before` is the byte in front of the text. */
function endsBlank(text: string, before: number): boolean {
  const at = (i: number): number => (i >= 0 ? text.charCodeAt(i) : i === -1 ? before : 0);
  return endsBlankAt(text.length - 1, at);
}

function endsBlankAt(i: number, at: (i: number) => number): boolean {
  return at(i) === LF && at(i - 1) === CR ? isLineEnd(at(i - 2)) : isLineEnd(at(i - 1));
}

/** The text after its last blank line, or `undefined` if it has none. */
function afterBlankLine(text: string): string | undefined {
  const at = (i: number): number => text.charCodeAt(i);
  for (let i = text.length - 1; i > 0; i--) {
    if (isLineEnd(at(i)) && endsBlankAt(i, at)) return text.slice(i + 1);
  }
  return undefined;
}
