import { Channel } from "./channel.ts";
import { FeedError, guard } from "../core/errors.ts";
import type { FeedStatus, StatusKind, StatusOf } from "../core/status.ts";

export interface ListenOptions {
  /** Takes the listener off when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** One `on()`; until it is taken off. */
interface Place {
  readonly kind: string;
  readonly listener: (value: never) => unknown;
  left: boolean;
}

const kinds: ReadonlySet<string> = new Set<StatusKind | "comment">([
  "idle",
  "connecting",
  "still",
  "open",
  "waiting",
  "paused",
  "closed",
  "gap",
  "slow",
  "dropped",
  "invalid",
  "error",
  "comment",
]);

/** Who listens to what a feed tells about itself. A listener that throws is told as `error`, and hurts nobody. */
export class Listeners {
  // A feed has few of them, and there may be many feeds: lists take less than a Map of lists.
  #places: readonly Place[] = [];
  #readers: readonly Channel<FeedStatus>[] = [];
  #ended = false;

  on<K extends StatusKind>(
    kind: K,
    listener: (status: StatusOf<K>) => unknown,
    options?: ListenOptions,
  ): () => void;
  on(kind: "comment", listener: (text: string) => unknown, options?: ListenOptions): () => void;
  on(kind: string, listener: Place["listener"], { signal }: ListenOptions = {}): () => void {
    if (!kinds.has(kind)) {
      throw new TypeError(`on() knows ${[...kinds].join(", ")}, not ${JSON.stringify(kind)}.`);
    }
    if (typeof listener !== "function")
      throw new TypeError(`on(${JSON.stringify(kind)}) needs a function.`);
    const place: Place = { kind, listener, left: false };
    const off = (): void => {
      place.left = true;
      this.#places = this.#places.filter((each) => each !== place);
      signal?.removeEventListener("abort", off);
    };
    if (signal?.aborted) return off;
    this.#places = this.#places.concat(place);
    signal?.addEventListener("abort", off, { once: true });
    return off;
  }

  /** Every status from now on, done after `closed`. A reader that is 256 behind loses the oldest. */
  stream(): AsyncIterableIterator<FeedStatus, undefined> {
    const channel = new Channel<FeedStatus>({ overflow: "drop-oldest" });
    if (this.#ended) channel.close();
    else this.#readers = this.#readers.concat(channel);
    const reader = channel[Symbol.asyncIterator]();
    return {
      next: () => reader.next(),
      return: () => {
        this.#readers = this.#readers.filter((each) => each !== channel);
        return reader.return!();
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  tell(status: FeedStatus): void {
    // Readers first: what a listener does may be told in turn, and comes after.
    for (const reader of this.#readers) reader.send(status);
    if (status.kind === "closed") this.#close();
    this.#call(status.kind, status as never);
  }

  comment(text: string): void {
    this.#call("comment", text as never);
  }

  /** Someone's callback, filter or hook threw. Nobody listens to `error`: then it goes where uncaught errors go. */
  threw(error: FeedError): void {
    const isHeard = this.#readers.length > 0 || this.#places.some(({ kind }) => kind === "error");
    if (!isHeard) report(error);
    this.tell({ kind: "error", error });
  }

  #call(kind: string, value: never): void {
    for (const place of this.#places) {
      if (place.kind === kind && !place.left)
        void guard(place.listener, value, (cause) => this.#listenerThrew(kind, cause));
    }
  }

  #close(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.close();
    this.#readers = [];
  }

  #listenerThrew(kind: string, cause: unknown): void {
    const error = new FeedError("callback", `A listener to ${kind} threw.`, { cause });
    if (kind === "error") report(error);
    else this.threw(error);
  }
}

function report(error: FeedError): void {
  const { reportError } = globalThis as { reportError?: (error: unknown) => void };
  // Node has no reportError; to say nothing would hide a bug of the user's.
  if (reportError) reportError(error);
  // oxlint-disable-next-line no-console -- the last resort
  else console.error(error);
}
