import type { LineParserConfig } from "./line-parser.ts";

const LF = 10;
const SPACE = 32;
const COLON = 58;
/** The end of a shorter line is found by a loop in less time than by a call. */
const shortLine = 16;

/**
 * Delivers the plain blocks from `start` on, and returns where the first other one starts. A plain block has one line of
 * data, with at most an id and then an event type before it. Most streams have no others.
 *
 * @param text Complete lines that end with LF.
 * @param bytes The same text, one byte for each character: reading bytes takes less time than reading characters.
 */
export function deliverPlain(
  text: string,
  bytes: Uint8Array,
  start: number,
  { onEvent, onId }: LineParserConfig,
): number {
  let isShort = false;
  for (;;) {
    let id: string | undefined;
    let type: string | undefined;
    let from = start;
    let end = start;
    if (bytes[from] === 105 && bytes[from + 1] === 100 && bytes[from + 2] === COLON) {
      // [spec] An id with a NUL is ignored.
      while (bytes[end] !== LF) if (!bytes[end++]) return start;
      id = text.slice(bytes[from + 3] === SPACE ? from + 4 : from + 3, end);
      from = ++end;
    }
    if (
      bytes[from] === 101 &&
      bytes[from + 1] === 118 &&
      bytes[from + 2] === 101 &&
      bytes[from + 3] === 110 &&
      bytes[from + 4] === 116 &&
      bytes[from + 5] === COLON
    ) {
      end = text.indexOf("\n", from);
      type = text.slice(bytes[from + 6] === SPACE ? from + 7 : from + 6, end);
      from = ++end;
    }
    const isData =
      bytes[from] === 100 &&
      bytes[from + 1] === 97 &&
      bytes[from + 2] === 116 &&
      bytes[from + 3] === 97 &&
      bytes[from + 4] === COLON;
    if (!isData) return start;
    if (isShort) while (bytes[end] !== LF && end < from + shortLine) end++;
    if (bytes[end] !== LF) end = text.indexOf("\n", end);
    if (bytes[end + 1] !== LF) return start;
    isShort = end - from < shortLine;
    start = end + 2;
    if (id !== undefined) onId(id);
    onEvent(
      text.slice(bytes[from + 5] === SPACE ? from + 6 : from + 5, end),
      type || undefined,
      id,
    );
  }
}
