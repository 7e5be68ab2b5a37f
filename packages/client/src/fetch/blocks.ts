import type { StreamParser } from "../feed/http-stream.ts";

/** Receives the bytes of complete blocks. */
export interface BlockReader {
  /** True if the next events were already passed on. */
  readonly skips: boolean;
  /** The number of events so far. */
  readonly events: number;
  /** Returns `true` for a block without an event that already came, just before the break. */
  repeats(block: Uint8Array): boolean;
  pass(bytes: Uint8Array): void;
}

const [LF, CR] = [10, 13];

/**
 * The parser of one connection. It passes bytes on unchanged, up to the newest blank line. A block that is cut off is
 * never passed on.
 */
export class Blocks implements StreamParser {
  /** The incomplete block, in pieces. */
  rest: Uint8Array[] = [];
  readonly #parser: StreamParser;
  readonly #reader: BlockReader;
  #atStart: boolean;
  #ended = false;
  /** True while the current line is empty. */
  #blank = true;
  #afterCR = false;

  /**
   * A later connection may begin with a byte order mark, which is removed: it belongs only at the start of the whole
   * stream.
   */
  constructor(parser: StreamParser, reader: BlockReader, isFirst: boolean) {
    this.#parser = parser;
    this.#reader = reader;
    this.#atStart = !isFirst;
  }

  get leftover(): boolean {
    return this.#parser.leftover;
  }

  push(chunk: Uint8Array): void {
    const passes: Uint8Array[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length && !this.#ended; at++) {
      if (!this.#endsBlock(chunk[at]!)) continue;
      const piece = chunk.subarray(start, at + 1);
      start = at + 1;
      const { skips, events } = this.#reader;
      this.#parser.push(piece);
      const block = this.#whole(piece);
      const isOld = skips || (this.#reader.events === events && this.#reader.repeats(block));
      if (!isOld) passes.push(block);
    }
    if (passes.length > 0) this.#reader.pass(joined(passes));
    if (start === chunk.length) return;
    // A copy, since the chunk's owner may overwrite it.
    const piece = chunk.slice(start);
    this.rest.push(piece);
    this.#parser.push(piece);
  }

  end(): void {
    this.#ended = true;
    this.#parser.end();
  }

  /** Returns the block that ends with the piece. */
  #whole(piece: Uint8Array): Uint8Array {
    const block = this.rest.length > 0 ? joined([...this.rest, piece]) : piece;
    this.rest = [];
    const hasMark = this.#atStart && block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf;
    this.#atStart = false;
    return hasMark ? block.subarray(3) : block;
  }

  /** True if the byte ends a block. After a CR that ended one, its LF is passed on with the next block. */
  #endsBlock(byte: number): boolean {
    const isSecond = byte === LF && this.#afterCR;
    this.#afterCR = byte === CR;
    if (isSecond) return false;
    const isEnd = byte === LF || byte === CR;
    const ends = isEnd && this.#blank;
    this.#blank = isEnd;
    return ends;
  }
}

/** Copies the pieces into one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
