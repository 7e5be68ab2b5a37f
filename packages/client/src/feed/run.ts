import type { FeedError } from "../core/errors.ts";
import type { Attempt } from "../core/options.ts";

/** From a start of a source to its stop. What it does for a run that was aborted has no further effect. */
export class Run {
  aborted = false;
  #controller: AbortController | undefined;

  /** For the user's functions: made when one looks at it, since most feeds never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  abort(): void {
    this.aborted = true;
    this.#controller?.abort();
  }
}

/** An attempt of a run, as the user's functions see it. */
export class RunAttempt implements Attempt {
  readonly number: number;
  readonly reason: Attempt["reason"];
  readonly lastEventId: string;
  readonly cursorOrigin: string | undefined;
  readonly error: FeedError | undefined;
  readonly #run: Run;

  constructor(run: Run, facts: Omit<Attempt, "signal">) {
    this.#run = run;
    this.number = facts.number;
    this.reason = facts.reason;
    this.lastEventId = facts.lastEventId;
    this.cursorOrigin = facts.cursorOrigin;
    this.error = facts.error;
  }

  get signal(): AbortSignal {
    return this.#run.signal;
  }
}
