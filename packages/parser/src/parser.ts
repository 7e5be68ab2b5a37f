import { createLineParser } from "#lines";
import { EmptyBlocks } from "./empty.ts";
import { ParseError } from "./errors.ts";
import {
  endOfBlocks,
  endOfBlocksInText,
  endOfCharacters,
  endOfFirstLine,
  endOfLines,
  endsWithBlankLine,
  withoutByteOrderMark,
} from "./lines-in-bytes.ts";
import { Waiting } from "./waiting.ts";
import { resolve, type Parser, type ParserOptions } from "./options.ts";

/** A longer unfinished line is decoded at once: copying it would cost more than waiting saves. */
const longLine = 1024;

/**
 * Creates a parser for one event stream after another: bytes in any cut → events, in order, each delivered as soon as
 * it is complete.
 *
 * Errors: `TypeError` for invalid options, here; see {@link Parser.push} for bad input
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export const createParser = (options: ParserOptions): Parser => new ExactParser(options);

/** A class, not a closure: each feed has one, and a separate function for each method would cost a kilobyte. */
class ExactParser implements Parser {
  readonly #onError: ParserOptions["onError"];
  readonly #maxEventBytes: number;
  #lastEventId: string;
  // A U+FEFF is left in place: only the parser knows whether the stream is at its start.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #empty: EmptyBlocks | undefined;
  readonly #waiting = new Waiting();
  readonly #lines: ReturnType<typeof createLineParser>;
  /** The parsed input since the last blank line: its bytes, and whether it has a complete line and a field. */
  #blockBytes = 0;
  #blockHasLine = false;
  #blockHasField = false;
  /** Whether the parsed input ends with a CR, or within a line. */
  #afterCR = false;
  #midLine = false;
  #atStart = true;
  /** A high surrogate at the end of pushed text waits for its other half. */
  #surrogate = "";
  #thrown: { readonly error: unknown } | undefined;
  #pushing = false;
  /** Until the next reset(). */
  #ignoring = false;
  /** Set by a reset() inside a callback and by input too large: the rest of the chunk is not delivered. */
  #muted = false;

  constructor(options: ParserOptions) {
    const { onEvent, onRetry, onComment, onId, onError, maxEventBytes, ...others } =
      resolve(options);
    const { dispatchEmpty, emptyType } = others;
    this.#onError = onError;
    this.#maxEventBytes = maxEventBytes;
    this.#lastEventId = others.lastEventId;
    this.#empty = dispatchEmpty || emptyType ? new EmptyBlocks(emptyType) : undefined;
    this.#lines = createLineParser({
      // As #call() does, but inline: another call for every event would be noticeable.
      onEvent: ({ event: type = "message", data, id }) => {
        if (this.#muted) return;
        const lastEventId = this.#lastEventId;
        try {
          onEvent(id === undefined ? { type, data, lastEventId } : { type, data, lastEventId, id });
        } catch (error) {
          this.#thrown ??= { error };
        }
      },
      onId: (id) => {
        if (this.#muted) return;
        this.#lastEventId = id;
        this.#call(onId, id);
      },
      onRetry: onRetry && ((ms) => this.#call(onRetry, ms)),
      onComment: onComment && ((text) => this.#call(onComment, text)),
    });
    this.#begin();
  }

  get lastEventId(): string {
    return this.#lastEventId;
  }

  get leftover(): boolean {
    return (
      this.#blockHasField || hasField(this.#decoder.decode(this.#waiting.bytes), this.#midLine)
    );
  }

  push(chunk: Uint8Array | string): void {
    if (this.#pushing) {
      throw new TypeError("push() was called inside a callback of the same parser: push after it.");
    }
    const bytes = this.#bytesOf(chunk);
    if (this.#ignoring) return;
    this.#pushing = true;
    this.#take(bytes);
    this.#pushing = false;
    if (this.#muted) this.#begin();
    const failed = this.#thrown;
    this.#thrown = undefined;
    if (failed) throw failed.error;
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

  #call<T>(callback: ((value: T) => void) | undefined, value: T): void {
    if (this.#muted) return;
    try {
      callback?.(value);
    } catch (error) {
      this.#thrown ??= { error };
    }
  }

  #beginBlock(): void {
    this.#blockBytes = 0;
    this.#blockHasLine = this.#blockHasField = this.#midLine = false;
  }

  #begin(): void {
    this.#beginBlock();
    this.#muted = this.#afterCR = false;
    this.#atStart = true;
    this.#surrogate = "";
    this.#waiting.clear();
    this.#empty?.reset();
    this.#lines.reset();
    // The line parser would remove a byte order mark of its own, also in the form of the characters ï»¿. The stream's
    // mark is removed here, so the line parser gets an artificial one, and data after it is kept.
    this.#lines.feed("\uFEFF");
  }

  #take(chunk: Uint8Array): void {
    while (chunk.length > 0 && !this.#muted) {
      let end: number;
      const secondHalf = this.#afterCR && chunk[0] === 10;
      this.#afterCR = false;
      if (secondHalf) {
        // The LF of a CRLF that was cut. The bytes of a block end with the CR.
        this.#lines.feed("\n");
        if (this.#blockBytes > 0 && ++this.#blockBytes > this.#maxEventBytes)
          return this.#tooLarge();
        end = 1;
      } else if (chunk.length > this.#maxEventBytes - this.#blockBytes - this.#waiting.length) {
        chunk = this.#waiting.before(chunk, chunk.length);
        const fitting = chunk.subarray(0, this.#maxEventBytes - this.#blockBytes);
        end = endOfBlocks(fitting, this.#midLine);
        this.#parse(fitting.subarray(0, end || endOfLines(fitting, longLine)));
        if (end === 0) return this.#tooLarge();
      } else {
        // The continuation of a line that is already being decoded is decoded at once.
        const long = this.#midLine ? 64 : longLine;
        end = endOfLines(chunk, long);
        if (end === 0 && this.#waiting.length + chunk.length > long) end = endOfCharacters(chunk);
        if (end === 0) return this.#waiting.add(chunk);
        // Copying a few bytes is faster than parsing twice.
        if (this.#waiting.length > 0 && end > longLine) {
          const first = chunk.subarray(0, longLine);
          end = endOfFirstLine(first) || endOfCharacters(first);
        }
        this.#parse(this.#waiting.before(chunk, end));
      }
      if (end === chunk.length) return;
      chunk = chunk.subarray(end);
    }
  }

  #parse(bytes: Uint8Array): void {
    if (this.#atStart && bytes.length > 0) {
      this.#atStart = false;
      bytes = withoutByteOrderMark(bytes);
    }
    const text = this.#decoder.decode(bytes);
    this.#lines.feed(this.#empty ? this.#empty.fill(text, this.#midLine) : text);
    if (endsWithBlankLine(bytes)) return this.#beginBlock();
    const hasCR = text.includes("\r");
    if (!hasCR && !text.includes("\n")) {
      // The usual case in a long line.
      this.#blockBytes += bytes.length;
      this.#blockHasField ||= hasField(text.slice(0, 2), this.#midLine);
      this.#midLine ||= text !== "";
      return;
    }
    const isAscii = text.length === bytes.length;
    let end = hasCR ? 1 : endOfBlocksInText(text, this.#midLine);
    if (end > 0 && (hasCR || !isAscii)) end = endOfBlocks(bytes, this.#midLine, hasCR);
    if (end > 0) this.#beginBlock();
    const sliced = end === 0 || isAscii;
    const rest = sliced ? text.slice(end) : this.#decoder.decode(bytes.subarray(end));
    this.#blockBytes += bytes.length - end;
    this.#blockHasField ||= hasField(rest, this.#midLine);
    this.#blockHasLine ||= rest.includes("\n") || (hasCR && rest.includes("\r"));
    const last = text.at(-1);
    this.#afterCR = last === "\r";
    this.#midLine = !this.#afterCR && last !== "\n";
  }

  #tooLarge(): void {
    if (this.#muted) return;
    const error = new ParseError(this.#blockHasLine ? "event" : "line", this.#maxEventBytes);
    this.#ignoring = true;
    // It is thrown before the error of a callback, since nothing else would report that input is ignored from now on.
    if (this.#onError) this.#call(this.#onError, error);
    else this.#thrown = { error };
    this.#muted = true;
  }

  /** The chunk as bytes: text as its UTF-8, except a high surrogate at its end. */
  #bytesOf(chunk: Uint8Array | string): Uint8Array {
    if (typeof chunk === "string") {
      const text = this.#surrogate + chunk;
      const cut = /[\uD800-\uDBFF]/.test(text.slice(-1)) ? text.length - 1 : text.length;
      this.#surrogate = text.slice(cut);
      return new TextEncoder().encode(text.slice(0, cut));
    }
    // By its properties: bytes of another realm, such as jsdom's, are not instances of our classes.
    if (!ArrayBuffer.isView(chunk)) {
      throw new TypeError(
        "push() takes a Uint8Array or a string: new Uint8Array(buffer) makes one of an ArrayBuffer.",
      );
    }
    if (this.#surrogate !== "" && chunk.byteLength > 0) {
      // Its other half cannot arrive any more. Alone it encodes as U+FFFD.
      this.#waiting.add(new TextEncoder().encode(this.#surrogate));
      this.#surrogate = "";
    }
    const { buffer, byteOffset, byteLength } = chunk as ArrayBufferView;
    return chunk instanceof Uint8Array ? chunk : new Uint8Array(buffer, byteOffset, byteLength);
  }
}

/** Whether one of the lines that begin in the text is a field, neither blank nor a comment. */
const hasField = (text: string, midLine: boolean): boolean =>
  (midLine ? /[\r\n][^:\r\n]/ : /(^\uFEFF?|[\r\n])[^:\r\n\uFEFF]/).test(text);
