/// <reference lib="esnext.disposable" preserve="true" />
import type { Cursor, From, Step } from "./cursor.ts";
import type { Address, Entry, Log } from "../log/log.ts";

/** An event as this process reads it from a stream. */
export interface ReceivedEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

export interface SubscribeOptions {
  /** Default: `live`, or `last-id` with a `lastEventId`. */
  readonly from?: From | undefined;
  /** Go on behind this id. */
  readonly lastEventId?: string | undefined;
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
}

interface Pending {
  settle(result: IteratorResult<ReceivedEvent, undefined>): void;
  fail(error: unknown): void;
}

const pageEvents = 64;
const nothing: Step = { events: [], at: "", more: false };
const done = { done: true, value: undefined } as const;

/**
 * A stream's events for a consumer in this process: a cursor over the log, so a slow consumer costs no
 * queue, and one that falls behind what is kept gets a gap event.
 *
 * 1 concurrent `next()` calls settle in order · 2 `return()` is idempotent and ends only this one · 3 the
 * broker's `close()` delivers what the log has, then done · 4 ended before the first `next()` → done at
 * once · 5 an error is delivered once, after what was read · 6 `return()` settles a pending `next()` ·
 * 7 bounded by the log · 8 O(1) take · 9 the end stands behind the data · 10 no `Promise.race`
 */
export class Reader implements AsyncIterableIterator<ReceivedEvent, undefined> {
  readonly #cursor: Cursor;
  #page: Step | undefined;
  #index = 0;
  readonly #pending: Pending[] = [];
  /** Whether a page is on its way from a log that answers later, and whether to ask once more. */
  #reading = false;
  #again = false;
  #state: "open" | "closing" | "over" = "open";
  readonly #unwatch: () => void;
  readonly #leave: (() => unknown)[];

  constructor(
    cursor: Cursor,
    log: Log,
    to: readonly Address[],
    readers: Set<Reader>,
    signal: AbortSignal | undefined,
  ) {
    this.#cursor = cursor;
    readers.add(this);
    const stop = (): void => void this.return();
    signal?.addEventListener("abort", stop, { once: true });
    this.#unwatch = log.watch((address) => {
      // The entry is only just there: read it when its publisher is done.
      if (this.#pending.length === 0 || !to.includes(address)) return;
      this.#again = this.#reading;
      queueMicrotask(() => this.#serve());
    });
    this.#leave = [
      this.#unwatch,
      () => signal?.removeEventListener("abort", stop),
      () => readers.delete(this),
    ];
    if (signal?.aborted) stop();
  }

  next(): Promise<IteratorResult<ReceivedEvent, undefined>> {
    if (this.#state === "over") return Promise.resolve(done);
    return new Promise((settle, fail) => {
      this.#pending.push({ settle, fail });
      this.#serve();
    });
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#over();
    return Promise.resolve(done);
  }

  /** Ends it after what the log has. */
  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    // What the log has is there to be read. A log may outlive the broker, and a reader that nobody reads.
    this.#unwatch();
    this.#serve();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.return().then(() => undefined);
  }

  #serve(): void {
    while (this.#pending.length > 0 && !this.#reading && this.#state !== "over") {
      const entry = this.#take();
      if (entry) this.#pending.shift()!.settle({ done: false, value: received(entry) });
      else if (!this.#refill()) return;
    }
  }

  /** The next entry of the page that this reader wants. */
  #take(): Entry | undefined {
    const { events, at } = this.#page ?? nothing;
    while (this.#index < events.length) {
      const entry = events[this.#index++]!;
      const wanted = this.#cursor.wants(entry);
      this.#cursor.take(entry);
      if (this.#index === events.length) this.#cursor.arrive(at);
      if (wanted) return entry;
    }
    return undefined;
  }

  /** Reads on. Whether there is something to take. */
  #refill(): boolean {
    const step = this.#cursor.next(pageEvents);
    if (!(step instanceof Promise)) return this.#turn(step);
    void this.#await(step);
    return false;
  }

  async #await(reading: Promise<Step>): Promise<void> {
    this.#reading = true;
    const step = await reading.catch((error: unknown) => this.#fail(error));
    this.#reading = false;
    // What came in meanwhile may not be on this page.
    const again = this.#again;
    this.#again = false;
    if (step && (this.#turn(step) || again)) this.#serve();
  }

  #fail(error: unknown): undefined {
    const first = this.#pending.shift();
    this.#over();
    first?.fail(error);
  }

  #turn(step: Step): boolean {
    this.#page = step;
    this.#index = 0;
    if (step.events.length > 0) return true;
    this.#cursor.arrive(step.at);
    if (this.#state === "closing" && !step.more) this.#over();
    // A page may hold nothing for this reader, and the next one something.
    return step.more;
  }

  #over(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    for (const leave of this.#leave.splice(0)) leave();
    for (const pending of this.#pending.splice(0)) pending.settle(done);
  }
}

const received = ({ type, data, id }: Entry): ReceivedEvent => ({
  type: type || "message",
  data,
  lastEventId: id,
});
