import type { LineParser, LineParserConfig } from "./line-parser.ts";

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
export function createLineParser(config: LineParserConfig): PageLineParser {
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

  function endBlock(value = data): void {
    const filled = dispatchEmpty ? (event ?? id) : event === emptyType ? event : undefined;
    if (filled !== undefined) value ??= "";
    const type = event || undefined;
    const ownId = id;
    beginBlock();
    if (ownId !== undefined) onId(ownId);
    if (value !== undefined && isFeeding) onEvent(value, type, ownId);
  }

  /** Takes the line at this place of the text. */
  function endLine(text: string, start: number, end: number): void {
    if (start === end) return endBlock();
    blockLength += end - start + 1;
    let colon = start;
    // No field has a longer name.
    while (colon < end && colon < start + 6 && text.charCodeAt(colon) !== 58) colon++;
    const name = text.slice(start, colon);
    const value = text.slice(colon + (text.charCodeAt(colon + 1) === 32 ? 2 : 1), end);
    if (!name) return onComment?.(value);
    hasField = true;
    if (name === "data") data = data === undefined ? value : `${data}\n${value}`;
    else if (name === "event") event = value;
    else if (name === "id") id = value.includes("\0") ? id : value;
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
        if (line) {
          const whole = line + text.slice(start, end);
          line = "";
          endLine(whole, 0, whole.length);
        } else if (
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
          if (blockLength) endBlock(value);
          else onEvent(value);
        } else endLine(text, start, end);
      }
      if (isFeeding) line += text.slice(start);
      return blockLength + line.length;
    },
  };
}
