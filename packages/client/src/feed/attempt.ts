import type { FeedError } from "../core/errors.ts";
import type { Attempt } from "../core/options.ts";

/** From a start of a source to its stop. What it does for a run that was aborted has no further effect. */
export interface Run {
  aborted: boolean;
}

/** An attempt, as the user's functions see it. */
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

  /** Made when a function looks at it, since most never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  /** Its listeners may close the feed or start it, so they are called when the feed has done what it is about. */
  abort(): void {
    this.#aborted = true;
    queueMicrotask(() => this.#controller?.abort());
  }
}
