import { createParser, type EventSourceParser } from "eventsource-parser";
import { EmptyBlocks } from "./empty.ts";
import type { LineParser, LineParserConfig } from "./line-parser.ts";
import { deliverPlain } from "./plain.ts";

/**
 * Creates a parser of lines and fields: `eventsource-parser`, except for plain blocks, which it need not see.
 *
 * Errors: an `Error` if an installer has replaced our version of `eventsource-parser` by another. Version 3 would
 *         deliver events without their ids
 */
export function createLineParser(config: LineParserConfig): LineParser {
  if (!reportsIds()) {
    throw new Error(
      "@steadfeed/parser needs eventsource-parser 4, and found an older one: npm ls eventsource-parser shows the package that requires it.",
    );
  }
  return new PlainFirst(config);
}

/** A byte order mark, see {@link LineParser.feed}. */
const mark = "\uFEFF";

class PlainFirst implements LineParser {
  readonly #config: LineParserConfig;
  readonly #empty: EmptyBlocks | undefined;
  /** Parses the other blocks. Created for the first one: it takes a kilobyte, and many streams have only plain blocks. */
  #others: EventSourceParser | undefined;

  constructor(config: LineParserConfig) {
    const { dispatchEmpty, emptyType } = config;
    this.#config = config;
    this.#empty = dispatchEmpty || emptyType ? new EmptyBlocks(emptyType) : undefined;
  }

  feed(text: string, bytes?: Uint8Array, beginsBlock?: boolean): void {
    // The mark at the start of a stream waits for the parser that needs it.
    if (text === mark && !this.#others) return;
    // Without bytes it is the LF of a CRLF, and no line.
    const filled = bytes && this.#empty ? this.#empty.fill(text) : text;
    // With the same length, each character is one byte, and is at the same position in both.
    if (filled !== text || bytes?.length !== text.length || text.includes("\r"))
      return this.#feedOthers(filled);
    let start = 0;
    if (!beginsBlock) {
      start = endOfBlock(text, 0);
      this.#feedOthers(text.slice(0, start));
    }
    while (start < text.length) {
      const end = deliverPlain(text, bytes, start, this.#config);
      if (end === text.length) return;
      // After two blocks in a row that are not plain, more of them are expected.
      start = end === start ? text.length : endOfBlock(text, end);
      this.#feedOthers(text.slice(end, start));
    }
  }

  reset(): void {
    this.#empty?.reset();
    this.#others?.reset();
  }

  #feedOthers(text: string): void {
    this.#others ??= this.#makeOthers();
    this.#others.feed(text);
  }

  #makeOthers(): EventSourceParser {
    const { onEvent, onId, onRetry, onComment } = this.#config;
    const others = createParser({
      onEvent: ({ data, event, id }) => onEvent(data, event, id),
      onId,
      onRetry,
      onComment,
    });
    others.feed(mark);
    return others;
  }
}

/** The end of the first block from `from` on. */
function endOfBlock(text: string, from: number): number {
  if (text.startsWith("\n", from)) return from + 1;
  const end = text.indexOf("\n\n", from);
  return end < 0 ? text.length : end + 2;
}

/** Versions before 4 do not call `onId`, or accept a function instead of the configuration. */
function reportsIds(): boolean {
  let found = false;
  try {
    createParser({ onId: () => (found = true) }).feed("id\n\n");
  } catch {
    return false;
  }
  return found;
}
