import type { LineParser, LineParserConfig } from "./line-parser.ts";

/** The options of the lean parser that its lines need. */
export interface PageLineParserConfig extends LineParserConfig {
  /** Blocks with an event or an id but without data are events, with empty data. */
  readonly dispatchEmpty?: boolean | undefined;
  /** The same, for blocks of this type only. */
  readonly emptyType?: string | undefined;
}

export interface PageLineParser extends LineParser {
  /** Returns the length of the unfinished block. A `reset()` in a callback drops the rest of the text. */
  feed(text: string): number;
  /** Characters of complete lines since the last blank line. */
  readonly blockLength: number;
  /** Whether a field, complete or not, is among these and the unfinished line. */
  readonly leftover: boolean;
}

/**
 * Creates the parser of lines and fields for pages. It does the work of `eventsource-parser` in a quarter of the size,
 * and also reports the size of the unfinished block.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function createLineParser(config: PageLineParserConfig): PageLineParser {
  const { onEvent, onId, onRetry, onComment, dispatchEmpty, emptyType } = config;
  /** The unfinished line. */
  let line: string;
  /** Cleared by a `reset()` in a callback. */
  let isFeeding: boolean;
  /** Matches a beginning of the next text that is skipped: a byte order mark, or the LF of a CRLF. */
  let skipped: RegExp | undefined;
  let blockLength: number;
  let hasField: boolean;
  let data: string | undefined;
  let event: string | undefined;
  let id: string | undefined;

  function beginBlock(): void {
    blockLength = 0;
    hasField = false;
    data = event = id = undefined;
  }

  function endBlock(): void {
    const [value = "", type, ownId] = [data, event, id];
    const filled = dispatchEmpty ? (event ?? id) : event === emptyType ? event : undefined;
    const isEvent = (data ?? filled) !== undefined;
    beginBlock();
    if (ownId !== undefined) onId(ownId);
    if (isEvent && isFeeding) onEvent(value, type || undefined, ownId);
  }

  function endLine(): void {
    if (line === "") return endBlock();
    blockLength += line.length + 1;
    const colon = line.indexOf(":");
    const end = colon < 0 ? line.length : colon;
    const value = line.slice(end + (line[end + 1] === " " ? 2 : 1));
    if (end === 0) return onComment?.(value);
    hasField = true;
    const name = line.slice(0, end);
    if (name === "data") data = data?.concat("\n", value) ?? value;
    else if (name === "event") event = value;
    // [spec] An id with a NUL is ignored, and a retry that is not all digits.
    else if (name === "id" && !value.includes("\0")) id = value;
    else if (name === "retry" && /^\d+$/.test(value)) onRetry?.(Number(value));
  }

  function reset(): void {
    line = "";
    isFeeding = false;
    skipped = /^\uFEFF/;
    beginBlock();
  }

  reset();
  return {
    reset,
    get blockLength() {
      return blockLength;
    },
    get leftover() {
      return hasField || /^[^:]/.test(line);
    },
    feed(text) {
      if (text && skipped) {
        text = text.replace(skipped, "");
        skipped = undefined;
      }
      if (text.includes("\r")) {
        if (text.endsWith("\r")) skipped = /^\n/;
        text = text.replace(/\r\n?/g, "\n");
      }
      let start = 0;
      isFeeding = true;
      for (let end; (end = isFeeding ? text.indexOf("\n", start) : -1) >= 0; start = end + 1) {
        if (
          !line &&
          data === undefined &&
          text.charCodeAt(end + 1) === 10 &&
          text.charCodeAt(start) === 100 &&
          text.charCodeAt(start + 1) === 97 &&
          text.charCodeAt(start + 2) === 116 &&
          text.charCodeAt(start + 3) === 97 &&
          text.charCodeAt(start + 4) === 58
        ) {
          // Most blocks have one line of data, at their end, and nothing else.
          const value = text.slice(start + (text.charCodeAt(start + 5) === 32 ? 6 : 5), end++);
          if (blockLength) {
            data = value;
            endBlock();
          } else onEvent(value);
        } else {
          line += text.slice(start, end);
          endLine();
          line = "";
        }
      }
      if (isFeeding) line += text.slice(start);
      return blockLength + line.length;
    },
  };
}
