import { say } from "#words";
import { resultOf, causedBy } from "../core/guard.ts";
import { FeedError } from "../core/errors.ts";
import type { ResolvedOptions } from "../core/options.ts";
import type { RetryMode } from "../core/retry-options.ts";
import type { StatusOf } from "../core/status.ts";
import { endAfter, type Outcome } from "../http/policy.ts";
import { Backoff } from "./backoff.ts";
import type { Outlet } from "./source.ts";

type Facts = Partial<Extract<Outcome, { readonly kind: "failed" }>>;

/** The decision: to wait for the next attempt, or to end. */
type Decision =
  | StatusOf<"waiting">
  | (Pick<StatusOf<"closed">, "kind" | "reason"> & { readonly error?: FeedError | undefined });

/**
 * Decides if a source retries, and when. `endAfter` (http/policy.ts) knows which failures may heal, `Backoff` how long to
 * wait, `judge` (http/judge.ts) what `Retry-After` asks for; then come the user's limits and retry function.
 */
export class Retry extends Backoff {
  readonly #options: ResolvedOptions;
  readonly #outlet: Outlet;
  #failingSince = 0;
  /** The end of the wait that the server asked for, by the wall clock. */
  #until = 0;

  constructor(options: ResolvedOptions, outlet: Outlet) {
    super(options.retry);
    this.#options = options;
    this.#outlet = outlet;
  }

  /** True until the wait that the server asked for has ended. */
  get isAsked(): boolean {
    return Date.now() < this.#until;
  }

  /** Restarts the count for `maxElapsedMs`, since no attempts were made before. */
  startOver(): void {
    this.#failingSince = performance.now();
  }

  decide(outcome: Outcome, url: string, mode: RetryMode): Decision {
    const now = performance.now();
    const end = endAfter(outcome, mode);
    const { error, retryAfterMs = 0 } = outcome as Facts;
    const { maxAttempts, maxElapsedMs } = this.#options.retry;
    const ownMs = this.next(now, end ? 0 : retryAfterMs);
    const attempt = this.failures;
    if (attempt === 1) this.#failingSince = now;
    // A retry function cannot override two ends: a 204, and a request that is not safe to repeat.
    const isFinal = (end && mode === "once") || end === "stopped";
    const asked = (isFinal ? undefined : this.#ask(error, attempt, ownMs)) ?? !end;
    if (asked === false) return { kind: "closed", reason: end ?? outcome.kind, error };
    const delayMs = asked === true ? ownMs : asked;
    const cause = error ?? new FeedError("ended", say("ended", url), { url, attempt });
    const usedUp =
      (maxAttempts !== false && attempt > maxAttempts) ||
      (maxElapsedMs !== false && now + delayMs - this.#failingSince > maxElapsedMs);
    if (usedUp) return { kind: "closed", reason: "exhausted", error: cause };
    this.#until = Date.now() + retryAfterMs;
    return { kind: "waiting", delayMs, error: cause, attempt };
  }

  /** The answer of the user's retry function; `undefined` if there is none, or if it failed. */
  #ask(
    error: FeedError | undefined,
    attempt: number,
    delayMs: number,
  ): number | boolean | undefined {
    const { decide: ask } = this.#options;
    if (!ask) return undefined;
    try {
      const answer: unknown = resultOf("retry", ask, error, { attempt, delayMs });
      if (typeof answer === "boolean" || (typeof answer === "number" && answer >= 0)) return answer;
      throw new TypeError(say("no-delay", answer));
    } catch (cause) {
      const threw = causedBy(cause, "callback", "retry-threw");
      this.#outlet.report({ kind: "error", error: threw });
      return undefined;
    }
  }
}
