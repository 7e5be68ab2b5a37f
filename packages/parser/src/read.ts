import type { ServerSentEvent } from "./event.ts";
import type { Parser, ParserOptions } from "./options.ts";
import { createParser } from "./parser.ts";

/** The parser options that {@link readEvents} accepts; errors are thrown by the iterator. */
export type ReadOptions = Omit<ParserOptions, "onEvent" | "onError">;

/** A body of bytes: a fetch response, its `body`, or any asynchronous iterable such as a Node stream. */
export type EventSourceBody = Response | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Reads the events of one response: `for await (const event of readEvents(await fetch(url)))`. No
 * reconnect, no check of status or type; a `Feed` does those.
 *
 * Shape:  a body of bytes → its events, in order; several pending `next()` settle in order
 * Errors: `TypeError` for invalid options or an invalid body, here; the iterator throws the errors of the body and of
 *         callbacks, and a `ParseError` for input over `maxEventBytes`, after the events that came before
 * After:  `break`, `return()` and an error cancel the body, also while a `next()` is pending (an async
 *         generator alone finishes its read first)
 */
export function readEvents(
  body: EventSourceBody,
  options: ReadOptions = {},
): AsyncIterableIterator<ServerSentEvent> {
  return new EventReader(body, options);
}

interface Chunk {
  readonly done?: boolean | undefined;
  readonly value?: Uint8Array | undefined;
}

interface Chunks {
  next(): Promise<Chunk>;
  cancel(): unknown;
}

class EventReader implements AsyncIterableIterator<ServerSentEvent> {
  readonly #parser: Parser;
  readonly #chunks: Chunks;
  #events: ServerSentEvent[] = [];
  #taken = 0;
  #error: { readonly reason: unknown } | undefined;
  #done = false;
  /** The previous `next()`: only one at a time reads the body. */
  #previous: Promise<unknown> = Promise.resolve();
  /** Settles the pending read, which the body itself may never settle. */
  #stop: () => void = () => undefined;

  constructor(body: EventSourceBody, options: ReadOptions) {
    const onEvent = (event: ServerSentEvent): unknown => this.#events.push(event);
    this.#parser = createParser({ ...options, onEvent, onError: undefined });
    this.#chunks = chunksOf(body);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<ServerSentEvent, undefined>> {
    const result = this.#previous.then(() => this.#take());
    this.#previous = result.catch(() => undefined);
    return result;
  }

  return(): Promise<IteratorResult<ServerSentEvent, undefined>> {
    if (!this.#done) void this.#cancel();
    this.#done = true;
    this.#error = undefined;
    // A chunk may have been read and not parsed yet, or only half of it.
    this.#parser.end();
    this.#events = [];
    this.#taken = 0;
    this.#stop();
    return Promise.resolve({ done: true, value: undefined });
  }

  async #take(): Promise<IteratorResult<ServerSentEvent, undefined>> {
    while (this.#taken === this.#events.length) {
      if (this.#error) {
        const { reason } = this.#error;
        this.#error = undefined;
        throw reason;
      }
      if (this.#done) return { done: true, value: undefined };
      this.#events = [];
      this.#taken = 0;
      await this.#read();
    }
    return { done: false, value: this.#events[this.#taken++]! };
  }

  async #read(): Promise<void> {
    try {
      const { done, value } = await new Promise<Chunk>((settle, fail) => {
        this.#stop = () => settle({ done: true });
        this.#chunks.next().then(settle, fail);
      });
      if (done) this.#done = true;
      else if (value) this.#parser.push(value);
    } catch (reason) {
      // After return() no caller is left.
      if (this.#done) return;
      this.#error = { reason };
      this.#done = true;
      void this.#cancel();
    }
  }

  async #cancel(): Promise<void> {
    try {
      await this.#chunks.cancel();
    } catch {
      // The body's error about being cancelled has no receiver.
    }
  }
}

/** One way to read each kind of body. Not every engine can iterate a ReadableStream, so those get a reader. */
function chunksOf(source: EventSourceBody): Chunks {
  if (typeof source === "object" && source !== null) {
    if ("getReader" in source) {
      const reader = source.getReader();
      return { next: () => reader.read(), cancel: () => reader.cancel() };
    }
    if (Symbol.asyncIterator in source) return iterationOf(source);
    if (source.body) return chunksOf(source.body);
    if (source.body === null) return nothing;
  }
  throw new TypeError(
    "readEvents takes a Response, a ReadableStream or an async iterable of bytes: readEvents(await fetch(url)).",
  );
}

const nothing: Chunks = { next: () => Promise.resolve({ done: true }), cancel: () => undefined };

function iterationOf(source: AsyncIterable<Uint8Array> & { destroy?: () => unknown }): Chunks {
  const iterator = source[Symbol.asyncIterator]();
  return {
    next: () => iterator.next(),
    cancel: () => {
      // The return() of a Node stream's iterator waits for the pending read, which may last forever.
      source.destroy?.();
      return iterator.return?.();
    },
  };
}
