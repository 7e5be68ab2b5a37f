import { createParser as createLineParser } from "eventsource-parser";
import { Block, endsWithBlankLine } from "./block.ts";
import { EmptyBlocks } from "./empty.ts";
import { ParseError } from "./errors.ts";
import { resolve, type ParserOptions, type ResolvedOptions } from "./options.ts";
import { Tail } from "./tail.ts";
import { Utf8Decoder } from "./utf8.ts";

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
  readonly #utf8 = new Utf8Decoder();
  readonly #tail = new Tail();
  readonly #block: Block;
  readonly #empty: EmptyBlocks | undefined;
  readonly #lines: ReturnType<typeof createLineParser>;
  #state: "open" | "ignoring" = "open";
  #atStart = true;
  /** A high surrogate at the end of pushed text waits for its other half. */
  #surrogate = "";
  #endedEvent = false;
  #thrown: { readonly error: unknown } | undefined;
  #pushing = false;
  /** Set by a reset() inside a callback and by input too large: the rest of the chunk is not delivered. */
  #muted = false;

  constructor(options: ParserOptions) {
    this.#options = resolve(options);
    this.lastEventId = this.#options.lastEventId;
    this.#block = new Block(this.#options.maxEventBytes);
    const { onEvent, onRetry, onComment, onId, dispatchEmpty } = this.#options;
    this.#empty = dispatchEmpty ? new EmptyBlocks() : undefined;
    this.#lines = createLineParser({
      // As #call() does, but in place: a call more for every event would be felt.
      onEvent: ({ event: type = "message", data, id }) => {
        this.#endedEvent = true;
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
    this.#pushing = true;
    try {
      // The short way for most of all chunks: one or more whole events.
      if (this.#tail.isEmpty && endsWithBlankLine(bytes)) this.consume(bytes);
      else this.take(bytes);
    } finally {
      this.#pushing = false;
    }
    if (this.#muted) this.#begin();
    const thrown = this.#thrown;
    this.#thrown = undefined;
    if (thrown) throw thrown.error;
  }

  end(): void {
    this.reset();
    this.#state = "ignoring";
  }

  reset(): void {
    this.#state = "open";
    if (this.#pushing) this.#muted = true;
    else this.#begin();
  }

  // take, consume and parse are no private methods: engines inline none of those, and these run for every chunk.

  take(chunk: Uint8Array): void {
    const tail = this.#tail;
    const end = tail.startIn(chunk, this.#block.room);
    const joined = tail.joins(chunk, end);
    if (joined > 0) this.consume(tail.join(chunk, joined));
    if (joined < end) this.consume(range(chunk, joined, end));
    if (this.#state === "open" && !this.#muted) tail.keep(chunk, end);
  }

  consume(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length;) {
      if (this.#state !== "open" || this.#muted) return;
      const rest = range(chunk, from, chunk.length);
      const length = this.#block.fits(rest);
      if (length === 0) this.#tooLarge();
      else this.parse(range(rest, 0, length));
      from += length;
    }
  }

  #begin(): void {
    this.#muted = false;
    this.#atStart = true;
    this.#surrogate = "";
    this.#tail.reset();
    this.#utf8.reset();
    this.#empty?.reset();
    this.#block.reset();
    this.#lines.reset();
    // The line parser takes one byte order mark of its own, also in the form of the characters ï»¿. The
    // stream's is taken here, so it gets one: what follows is data.
    this.#lines.feed("\uFEFF");
  }

  parse(chunk: Uint8Array): void {
    const text = this.#utf8.decode(chunk);
    this.#endedEvent = false;
    const plain = this.#atStart ? this.#withoutByteOrderMark(text) : text;
    this.#lines.feed(this.#empty ? this.#empty.fill(plain) : plain);
    this.#block.add(chunk, text, this.#utf8.unfinished, this.#endedEvent);
  }

  /** [spec] The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any. */
  #withoutByteOrderMark(text: string): string {
    if (text === "") return text;
    this.#atStart = false;
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
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
    const error = new ParseError(this.#block.kind, this.#options.maxEventBytes);
    this.#state = "ignoring";
    if (this.#options.onError) this.#call(this.#options.onError, error);
    // It goes before what a callback threw: nothing else would say that input is ignored from now on.
    else this.#thrown = { error };
    // Nobody needs what it holds any more, whenever the reset() comes.
    this.#muted = true;
  }

  /** The chunk as bytes: text as its UTF-8, but for a high surrogate at its end. */
  #encode(chunk: Uint8Array | string): Uint8Array {
    if (typeof chunk === "string") {
      const text = this.#surrogate + chunk;
      const last = text.charCodeAt(text.length - 1);
      const cut = last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length;
      this.#surrogate = text.slice(cut);
      return new TextEncoder().encode(text.slice(0, cut));
    }
    if (!(chunk instanceof Uint8Array)) {
      throw new TypeError(
        "push() takes a Uint8Array or a string: new Uint8Array(buffer) makes one.",
      );
    }
    if (this.#surrogate === "" || chunk.length === 0) return chunk;
    // Its other half cannot come any more. Alone it encodes as U+FFFD.
    const alone = new TextEncoder().encode(this.#surrogate);
    this.#surrogate = "";
    const bytes = new Uint8Array(alone.length + chunk.length);
    bytes.set(alone);
    bytes.set(chunk, alone.length);
    return bytes;
  }
}

/** A view costs more than a small event: the whole chunk needs none. */
const range = (chunk: Uint8Array, from: number, to: number): Uint8Array =>
  from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to);
