import { createLineParser } from "#lines";
import { Chunks } from "./chunks.ts";
import { ParseError } from "./errors.ts";
import {
  CR,
  LF,
  endOfBlocks,
  endOfFirstLine,
  endOfLines,
  withoutByteOrderMark,
} from "./lines-in-bytes.ts";
import { Waiting } from "./waiting.ts";
import { resolve, type Parser, type ParserOptions } from "./options.ts";

const none: Uint8Array = new Uint8Array(0);
/** So many bytes are copied in less time than it takes to parse twice. */
const fewBytes = 4096;

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
  readonly #chunks = new Chunks();
  readonly #waiting = new Waiting();
  readonly #lines: ReturnType<typeof createLineParser>;
  /** The parsed lines since the last blank line: their bytes, and whether one is a field. */
  #blockBytes = 0;
  #blockHasField = false;
  /** Whether the parsed input ends with a CR. */
  #afterCR = false;
  #atStart = true;
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
    this.#lines = createLineParser({
      // As #call() does, but inline: another call for every event would be noticeable.
      onEvent: (data, type = "message", id) => {
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
      dispatchEmpty,
      emptyType,
    });
    this.#begin();
  }

  get lastEventId(): string {
    return this.#lastEventId;
  }

  get leftover(): boolean {
    return this.#blockHasField || hasField(this.#waiting.start(this.#decoder));
  }

  push(chunk: Uint8Array | string): void {
    if (this.#pushing) {
      throw new TypeError("push() was called inside a callback of the same parser: push after it.");
    }
    const bytes = this.#chunks.bytesOf(chunk);
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

  #begin(): void {
    this.#blockBytes = 0;
    this.#blockHasField = this.#muted = this.#afterCR = false;
    this.#atStart = true;
    this.#chunks.clear();
    this.#waiting.clear();
    // It may have a part of a character.
    this.#decoder.decode();
    this.#lines.reset();
    // The line parser would remove a byte order mark of its own, also in the form of the characters ï»¿. The stream's
    // mark is removed here, so the line parser gets an artificial one, and data after it is kept.
    this.#lines.feed("\uFEFF");
  }

  #take(bytes: Uint8Array): void {
    const { length } = bytes;
    const isWhole = bytes[length - 1] === LF && this.#waiting.length === 0 && !this.#afterCR;
    if (isWhole && length <= this.#maxEventBytes - this.#blockBytes) this.#parse(bytes);
    else if (length > 0) this.#takePiece(bytes);
  }

  /** Takes bytes that may begin or end within a line, or exceed the limit. */
  #takePiece(bytes: Uint8Array): void {
    const waiting = this.#waiting;
    if (this.#afterCR && waiting.length === 0) bytes = this.#withoutLF(bytes);
    const before = waiting.textBytes + waiting.length;
    if (bytes.length > this.#maxEventBytes - this.#blockBytes - before)
      return this.#takeLimited(bytes, before);
    let end = endOfLines(bytes);
    if (end === 0) {
      waiting.add(bytes);
      return waiting.decode(this.#decoder);
    }
    if (waiting.length > 0) {
      if (end <= fewBytes) return this.#parseJoined(bytes, end);
      // Copying so many would take longer than parsing twice: the first line alone, then the others.
      const first = endOfFirstLine(bytes) || end;
      this.#parseJoined(bytes.subarray(0, first), first);
      bytes = bytes.subarray(first);
      end -= first;
    }
    if (end > 0) this.#parse(bytes.subarray(0, end));
    if (end < bytes.length) waiting.add(bytes.subarray(end));
  }

  /** Parses the waiting bytes and these up to `end`; the others wait. */
  #parseJoined(bytes: Uint8Array, end: number): void {
    const waiting = this.#waiting;
    const { text, textBytes } = waiting;
    end += waiting.length;
    waiting.add(bytes);
    this.#parse(waiting.first(end), text, textBytes);
    waiting.drop(end);
  }

  /** Takes the LF of a CRLF that was cut. The bytes of a block end with the CR. */
  #withoutLF(bytes: Uint8Array): Uint8Array {
    this.#afterCR = false;
    if (bytes[0] !== LF) return bytes;
    this.#lines.feed("\n");
    if (this.#blockBytes > 0) this.#blockBytes++;
    return bytes.subarray(1);
  }

  /** Takes bytes that may exceed the limit, after so many that wait. */
  #takeLimited(bytes: Uint8Array, before: number): void {
    if (before > 0) {
      const lf = endOfFirstLine(bytes);
      const cr = endOfFirstLine(bytes, CR);
      const end = Math.min(lf || cr, cr || lf);
      if (end === 0 || before + end > this.#maxEventBytes - this.#blockBytes)
        return this.#tooLarge();
      this.#parseJoined(bytes.subarray(0, end), end);
      bytes = bytes.subarray(end);
      if (this.#afterCR) bytes = this.#withoutLF(bytes);
    }
    while (bytes.length > this.#maxEventBytes - this.#blockBytes && !this.#muted) {
      const fitting = bytes.subarray(0, Math.max(0, this.#maxEventBytes - this.#blockBytes));
      const end = endOfBlocks(fitting);
      this.#parse(fitting.subarray(0, end || endOfLines(fitting)));
      if (end === 0) return this.#tooLarge();
      bytes = bytes.subarray(end);
      if (this.#afterCR) bytes = this.#withoutLF(bytes);
    }
    if (!this.#muted) this.#take(bytes);
  }

  /** Parses complete lines, of which the first may begin with text that was decoded before. */
  #parse(bytes: Uint8Array, before = "", beforeBytes = 0): void {
    if (this.#atStart && bytes.length > 0) {
      this.#atStart = false;
      if (before.startsWith("\uFEFF")) {
        before = before.slice(1);
        beforeBytes -= 3;
      } else if (before === "") bytes = withoutByteOrderMark(bytes);
    }
    const text = before + this.#decoder.decode(bytes);
    this.#lines.feed(text, beforeBytes > 0 ? none : bytes, this.#blockBytes === 0);
    const { length } = bytes;
    this.#afterCR = bytes[length - 1] === CR;
    // Usually the last line is blank.
    const isWhole = bytes[length - 1] === LF && bytes[length - 2] === LF;
    const end = isWhole ? length : endOfBlocks(bytes, text);
    if (end > 0) {
      this.#blockBytes = 0;
      this.#blockHasField = false;
    }
    if (end === length) return;
    this.#blockBytes += length - end + (end === 0 ? beforeBytes : 0);
    this.#blockHasField ||= hasField(end === 0 ? text : this.#decoder.decode(bytes.subarray(end)));
  }

  #tooLarge(): void {
    if (this.#muted) return;
    const error = new ParseError(this.#blockBytes > 0 ? "event" : "line", this.#maxEventBytes);
    this.#ignoring = true;
    // It is thrown before the error of a callback, since nothing else would report that input is ignored from now on.
    if (this.#onError) this.#call(this.#onError, error);
    else this.#thrown = { error };
    this.#muted = true;
  }
}

/** Whether one of the lines is a field, neither blank nor a comment. */
const hasField = (text: string): boolean => /(^\uFEFF?|[\r\n])[^:\r\n\uFEFF]/.test(text);
