import type { StreamParser } from "../feed/http-stream.ts";

/** Takes the bytes of whole blocks. */
export interface Reader {
  /** The next events were passed on before. */
  readonly skips: boolean;
  /** How many events have come. */
  readonly events: number;
  /** A block without an event: whether it came already, just before the break. */
  repeats(block: Uint8Array): boolean;
  pass(bytes: Uint8Array): void;
}

const [LF, CR] = [10, 13];

/**
 * The parser of one connection, which passes bytes on unchanged, up to the newest blank line. A block that is cut off
 * is never passed on.
 */
export class Blocks implements StreamParser {
  /** The block that has not ended yet, in pieces. */
  rest: Uint8Array[] = [];
  readonly #parser: StreamParser;
  readonly #reader: Reader;
  #atStart: boolean;
  #ended = false;
  /** The line that has not ended yet is empty. */
  #blank = true;
  #afterCR = false;

  /** A connection that is not the first may begin with a byte order mark, which belongs at the start only. */
  constructor(parser: StreamParser, reader: Reader, isFirst: boolean) {
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
    // A copy: its owner may write over it.
    const piece = chunk.slice(start);
    this.rest.push(piece);
    this.#parser.push(piece);
  }

  end(): void {
    this.#ended = true;
    this.#parser.end();
  }

  /** The block that ends with the piece. */
  #whole(piece: Uint8Array): Uint8Array {
    const block = this.rest.length > 0 ? joined([...this.rest, piece]) : piece;
    this.rest = [];
    const hasMark = this.#atStart && block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf;
    this.#atStart = false;
    return hasMark ? block.subarray(3) : block;
  }

  /** Whether the byte ends a block. The LF of the CR that did comes with the next one. */
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

/** A copy, in one piece. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
