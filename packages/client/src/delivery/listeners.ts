import { checkConsuming, checkListener } from "#checks";
import { trace } from "#transport";
import { causedBy, guard, type Guard } from "../core/guard.ts";
import type { FeedError } from "../core/errors.ts";
import { done, iterate } from "../core/iterate.ts";
import { knownOptions } from "../core/own.ts";
import { print } from "../core/print.ts";
import type { FeedStatus, StatusKind, StatusOf } from "../core/status.ts";
import type { TracedFeed } from "../core/trace.ts";
import { Queue } from "./queue.ts";

/** The options of `feed.on()`. */
export interface ListenOptions {
  /** Removes the listener when it aborts: it is not called for the `closed` of a feed that the same signal closes. */
  readonly signal?: AbortSignal | undefined;
}

const defaults: ListenOptions = Object.freeze({ signal: undefined });

/** The feed that the listeners belong to. */
export interface Listened extends TracedFeed {
  /** A listener was added or removed. */
  heed(): void;
}

/** The listener of one `on()` or `status()`. `kind` is `*` for every status. */
class Listener implements Guard {
  readonly kind: string;
  readonly call: (value: never) => unknown;
  readonly signal: AbortSignal | undefined;
  readonly #all: Listeners;

  constructor(kind: string, call: (value: never) => unknown, all: Listeners, signal?: AbortSignal) {
    this.kind = kind;
    this.call = call;
    this.signal = signal;
    this.#all = all;
  }

  /** Called when its signal aborts. */
  handleEvent(): void {
    this.#all.remove(this);
  }

  threw(cause: unknown): void {
    const error = causedBy(cause, "callback", "listener-threw", this.kind);
    if (this.kind === "error") print(error);
    else this.#all.threw(error);
  }
}

/** The listeners to a feed's reports. A listener that throws is reported as `error`, and affects no other. */
export class Listeners {
  // A feed has few listeners, and there may be many feeds: a list takes less memory than a Map of lists.
  #all: readonly Listener[] = [];
  readonly #feed: Listened;

  constructor(feed: Listened) {
    this.#feed = feed;
  }

  get size(): number {
    return this.#all.length;
  }

  on<K extends StatusKind>(
    kind: K,
    call: (status: StatusOf<K>) => unknown,
    options?: ListenOptions,
  ): () => void;
  on(kind: "comment", call: (text: string) => unknown, options?: ListenOptions): () => void;
  on(kind: "*", call: (status: FeedStatus) => unknown, options?: ListenOptions): () => void;
  on(kind: string, call: Listener["call"], options: ListenOptions = {}): () => void {
    checkListener(kind, call);
    const known = knownOptions("on()", options, defaults);
    checkConsuming(known);
    const { signal } = known;
    const listener = new Listener(kind, call, this, signal);
    if (!signal?.aborted) {
      if (this.#feed.state !== "closed") signal?.addEventListener("abort", listener);
      this.#set(this.#all.concat(listener));
    }
    return () => this.remove(listener);
  }

  /**
   * Every status from now on, done after `closed`. At most 256 unread statuses are kept: the oldest ones are dropped.
   */
  stream(): AsyncIterableIterator<FeedStatus, undefined> {
    const queue = new Queue<FeedStatus>({ capacity: 256, overflow: "drop-oldest" });
    const end = (): void => {
      this.remove(reader);
      queue.seal(done);
    };
    const hear = (value: FeedStatus): void => {
      queue.offer({ value });
      if (value.kind === "closed") end();
    };
    const reader = new Listener("*", hear, this);
    if (this.#feed.state === "closed") end();
    // First in the list, since a listener's actions may be reported in turn, and must come after the current status.
    else this.#set([reader, ...this.#all]);
    const next = (): Promise<IteratorResult<FeedStatus, undefined>> => {
      queue.release();
      return queue.read();
    };
    return iterate(next, () => {
      end();
      queue.clear();
    });
  }

  /** True if there is a listener to one of these kinds, or to all. */
  hears(...kinds: readonly StatusKind[]): boolean {
    return this.#all.some(({ kind }) => kind === "*" || kinds.includes(kind as StatusKind));
  }

  tell(status: FeedStatus): void {
    trace(this.#feed, status);
    this.#call(status as never, "*", status.kind);
    // A signal that outlives the feed would keep it in memory.
    if (status.kind === "closed") this.#all.forEach(unlisten);
  }

  comment(text: string): void {
    this.#call(text as never, "comment");
  }

  /** A callback, a filter or a hook threw. Without a listener to `error`, the error goes where uncaught errors go. */
  threw(error: FeedError): void {
    if (!this.hears("error")) print(error);
    this.tell({ kind: "error", error });
  }

  #call(value: never, ...kinds: readonly string[]): void {
    for (const listener of this.#all) {
      // An earlier listener may have removed it. After the end, only the signal itself can tell.
      if (
        kinds.includes(listener.kind) &&
        this.#all.includes(listener) &&
        !listener.signal?.aborted
      )
        void guard(listener.call, value, listener);
    }
  }

  remove(listener: Listener): void {
    unlisten(listener);
    this.#set(this.#all.filter((each) => each !== listener));
  }

  #set(all: readonly Listener[]): void {
    this.#all = all;
    this.#feed.heed();
  }
}

function unlisten(listener: Listener): void {
  listener.signal?.removeEventListener("abort", listener);
}
