import type { FeedError } from "../core/errors.ts";
import type { Attempt } from "../core/options.ts";

/** A run of a source, from its start to its stop. Once it is aborted, its remaining work has no effect. */
export interface Run {
  aborted: boolean;
}

/** An attempt, as passed to the user's functions. */
export class UnderWay implements Attempt {
  readonly number: number;
  readonly reason: Attempt["reason"];
  readonly lastEventId: string;
  readonly cursorOrigin: string | undefined;
  readonly error: FeedError | undefined;
  #aborted = false;
  #controller: AbortController | undefined;

  constructor(
    number: number,
    reason: Attempt["reason"],
    lastEventId: string,
    cursorOrigin: string | undefined,
    error: FeedError | undefined,
  ) {
    this.number = number;
    this.reason = reason;
    this.lastEventId = lastEventId;
    this.cursorOrigin = cursorOrigin;
    this.error = error;
  }

  /** Created on first use, since most functions never read it. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  /**
   * Aborts the signal in a microtask: its listeners may close or start the feed, which must have finished its own work
   * first.
   */
  abort(): void {
    this.#aborted = true;
    queueMicrotask(() => this.#controller?.abort());
  }
}
