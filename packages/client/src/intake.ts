import { createParser, type Parser, type ServerSentEvent } from "@steadfeed/parser";
import { FeedError } from "./errors.ts";
import type { OpenStream } from "./exchange.ts";
import type { OpenInfo } from "./status.ts";

/** Who gets what the bytes of a stream become. */
export interface Reader {
  event(event: ServerSentEvent): void;
  comment(text: string): void;
  retry(ms: number): void;
  /** The last event id after a chunk: blocks without data move it too. */
  moved(lastEventId: string): void;
  /** The socket was stopped, or runs again. */
  paused(paused: boolean): void;
}

/**
 * The bytes of the open stream on their way to events. While held, it stops the socket and keeps what is
 * already on its way unparsed, at most a chunk or two.
 */
export class Intake {
  readonly #reader: Reader;
  readonly #maxEventBytes: number;
  /** Why it is held; empty for not at all. */
  readonly #holds = new Set<string>();
  #stream: OpenStream | undefined;
  #parser: Parser | undefined;
  #kept: Uint8Array[] = [];
  #paused = false;
  #ready: () => void = () => undefined;

  constructor(reader: Reader, maxEventBytes: number) {
    this.#reader = reader;
    this.#maxEventBytes = maxEventBytes;
  }

  open(info: OpenInfo, stream: OpenStream, lastEventId: string): void {
    this.#stream = stream;
    this.#parser = createParser({
      onEvent: (event) => this.#reader.event(event),
      onComment: (text) => this.#reader.comment(text),
      onRetry: (ms) => this.#reader.retry(ms),
      onError: (cause) => {
        const message = `${cause.message} From ${info.url}.`;
        stream.finish(new FeedError("too-large", message, { url: info.url, attempt: info.attempt, cause }));
      },
      lastEventId,
      maxEventBytes: this.#maxEventBytes,
    });
  }

  bytes(chunk: Uint8Array): void {
    if (this.#holds.size === 0 && this.#kept.length === 0) return this.#parse(chunk);
    // A consumer that keeps up empties its queue between two chunks: only the second finds it full.
    this.#kept.push(chunk);
    if (this.#paused) return;
    this.#stream?.pause();
    this.#setPaused(true);
  }

  /** Ends the stream at the event at hand. */
  finish(error?: FeedError): void {
    this.#parser?.end();
    this.#kept = [];
    this.#stream?.finish(error);
  }

  /** Stops the socket with the next chunk. */
  hold(why: string): void {
    this.#holds.add(why);
  }

  /** Goes on, if nothing else holds it. Later, since it may be called from within a delivery. */
  release(why: string): void {
    if (this.#holds.delete(why) && this.#holds.size === 0) queueMicrotask(() => this.#goOn());
  }

  /** Resolves when nothing is kept back any more: the end of a stream comes behind its bytes. */
  emptied(): Promise<void> {
    if (this.#kept.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#ready = resolve;
    });
  }

  /** Lets go of the stream: nothing more is delivered, also not from the chunk at hand. */
  drop(): void {
    this.#parser?.end();
    this.#parser = undefined;
    this.#stream = undefined;
    this.#kept = [];
    this.#setPaused(false);
    this.#ready();
  }

  #goOn(): void {
    while (this.#holds.size === 0 && this.#kept.length > 0) this.#parse(this.#kept.shift()!);
    if (this.#holds.size > 0 || this.#kept.length > 0) return;
    this.#ready();
    if (!this.#paused) return;
    this.#setPaused(false);
    this.#stream?.resume();
  }

  #setPaused(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    this.#reader.paused(paused);
  }

  #parse(chunk: Uint8Array): void {
    const parser = this.#parser;
    parser?.push(chunk);
    // A callback may have dropped the stream meanwhile; then the place is where that left it.
    if (parser && parser === this.#parser) this.#reader.moved(parser.lastEventId);
  }
}
