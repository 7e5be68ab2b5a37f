import { createParser } from "#parser";
import type { Parser, ParserOptions, ServerSentEvent } from "@steadfeed/parser";
import { FeedError } from "../core/errors.ts";
import type { OpenStream } from "../http/exchange.ts";
import { Queue } from "../delivery/queue.ts";
import type { OpenInfo } from "../core/status.ts";

/** Who gets what the bytes of a stream become. */
export interface Reader {
  event(event: ServerSentEvent): void;
  comment(text: string): void;
  retry(ms: number): void;
  /** The last event id of the next event, or of a block without data. */
  id(lastEventId: string): void;
  /** The last event id after a chunk: blocks without data move it too. */
  moved(lastEventId: string): void;
  /** The socket was stopped, or runs again. */
  paused(paused: boolean): void;
}

/** So much is kept without stopping the socket, for as long as a turn of the event loop. */
const maxKeptBytes = 256 * 1024;

/**
 * The bytes of the open stream on their way to events. While held, it keeps what is already on its way
 * unparsed, and stops the socket.
 */
export class Intake {
  readonly #reader: Reader;
  readonly #parsing: Pick<ParserOptions, "maxEventBytes" | "dispatchEmpty">;
  /** Why it is held; empty for not at all. */
  #holds: readonly string[] = [];
  #stream: OpenStream | undefined;
  #parser: Parser | undefined;
  readonly #kept = new Queue<Uint8Array>();
  #keptBytes = 0;
  #pausing: ReturnType<typeof setTimeout> | undefined;
  #paused = false;
  #ready: () => void = () => undefined;
  #error: FeedError | undefined;

  constructor(reader: Reader, parsing: Pick<ParserOptions, "maxEventBytes" | "dispatchEmpty">) {
    this.#reader = reader;
    this.#parsing = parsing;
  }

  open(info: OpenInfo, stream: OpenStream, lastEventId: string): void {
    this.#stream = stream;
    this.#error = undefined;
    this.#parser = createParser({
      onEvent: (event) => this.#reader.event(event),
      onComment: (text) => this.#reader.comment(text),
      onRetry: (ms) => this.#reader.retry(ms),
      onId: (id) => this.#reader.id(id),
      onError: (cause) => {
        const message = `${cause.message} From ${info.url}.`;
        this.#error = new FeedError("too-large", message, {
          url: info.url,
          attempt: info.attempt,
          cause,
        });
        stream.finish(this.#error);
      },
      ...this.#parsing,
      lastEventId,
    });
  }

  bytes(chunk: Uint8Array): void {
    if (this.#holds.length === 0 && this.#kept.size === 0) return this.#parse(chunk);
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    if (this.#paused) return;
    // One read of the socket may come as many chunks. A consumer that keeps up is done with them when the
    // event loop turns; stopping and starting would cost more than they do.
    if (this.#keptBytes > maxKeptBytes) this.#setPaused(true);
    else this.#pausing ??= setTimeout(() => this.#setPaused(true), 0);
  }

  /** Keeps the next chunk, and stops the socket. */
  hold(why: string): void {
    if (!this.#holds.includes(why)) this.#holds = this.#holds.concat(why);
  }

  /** Goes on, if nothing else holds it. Later, since it may be called from within a delivery. */
  release(why: string): void {
    if (!this.#holds.includes(why)) return;
    this.#holds = this.#holds.filter((each) => each !== why);
    if (this.#holds.length === 0) queueMicrotask(() => this.#goOn());
  }

  /**
   * Resolves when nothing is kept back any more, since the end of a stream comes behind its bytes: with the
   * error, if they were too large.
   */
  async emptied(): Promise<FeedError | undefined> {
    if (this.#kept.size > 0) {
      await new Promise<void>((resolve) => {
        this.#ready = resolve;
      });
    }
    return this.#error;
  }

  /** Lets go of the stream: nothing more is delivered, also not from the chunk at hand. */
  drop(): void {
    this.#parser?.end();
    this.#parser = undefined;
    this.#stream = undefined;
    this.#forget();
    this.#setPaused(false);
    this.#ready();
  }

  #goOn(): void {
    while (this.#holds.length === 0 && this.#kept.size > 0) {
      const chunk = this.#kept.shift()!;
      this.#keptBytes -= chunk.length;
      this.#parse(chunk);
    }
    if (this.#holds.length > 0 || this.#kept.size > 0) return;
    this.#ready();
    this.#setPaused(false);
  }

  #forget(): void {
    this.#kept.clear();
    this.#keptBytes = 0;
  }

  #setPaused(paused: boolean): void {
    clearTimeout(this.#pausing);
    this.#pausing = undefined;
    if (paused === this.#paused) return;
    this.#paused = paused;
    this.#reader.paused(paused);
    if (paused) this.#stream?.pause();
    else this.#stream?.resume();
  }

  #parse(chunk: Uint8Array): void {
    const parser = this.#parser;
    parser?.push(chunk);
    // A callback may have dropped the stream meanwhile; then the place is where that left it.
    if (parser && parser === this.#parser) this.#reader.moved(parser.lastEventId);
  }
}
