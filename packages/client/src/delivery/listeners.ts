import { checkListener } from "#checks";
import { trace } from "#transport";
import { say } from "#words";
import { guard, type Guard } from "../core/answer.ts";
import { FeedError } from "../core/errors.ts";
import { knownOptions } from "../core/own.ts";
import type { FeedStatus, StatusKind, StatusOf } from "../core/status.ts";
import type { TracedFeed } from "../core/trace.ts";
import { done, Inbox } from "./inbox.ts";

/** The options of `feed.on()`. */
export interface ListenOptions {
  /** Takes the listener off when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

const defaults: ListenOptions = Object.freeze({ signal: undefined });

/** One `on()`; until it is taken off. */
class Listener implements Guard {
  readonly kind: string;
  readonly call: (value: never) => unknown;
  readonly #all: Listeners;
  left = false;

  constructor(kind: string, call: (value: never) => unknown, all: Listeners) {
    this.kind = kind;
    this.call = call;
    this.#all = all;
  }

  threw(cause: unknown): void {
    const error = new FeedError("callback", say("listener-threw", this.kind), { cause });
    if (this.kind === "error") report(error);
    else this.#all.threw(error);
  }
}

interface Held {
  readonly value: FeedStatus;
}

/** Who listens to what a feed reports. A listener that throws is reported as `error`, and hurts nobody. */
export class Listeners {
  // A feed has few of them, and there may be many feeds: a list takes less than a Map of lists.
  #all: readonly Listener[] = [];
  #readers: readonly Inbox<FeedStatus, Held>[] = [];
  #ended = false;
  readonly #feed: TracedFeed;

  constructor(feed: TracedFeed) {
    this.#feed = feed;
  }

  on<K extends StatusKind>(
    kind: K,
    call: (status: StatusOf<K>) => unknown,
    options?: ListenOptions,
  ): () => void;
  on(kind: "comment", call: (text: string) => unknown, options?: ListenOptions): () => void;
  on(kind: string, call: Listener["call"], options: ListenOptions = {}): () => void {
    checkListener(kind, call);
    const { signal } = knownOptions("on()", options, defaults);
    const listener = new Listener(kind, call, this);
    const off = (): void => {
      listener.left = true;
      this.#all = this.#all.filter((each) => each !== listener);
      signal?.removeEventListener("abort", off);
    };
    if (signal?.aborted) return off;
    this.#all = this.#all.concat(listener);
    signal?.addEventListener("abort", off, { once: true });
    return off;
  }

  /** Every status from now on, done after `closed`. A reader that is 256 statuses late loses the oldest. */
  stream(): AsyncIterableIterator<FeedStatus, undefined> {
    const inbox = new Inbox<FeedStatus, Held>({ capacity: 256, overflow: "drop-oldest" });
    if (this.#ended) inbox.close();
    else this.#readers = this.#readers.concat(inbox);
    return {
      next: () => {
        inbox.release();
        return inbox.next();
      },
      return: async () => {
        this.#readers = this.#readers.filter((each) => each !== inbox);
        inbox.discard();
        return done;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** Whether someone listens to one of these kinds, or to all. */
  hears(...wanted: readonly StatusKind[]): boolean {
    return (
      this.#readers.length > 0 || this.#all.some(({ kind }) => wanted.includes(kind as StatusKind))
    );
  }

  get size(): number {
    return this.#all.length + this.#readers.length;
  }

  tell(status: FeedStatus): void {
    trace(this.#feed, status);
    // Readers first: what a listener does may be reported in turn, and comes after.
    for (const reader of this.#readers) reader.offer({ value: status });
    if (status.kind === "closed") this.#close();
    this.#call(status.kind, status as never);
  }

  comment(text: string): void {
    this.#call("comment", text as never);
  }

  /** A callback, a filter or a hook threw. Nobody listens to `error`: then it goes where uncaught errors go. */
  threw(error: FeedError): void {
    if (!this.hears("error")) report(error);
    this.tell({ kind: "error", error });
  }

  #call(kind: string, value: never): void {
    for (const listener of this.#all) {
      if (listener.kind === kind && !listener.left) void guard(listener.call, value, listener);
    }
  }

  #close(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.close();
    this.#readers = [];
  }
}

/** The last resort for what nobody listens to. */
export function report(error: FeedError): void {
  const { reportError } = globalThis as { reportError?: (error: unknown) => void };
  // Node has no reportError; to say nothing would hide a bug of the user's.
  if (reportError) reportError(error);
  // oxlint-disable-next-line no-console -- the last resort
  else console.error(error);
}
