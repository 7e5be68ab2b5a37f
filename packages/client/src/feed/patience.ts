import { say } from "#words";
import { answerOf, messageOf } from "../core/answer.ts";
import { FeedError } from "../core/errors.ts";
import type { ResolvedOptions, RetryMode } from "../core/options.ts";
import type { CloseReason } from "../core/status.ts";
import { decide, type Outcome } from "../http/policy.ts";
import type { Backoff } from "./backoff.ts";
import type { Outlet } from "./source.ts";

/** Again, after a delay, or the end. `cause`: what ended the attempt, `attempt`: which one it was. */
type Decision =
  | {
      readonly retry: true;
      readonly delayMs: number;
      readonly cause: FeedError;
      readonly attempt: number;
    }
  | {
      readonly retry: false;
      readonly reason: CloseReason;
      readonly error?: FeedError | undefined;
    };

/** Whether a source goes on, and when: by the rules, the backoff, the user's limits and the user's function. */
export class Patience {
  readonly #options: ResolvedOptions;
  readonly #backoff: Backoff;
  readonly #outlet: Outlet;
  #failingSince = 0;
  /** Until when the server asked for patience, by the clock on the wall. */
  #until = 0;

  constructor(options: ResolvedOptions, backoff: Backoff, outlet: Outlet) {
    this.#options = options;
    this.#backoff = backoff;
    this.#outlet = outlet;
  }

  /** The server asked to wait, and the time has not come. */
  get isAsked(): boolean {
    return Date.now() < this.#until;
  }

  /** An attempt is made. */
  attempts(): void {
    this.#until = 0;
  }

  /** The time of failing counts from now on: before, it was nobody's attempt. */
  startOver(): void {
    this.#failingSince = performance.now();
  }

  decide(outcome: Outcome, url: string, mode: RetryMode): Decision {
    const now = performance.now();
    const rule = decide(outcome, mode);
    const { maxAttempts, maxElapsedMs } = this.#options.retry;
    const ownMs = this.#backoff.next(now, rule.retry ? rule.delayMs : undefined);
    const attempt = this.#backoff.failures;
    if (attempt === 1) this.#failingSince = now;
    // A function says how to go on, not whether a request that is not safe to repeat is sent twice.
    if (!rule.retry && mode === "once") return rule;
    const failure = outcome.kind === "failed" ? outcome.error : undefined;
    const asked = this.#ask(outcome, attempt, ownMs);
    if (asked === false && rule.retry)
      return { retry: false, reason: failure ? "failed" : "ended", error: failure };
    if (!rule.retry && typeof asked !== "number" && asked !== true) return rule;
    const delayMs = typeof asked === "number" ? asked : ownMs;
    const cause = failure ?? new FeedError("ended", say("ended", url), { url, attempt });
    const usedUp =
      (maxAttempts !== false && attempt > maxAttempts) ||
      (maxElapsedMs !== false && now + delayMs - this.#failingSince > maxElapsedMs);
    if (usedUp) return { retry: false, reason: "exhausted", error: cause };
    const retryAfterMs = outcome.kind === "failed" ? (outcome.retryAfterMs ?? 0) : 0;
    this.#until = Date.now() + retryAfterMs;
    return { retry: true, delayMs, cause, attempt };
  }

  /** What the user's retry function says; `undefined` if there is none to ask. */
  #ask(outcome: Outcome, attempt: number, delayMs: number): number | boolean | undefined {
    const { decide: ask } = this.#options;
    if (!ask || outcome.kind === "stopped") return undefined;
    try {
      const error = outcome.kind === "failed" ? outcome.error : undefined;
      const answer: unknown = answerOf("retry", ask, error, { attempt, delayMs });
      if (typeof answer === "boolean" || (typeof answer === "number" && answer >= 0)) return answer;
      throw new TypeError(`it must return a delay in ms, true or false, not ${answer as string}`);
    } catch (cause) {
      const message = say("retry-threw", messageOf(cause));
      this.#outlet.report({ kind: "error", error: new FeedError("callback", message, { cause }) });
      return undefined;
    }
  }
}
