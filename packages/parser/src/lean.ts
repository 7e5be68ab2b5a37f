import { createLineParser } from "#lines";
import { EmptyBlocks } from "./empty.ts";
import { ParseError } from "./errors.ts";
import { defaults, type ParserOptions } from "./options.ts";
import type { Parser } from "./parser.ts";

/**
 * Creates the parser for browsers: half as much to load, and every stream reads the same. But it takes no text; it does
 * not check its options; a callback that throws leaves it broken; and `maxEventBytes` counts characters, at the end of
 * each chunk.
 */
export function createParser(options: ParserOptions): Parser {
  return new LeanParser(options);
}

class LeanParser implements Parser {
  lastEventId: string;
  readonly #onError: ParserOptions["onError"];
  readonly #limit: number;
  readonly #lines: ReturnType<typeof createLineParser>;
  readonly #empty: EmptyBlocks | undefined;
  #decoder!: TextDecoder;
  #atStart!: boolean;
  /** The line that has not ended yet. */
  #line = "";
  /** Characters of whole lines since the last blank line. */
  #length = 0;
  /** One of those lines is a field. */
  #hasField = false;
  #endedWithCR = false;
  /** Until the next reset(). */
  #ignoring = false;
  #pushing = false;
  /** Set by a reset() inside a callback: the rest of the chunk is not delivered. */
  #muted = false;

  constructor(options: ParserOptions) {
    const { onEvent, onId, onRetry, onComment, dispatchEmpty } = options;
    this.#onError = options.onError;
    this.#limit = options.maxEventBytes ?? defaults.maxEventBytes;
    this.lastEventId = options.lastEventId ?? "";
    this.#empty = dispatchEmpty ? new EmptyBlocks() : undefined;
    const unlessMuted =
      <T>(callback: (value: T) => void) =>
      (value: T): void => {
        if (!this.#muted) callback(value);
      };
    this.#lines = createLineParser({
      onEvent: unlessMuted(({ event: type = "message", data, id }) => {
        const { lastEventId } = this;
        onEvent(id === undefined ? { type, data, lastEventId } : { type, data, lastEventId, id });
      }),
      onId: unlessMuted((id) => {
        this.lastEventId = id;
        onId?.(id);
      }),
      onRetry: onRetry && unlessMuted(onRetry),
      onComment: onComment && unlessMuted(onComment),
    });
    this.#begin();
  }

  get leftover(): boolean {
    return this.#hasField || /^[^:]/.test(this.#line);
  }

  push(chunk: Uint8Array): void {
    if (this.#ignoring) return;
    this.#pushing = true;
    let text = this.#decoder.decode(chunk, { stream: true });
    // Not by the decoder: Node's takes two byte order marks if the first one is cut.
    if (this.#atStart && text !== "") {
      this.#atStart = false;
      text = text.replace(/^\uFEFF/, "");
    }
    const end = endOfLastLine(text);
    if (end > 0) {
      this.#parse(this.#line + text.slice(0, end));
      this.#line = "";
    }
    this.#line += text.slice(end);
    if (!this.#muted && this.#length + this.#line.length > this.#limit) this.#tooLarge();
    this.#pushing = false;
    if (this.#muted) this.#begin();
  }

  end(): void {
    this.reset();
    this.#ignoring = true;
  }

  reset(): void {
    this.#ignoring = false;
    if (this.#pushing) this.#muted = true;
    else this.#begin();
  }

  #begin(): void {
    this.#muted = this.#hasField = this.#endedWithCR = false;
    this.#atStart = true;
    this.#decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    this.#line = "";
    this.#length = 0;
    this.#empty?.reset();
    this.#lines.reset();
    // The line parser takes a byte order mark of its own, also in the form of the characters ï»¿. The stream's is taken
    // here, so it gets one: what follows is data.
    this.#lines.feed("\uFEFF");
  }

  #parse(lines: string): void {
    this.#lines.feed(this.#empty ? this.#empty.fill(lines) : lines);
    const isBlank = /^[\r\n]/.test(lines) && !(this.#endedWithCR && lines.startsWith("\n"));
    this.#endedWithCR = lines.endsWith("\r");
    const last = lastBlankLine(lines);
    if (isBlank || last > 0) {
      this.#length = 0;
      this.#hasField = false;
    }
    const rest = lines.slice(last).replace(/^[\r\n]+/, "");
    this.#length += rest.length;
    this.#hasField ||= /(?:^|[\r\n])[^:\r\n]/.test(rest);
  }

  #tooLarge(): void {
    const what = this.#length > 0 ? "event" : "line";
    const error = new ParseError(what, this.#limit);
    this.#pushing = false;
    this.end();
    if (!this.#onError) throw error;
    this.#onError(error);
  }
}

/** Where the last line that has an end ends; 0 without a line end. */
function endOfLastLine(text: string): number {
  const end = text.lastIndexOf("\n") + 1;
  // Only what is behind it is searched for a CR: most streams have none.
  return text.includes("\r", end) ? text.lastIndexOf("\r") + 1 : end;
}

/** Where the last blank line behind another line begins; 0 without one. */
const lastBlankLine = (lines: string): number =>
  1 +
  Math.max(
    lines.lastIndexOf("\n\n"),
    ...(lines.includes("\r") ? [lines.lastIndexOf("\n\r"), lines.lastIndexOf("\r\r")] : []),
  );
