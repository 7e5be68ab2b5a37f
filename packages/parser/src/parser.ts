import { createLineParser } from "#lines";
import { EmptyBlocks } from "./empty.ts";
import { ParseError } from "./errors.ts";
import {
  endOfBlocks,
  endOfCharacters,
  endOfFirstLine,
  endOfLines,
  endsWithBlankLine,
  withoutByteOrderMark,
} from "./lines-in-bytes.ts";
import { Waiting } from "./waiting.ts";
import { resolve, type ParserOptions } from "./options.ts";

/** A longer beginning of a line does not wait for its end: to copy it would cost more than it saves. */
const longLine = 1024;

/** A parser: bytes in any cut to events, in order. */
export interface Parser {
  /**
   * Takes the next bytes of the stream (or text, as if it were encoded), cut anywhere, and delivers what they complete.
   *
   * Errors: a callback that throws does not stop the rest of the chunk; `push` throws its error at the end.
   *         Input over `maxEventBytes` goes to `onError`, or is thrown when there is none; what came before
   *         it was delivered, and everything after it is ignored until {@link Parser.reset}.
   */
  push(chunk: Uint8Array | string): void;
  /** The stream has ended: an unfinished event is dropped, and input is ignored until {@link Parser.reset}. */
  end(): void;
  /** Makes ready for another stream: all is forgotten but `lastEventId`. Nothing more of the current chunk is delivered. */
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
  const { onEvent, onRetry, onComment, onId, onError, maxEventBytes, ...others } = resolve(options);
  let { lastEventId } = others;
  // A U+FEFF is left in place: only the parser knows whether the stream is at its start.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const encoder = new TextEncoder();
  const { dispatchEmpty, emptyType } = others;
  const empty = dispatchEmpty || emptyType ? new EmptyBlocks(emptyType) : undefined;
  const waiting = new Waiting();
  /** What was parsed since the last blank line: its bytes, and whether a line and a field are among them. */
  let blockBytes = 0;
  let blockHasLine = false;
  let blockHasField = false;
  /** What was parsed ends with a CR, or within a line. */
  let afterCR = false;
  let midLine = false;
  let atStart = true;
  /** A high surrogate at the end of pushed text waits for its other half. */
  let surrogate = "";
  let thrown: { readonly error: unknown } | undefined;
  let pushing = false;
  /** Until the next reset(). */
  let ignoring = false;
  /** Set by a reset() inside a callback and by input too large: the rest of the chunk is not delivered. */
  let muted = false;

  const lines = createLineParser({
    // As call() does, but in place: a call more for every event would be felt.
    onEvent: ({ event: type = "message", data, id }) => {
      if (muted) return;
      try {
        onEvent(id === undefined ? { type, data, lastEventId } : { type, data, lastEventId, id });
      } catch (error) {
        thrown ??= { error };
      }
    },
    onId(id) {
      if (muted) return;
      lastEventId = id;
      call(onId, id);
    },
    onRetry: (ms) => call(onRetry, ms),
    onComment: onComment && ((text) => call(onComment, text)),
  });

  function call<T>(callback: ((value: T) => void) | undefined, value: T): void {
    if (muted) return;
    try {
      callback?.(value);
    } catch (error) {
      thrown ??= { error };
    }
  }

  function begin(): void {
    muted = afterCR = midLine = blockHasLine = blockHasField = false;
    atStart = true;
    surrogate = "";
    blockBytes = 0;
    waiting.clear();
    empty?.reset();
    lines.reset();
    // The line parser takes a byte order mark of its own, also in the form of the characters ï»¿. The
    // stream's is taken here, so it gets one: what follows is data.
    lines.feed("\uFEFF");
  }

  function take(chunk: Uint8Array): void {
    while (chunk.length > 0 && !muted) {
      let end: number;
      const secondHalf = afterCR && chunk[0] === 10;
      afterCR = false;
      if (secondHalf) {
        // The other half of a CRLF. The bytes of a block end with the CR.
        lines.feed("\n");
        if (blockBytes > 0 && ++blockBytes > maxEventBytes) return tooLarge();
        end = 1;
      } else if (chunk.length > maxEventBytes - blockBytes - waiting.length) {
        chunk = waiting.before(chunk, chunk.length);
        const fitting = chunk.subarray(0, maxEventBytes - blockBytes);
        end = endOfBlocks(fitting, midLine);
        parse(fitting.subarray(0, end || endOfLines(fitting, longLine)));
        if (end === 0) return tooLarge();
      } else {
        // What continues a line that did not wait is worth a decoding sooner.
        const long = midLine ? 64 : longLine;
        end = endOfLines(chunk, long);
        if (end === 0 && waiting.length + chunk.length > long) end = endOfCharacters(chunk);
        if (end === 0) return waiting.add(chunk);
        // To copy a few bytes is faster than to parse twice.
        if (waiting.length > 0 && end > longLine) {
          const first = chunk.subarray(0, longLine);
          end = endOfFirstLine(first) || endOfCharacters(first);
        }
        parse(waiting.before(chunk, end));
      }
      if (end === chunk.length) return;
      chunk = chunk.subarray(end);
    }
  }

  function parse(bytes: Uint8Array): void {
    if (atStart && bytes.length > 0) {
      atStart = false;
      bytes = withoutByteOrderMark(bytes);
    }
    const text = decoder.decode(bytes);
    lines.feed(empty ? empty.fill(text, midLine) : text);
    if (endsWithBlankLine(bytes)) {
      blockBytes = 0;
      blockHasLine = blockHasField = midLine = false;
      return;
    }
    // Text finds out faster whether it is worth to look.
    const hasCR = text.includes("\r");
    const mayEnd = hasCR || text.startsWith("\n") || text.includes("\n\n");
    const end = mayEnd ? endOfBlocks(bytes, midLine, hasCR) : 0;
    if (end > 0) {
      blockBytes = 0;
      blockHasLine = blockHasField = midLine = false;
    }
    const isSliced = text.length === bytes.length;
    const rest = isSliced ? text.slice(end) : decoder.decode(bytes.subarray(end));
    blockBytes += bytes.length - end;
    blockHasField ||= hasField(rest, midLine);
    blockHasLine ||= rest.includes("\n") || rest.includes("\r");
    const last = text.at(-1);
    afterCR = last === "\r";
    midLine = !afterCR && last !== "\n";
  }

  function tooLarge(): void {
    if (muted) return;
    const error = new ParseError(blockHasLine ? "event" : "line", maxEventBytes);
    ignoring = true;
    // It goes before what a callback threw: nothing else would say that input is ignored from now on.
    if (onError) call(onError, error);
    else thrown = { error };
    muted = true;
  }

  /** The chunk as bytes: text as its UTF-8, but for a high surrogate at its end. */
  function bytesOf(chunk: Uint8Array | string): Uint8Array {
    if (typeof chunk === "string") {
      const text = surrogate + chunk;
      const cut = /[\uD800-\uDBFF]/.test(text.slice(-1)) ? text.length - 1 : text.length;
      surrogate = text.slice(cut);
      return encoder.encode(text.slice(0, cut));
    }
    // By what it is: bytes of another realm, such as jsdom's, are no instances of ours.
    if (!ArrayBuffer.isView(chunk)) {
      throw new TypeError(
        "push() takes a Uint8Array or a string: new Uint8Array(buffer) makes one of an ArrayBuffer.",
      );
    }
    if (surrogate !== "" && chunk.byteLength > 0) {
      // Its other half cannot come any more. Alone it encodes as U+FFFD.
      waiting.add(encoder.encode(surrogate));
      surrogate = "";
    }
    const { buffer, byteOffset, byteLength } = chunk as ArrayBufferView;
    return chunk instanceof Uint8Array ? chunk : new Uint8Array(buffer, byteOffset, byteLength);
  }

  begin();
  return {
    get lastEventId() {
      return lastEventId;
    },
    get leftover() {
      return blockHasField || hasField(decoder.decode(waiting.bytes), midLine);
    },
    push(chunk) {
      if (pushing) {
        throw new TypeError(
          "push() was called inside a callback of the same parser: push after it.",
        );
      }
      const bytes = bytesOf(chunk);
      if (ignoring) return;
      pushing = true;
      take(bytes);
      pushing = false;
      if (muted) begin();
      const failed = thrown;
      thrown = undefined;
      if (failed) throw failed.error;
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

/** Whether one of the lines that begin in the text is a field: neither blank nor a comment. */
const hasField = (text: string, midLine: boolean): boolean =>
  (midLine ? /[\r\n][^:\r\n]/ : /(^\uFEFF?|[\r\n])[^:\r\n\uFEFF]/).test(text);
