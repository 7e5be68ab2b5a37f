/// <reference lib="esnext.disposable" preserve="true" />
import type { ReceivedEvent } from "../core/event.ts";
import type { Cursor, From, Step, StepTaker } from "./cursor.ts";
import type { Address, Entry, Log } from "../log/log.ts";

/** The options of `broker.subscribe()`. */
export interface SubscribeOptions {
  /** Default: `live`, or `last-id` with a `lastEventId`. */
  readonly from?: From | undefined;
  /** Start after the event with this id. */
  readonly lastEventId?: string | undefined;
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
}

/** A stream's events for a consumer in this process. */
export interface Reader<E = ReceivedEvent> extends AsyncIterableIterator<E, undefined> {
  next(): Promise<IteratorResult<E, undefined>>;
  /** Ends it at once. Idempotent. */
  return(): Promise<IteratorReturnResult<undefined>>;
  /** Ends it after the events that the log has now. */
  close(): void;
  [Symbol.asyncIterator](): this;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A reader that ends with its broker. */
export type Closable = Pick<Reader, "close">;

interface Pending<E> {
  settle(result: IteratorResult<E, undefined>): void;
  fail(error: unknown): void;
}

const pageEvents = 64;
const done = { done: true, value: undefined } as const;

/**
 * A cursor over the log, so a slow consumer costs no queue, and one that falls behind the oldest kept event gets a gap
 * event.
 *
 * 1 concurrent `next()` calls settle in order · 2 `return()` is idempotent and ends only this one · 3 the
 * broker's `close()` delivers the events in the log, then done · 4 ended before the first `next()` → done at
 * once · 5 an error is delivered once, after the read events · 6 `return()` settles a pending `next()` ·
 * 7 bounded by the log · 8 O(1) take · 9 the end follows the data · 10 no `Promise.race`
 */
export class LogReader<E = ReceivedEvent> implements Reader<E>, StepTaker {
  readonly #cursor: Cursor;
  /** `undefined`: not for this reader. */
  readonly #decode: (event: ReceivedEvent) => E | undefined;
  #page: Step = { events: [], at: "", more: false };
  #index = 0;
  readonly #pending: Pending<E>[] = [];
  #state: "open" | "closing" | "closed" = "open";
  readonly #unwatch: () => void;
  readonly #leave: (() => unknown)[];

  constructor(
    cursor: Cursor,
    log: Log,
    to: readonly Address[],
    readers: Set<Closable>,
    signal: AbortSignal | undefined,
    decode: (event: ReceivedEvent) => E | undefined,
  ) {
    if (signal !== undefined && !("addEventListener" in Object(signal))) {
      throw new TypeError("signal must be an AbortSignal.");
    }
    this.#cursor = cursor;
    this.#decode = decode;
    readers.add(this);
    const stop = (): void => this.#close();
    signal?.addEventListener("abort", stop, { once: true });
    this.#unwatch = log.watch((address) => {
      // The entry was appended just now: read it after its publisher's turn.
      if (this.ready && to.includes(address)) queueMicrotask(() => this.#serve());
    });
    this.#leave = [
      this.#unwatch,
      () => signal?.removeEventListener("abort", stop),
      () => readers.delete(this),
    ];
    if (signal?.aborted) stop();
  }

  next(): Promise<IteratorResult<E, undefined>> {
    if (this.#state === "closed") return Promise.resolve(done);
    return new Promise((settle, fail) => {
      this.#pending.push({ settle, fail });
      this.#serve();
    });
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#close();
    return Promise.resolve(done);
  }

  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    // The log may outlive the broker, and must not hold a reader that is never read.
    this.#unwatch();
    this.#serve();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.return().then(() => undefined);
  }

  get ready(): boolean {
    return this.#pending.length > 0;
  }

  take(step: Step): boolean {
    this.#page = step;
    this.#index = 0;
    if (step.events.length > 0) {
      this.#settle();
      return true;
    }
    this.#cursor.arrive(step.at);
    if (this.#state === "closing" && !step.more) this.#close();
    // A page may have nothing for this reader, and the next one something.
    return step.more;
  }

  failed(error: unknown): void {
    const first = this.#pending.shift();
    this.#close();
    first?.fail(error);
  }

  #serve(): void {
    this.#settle();
    this.#cursor.run(this, pageEvents);
  }

  /** Settles pending calls with the entries of the page. */
  #settle(): void {
    while (this.ready) {
      const entry = this.#shift();
      if (!entry) return;
      const value = this.#decode(received(entry));
      // A schema of the user's may have closed it.
      if (value) this.#pending.shift()?.settle({ done: false, value });
    }
  }

  /** The next entry of the page for this reader. */
  #shift(): Entry | undefined {
    const { events, at } = this.#page;
    while (this.#index < events.length) {
      const entry = events[this.#index++]!;
      const wanted = this.#cursor.wants(entry);
      this.#cursor.take(entry);
      if (this.#index === events.length) this.#cursor.arrive(at);
      if (wanted) return entry;
    }
    return undefined;
  }

  #close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#cursor.stop();
    for (const leave of this.#leave.splice(0)) leave();
    for (const pending of this.#pending.splice(0)) pending.settle(done);
  }
}

const received = ({ type, data, id }: Entry): ReceivedEvent => ({
  type: type || "message",
  data,
  lastEventId: id,
});
