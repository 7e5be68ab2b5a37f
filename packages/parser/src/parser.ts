import { createLineParser } from "#lines";
import { Block } from "./block.ts";
import {
  endOfFirstLine,
  endOfLastBlankLine,
  endOfLastLine,
  endsWithBlankLine,
  hasField,
  range,
  withoutByteOrderMark,
} from "./bytes.ts";
import { EmptyBlocks } from "./empty.ts";
import { ParseError } from "./errors.ts";
import { UnfinishedLine } from "./line.ts";
import { resolve, type ParserOptions, type ResolvedOptions } from "./options.ts";

export interface Parser {
  /**
   * Takes the next bytes of the stream (or text, as if it were encoded), cut anywhere, and delivers what they complete.
   *
   * Errors: a callback that throws does not stop the rest of the chunk; `push` throws its error at the end.
   *         Input over `maxEventBytes` goes to `onError`, or is thrown when there is none; what came before
   *         it was delivered, and everything after it is ignored until {@link Parser.reset}.
   */
  push(chunk: Uint8Array | string): void;
  /** The stream is over: an unfinished event is dropped, and input is ignored until {@link Parser.reset}. */
  end(): void;
  /**
   * Makes ready for another stream: all is forgotten but `lastEventId`. Inside a callback nothing more is
   * delivered from the chunk at hand.
   */
  reset(): void;
  /** The standard's last event ID string: moved by each block with an `id` field when its blank line comes. */
  readonly lastEventId: string;
  /** Whether bytes of an event wait for its blank line: when the stream ends now, they are lost. Comments do not count. */
  readonly leftover: boolean;
}

/**
 * Creates a parser for one event stream after another: bytes in any cut → events, in order, each delivered
 * with the byte that completes it.
 *
 * Errors: `TypeError` for options that can't work, here; see {@link Parser.push} for bad input
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function createParser(options: ParserOptions): Parser {
  return new EventParser(options);
}

class EventParser implements Parser {
  lastEventId: string;
  readonly #options: ResolvedOptions;
  // A U+FEFF is left in place: only the parser knows whether the stream is at its start.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #line = new UnfinishedLine();
  readonly #block = new Block();
  readonly #empty: EmptyBlocks | undefined;
  readonly #lines: ReturnType<typeof createLineParser>;
  /** Until the next reset(). */
  #ignoring = false;
  #atStart = true;
  /** A high surrogate at the end of pushed text waits for its other half. */
  #surrogate = "";
  #thrown: { readonly error: unknown } | undefined;
  #pushing = false;
  /** Set by a reset() inside a callback and by input too large: the rest of the chunk is not delivered. */
  #muted = false;

  constructor(options: ParserOptions) {
    this.#options = resolve(options);
    this.lastEventId = this.#options.lastEventId;
    const { onEvent, onRetry, onComment, onId, dispatchEmpty } = this.#options;
    this.#empty = dispatchEmpty ? new EmptyBlocks() : undefined;
    this.#lines = createLineParser({
      // As #call() does, but in place: a call more for every event would be felt.
      onEvent: ({ event: type = "message", data, id }) => {
        if (this.#muted) return;
        const { lastEventId } = this;
        try {
          onEvent(id === undefined ? { type, data, lastEventId } : { type, data, lastEventId, id });
        } catch (error) {
          this.#thrown ??= { error };
        }
      },
      onId: (id) => {
        if (this.#muted) return;
        this.lastEventId = id;
        if (onId) this.#call(onId, id);
      },
      ...(onRetry && { onRetry: (ms: number) => this.#call(onRetry, ms) }),
      ...(onComment && { onComment: (text: string) => this.#call(onComment, text) }),
    });
    this.#begin();
  }

  push(chunk: Uint8Array | string): void {
    if (this.#pushing) {
      throw new TypeError("push() was called inside a callback of the same parser: push after it.");
    }
    const bytes = this.#encode(chunk);
    if (this.#ignoring) return;
    this.#pushing = true;
    try {
      const room = this.#options.maxEventBytes - this.#block.bytes - this.#line.length;
      if (bytes.length > room) this.#fit(bytes);
      // The short way for most chunks: one or more whole events.
      else if (this.#line.length === 0 && endsWithBlankLine(bytes)) this.parse(bytes);
      else this.take(bytes);
    } finally {
      this.#pushing = false;
    }
    if (this.#muted) this.#begin();
    const thrown = this.#thrown;
    this.#thrown = undefined;
    if (thrown) throw thrown.error;
  }

  get leftover(): boolean {
    if (this.#block.hasField) return true;
    const { bytes } = this.#line;
    return hasField(this.#atStart ? withoutByteOrderMark(bytes) : bytes, 0);
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

  // take and parse are no private methods: engines inline none of those, and these run for every chunk.

  /** Parses the lines that the chunk completes, and keeps the rest. */
  take(chunk: Uint8Array): void {
    const line = this.#line;
    const end = endOfLastLine(chunk, this.#decoder);
    let from = 0;
    if (end > 0 && line.length > 0) {
      // To copy a few bytes is faster than to parse twice.
      from = end < 1024 ? end : endOfFirstLine(chunk);
      line.add(chunk, 0, from);
      this.parse(line.take());
    }
    if (from < end) this.parse(range(chunk, from, end));
    line.add(chunk, end, chunk.length);
  }

  parse(lines: Uint8Array): void {
    if (this.#muted) return;
    const rest = this.#atStart ? withoutByteOrderMark(lines) : lines;
    this.#atStart = false;
    const text = this.#decoder.decode(rest);
    this.#lines.feed(this.#empty ? this.#empty.fill(text) : text);
    if (endsWithBlankLine(rest)) this.#block.reset();
    else this.#block.add(rest, text);
  }

  /** Parses a chunk of which all together may be too large: up to the last block that is not. */
  #fit(chunk: Uint8Array): void {
    this.#line.add(chunk, 0, chunk.length);
    let rest = this.#line.take();
    while (!this.#muted) {
      if (this.#block.ignoresFirst(rest)) {
        this.parse(rest.subarray(0, 1));
        rest = rest.subarray(1);
      }
      const room = this.#options.maxEventBytes - this.#block.bytes;
      if (rest.length <= room) return this.take(rest);
      const fitting = rest.subarray(0, room);
      const end = endOfLastBlankLine(fitting, 0);
      if (end > 0) this.parse(rest.subarray(0, end));
      else {
        this.parse(fitting.subarray(0, endOfLastLine(fitting, this.#decoder)));
        return this.#tooLarge();
      }
      rest = rest.subarray(end);
    }
  }

  #begin(): void {
    this.#muted = false;
    this.#atStart = true;
    this.#surrogate = "";
    this.#line.reset();
    this.#block.reset();
    this.#empty?.reset();
    this.#lines.reset();
    // The line parser takes a byte order mark of its own, also in the form of the characters ï»¿. The
    // stream's is taken here, so it gets one: what follows is data.
    this.#lines.feed("\uFEFF");
  }

  #call<T>(callback: (value: T) => void, value: T): void {
    if (this.#muted) return;
    try {
      callback(value);
    } catch (error) {
      this.#thrown ??= { error };
    }
  }

  #tooLarge(): void {
    if (this.#muted) return;
    const what = this.#block.bytes > 0 ? "event" : "line";
    const error = new ParseError(what, this.#options.maxEventBytes);
    this.#ignoring = true;
    if (this.#options.onError) this.#call(this.#options.onError, error);
    // It goes before what a callback threw: nothing else would say that input is ignored from now on.
    else this.#thrown = { error };
    // Nobody needs what it holds any more, whenever the reset() comes.
    this.#muted = true;
  }

  /** The chunk as bytes: text as its UTF-8, but for a high surrogate at its end. */
  #encode(chunk: Uint8Array | ArrayBufferView | string): Uint8Array {
    if (typeof chunk === "string") {
      const text = this.#surrogate + chunk;
      const last = text.charCodeAt(text.length - 1);
      const cut = last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length;
      this.#surrogate = text.slice(cut);
      return new TextEncoder().encode(text.slice(0, cut));
    }
    // By what it is: bytes of another realm, such as jsdom's, are no instances of ours.
    if (!ArrayBuffer.isView(chunk)) {
      throw new TypeError(
        "push() takes a Uint8Array or a string: new Uint8Array(buffer) makes one of an ArrayBuffer.",
      );
    }
    if (this.#surrogate !== "" && chunk.byteLength > 0) {
      // Its other half cannot come any more. Alone it encodes as U+FFFD.
      this.#line.add(replacement, 0, 3);
      this.#surrogate = "";
    }
    return chunk instanceof Uint8Array
      ? chunk
      : new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
}

/** U+FFFD in UTF-8. */
const replacement = Uint8Array.of(0xef, 0xbf, 0xbd);
