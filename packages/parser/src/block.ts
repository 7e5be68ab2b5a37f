import { completesCrlf, endOfLastBlankLine, hasField } from "./bytes.ts";

/** What came since the last blank line: how many bytes of whole lines, and whether an event has begun among them. */
export class Block {
  bytes = 0;
  hasField = false;
  #last = 0;

  /** The next byte is the LF of the CRLF that ended the last block: it belongs to that one. */
  ignoresFirst(bytes: Uint8Array): boolean {
    return this.bytes === 0 && completesCrlf(this.#last, bytes);
  }

  /** Takes note of lines that were parsed, given as bytes and as text. */
  add(lines: Uint8Array, text: string): void {
    const start = completesCrlf(this.#last, lines) ? 1 : 0;
    this.#last = lines[lines.length - 1]!;
    // In a large block, most chunks have no blank line: text finds that out faster.
    const end = this.hasField && isWithin(text) ? -1 : endOfLastBlankLine(lines, start);
    if (end < 0) this.bytes += lines.length - (this.bytes === 0 ? start : 0);
    else {
      this.bytes = lines.length - end;
      this.hasField = false;
    }
    if (!this.hasField) this.hasField = hasField(lines, Math.max(start, end));
  }

  reset(): void {
    this.bytes = this.#last = 0;
    this.hasField = false;
  }
}

const blankLine = /^[\r\n]|\n[\r\n]|\r\r/;

/** Whether the lines all belong to the block they begin in. */
const isWithin = (text: string): boolean => !blankLine.test(text);
