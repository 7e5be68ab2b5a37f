import { createLineParser } from "#lines";
import { EmptyBlocks } from "./empty.ts";
import { ParseError } from "./errors.ts";
import { defaults, type ParserOptions } from "./options.ts";
import type { Parser } from "./parser.ts";

/**
 * Creates the parser for browsers: less to load, and every stream reads the same. But it takes no text; it does not
 * check its options; a callback that throws leaves it broken; and `maxEventBytes` counts characters, at the end of each
 * chunk.
 */
export function createParser(options: ParserOptions): Parser {
  const { onEvent, onId, onRetry, onComment, onError, dispatchEmpty } = options;
  const { maxEventBytes = defaults.maxEventBytes } = options;
  let { lastEventId = "" } = options;
  const empty = dispatchEmpty ? new EmptyBlocks() : undefined;
  let decoder: TextDecoder;
  /** The line that has not ended yet. */
  let line: string;
  /** Characters of whole lines since the last blank line, and whether one of them is a field. */
  let blockLength: number;
  let blockHasField: boolean;
  let afterCR: boolean;
  let atStart: boolean;
  let pushing = false;
  /** Until the next reset(). */
  let ignoring = false;
  /** Set by a reset() inside a callback: the rest of the chunk is not delivered. */
  let muted: boolean;

  const unlessMuted =
    <T>(callback: (value: T) => void) =>
    (value: T): void => {
      if (!muted) callback(value);
    };
  const lines = createLineParser({
    onEvent: unlessMuted(({ event: type = "message", data, id }) =>
      onEvent(id === undefined ? { type, data, lastEventId } : { type, data, lastEventId, id }),
    ),
    onId: unlessMuted((id) => {
      lastEventId = id;
      onId?.(id);
    }),
    onRetry: onRetry && unlessMuted(onRetry),
    onComment: onComment && unlessMuted(onComment),
  });

  function begin(): void {
    pushing = muted = blockHasField = afterCR = false;
    atStart = true;
    line = "";
    blockLength = 0;
    decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    empty?.reset();
    lines.reset();
    // The line parser takes a byte order mark of its own, also in the form of the characters ï»¿. The stream's is taken
    // here, so it gets one: what follows is data.
    lines.feed("\uFEFF");
  }

  function take(text: string): void {
    if (afterCR && text.startsWith("\n")) {
      lines.feed("\n");
      text = text.slice(1);
    }
    afterCR = text.endsWith("\r");
    const end = endOfLines(text);
    if (end > 0) parse(line + text.slice(0, end));
    line = end > 0 ? text.slice(end) : line + text;
  }

  /** Parses text that begins and ends with a line. */
  function parse(text: string): void {
    lines.feed(empty ? empty.fill(text) : text);
    const blank = lastBlankLine(text);
    if (blank >= 0) {
      blockLength = 0;
      blockHasField = false;
    }
    const rest = text.slice(Math.max(blank, 0)).replace(/^[\r\n]+/, "");
    blockLength += rest.length;
    blockHasField ||= /(^|[\r\n])[^:\r\n]/.test(rest);
  }

  begin();
  return {
    get lastEventId() {
      return lastEventId;
    },
    get leftover() {
      return blockHasField || /^[^:]/.test(line);
    },
    push(chunk: Uint8Array) {
      if (ignoring) return;
      pushing = true;
      let text = decoder.decode(chunk, { stream: true });
      if (text !== "") {
        // Not by the decoder: Node's takes two byte order marks if the first one is cut.
        if (atStart) text = text.replace(/^\uFEFF/, "");
        atStart = false;
        take(text);
      }
      if (!muted && blockLength + line.length > maxEventBytes) {
        const error = new ParseError(blockLength > 0 ? "event" : "line", maxEventBytes);
        begin();
        ignoring = true;
        if (!onError) throw error;
        onError(error);
      }
      pushing = false;
      if (muted) begin();
    },
    end() {
      this.reset();
      ignoring = true;
    },
    reset() {
      ignoring = false;
      if (pushing) muted = true;
      else begin();
    },
  };
}

/** Where the last line that has an end ends; 0 without a line end. */
function endOfLines(text: string): number {
  const end = text.lastIndexOf("\n") + 1;
  // Only what is after it is searched for a CR: most streams have none.
  return text.includes("\r", end) ? text.lastIndexOf("\r") + 1 : end;
}

/** Where the end of the last blank line is; -1 without one. */
function lastBlankLine(text: string): number {
  const at = Math.max(
    text.lastIndexOf("\n\n"),
    ...(text.includes("\r") ? ["\n\r", "\r\r"].map((pair) => text.lastIndexOf(pair)) : []),
  );
  return at < 0 && /^[\r\n]/.test(text) ? 0 : at;
}
