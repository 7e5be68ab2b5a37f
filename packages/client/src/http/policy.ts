import type { FeedError } from "../core/errors.ts";
import type { RetryMode } from "../core/options.ts";
import type { CloseReason } from "../core/status.ts";

/** How one attempt went. An attempt returns one of these and never throws. */
export type Outcome =
  /** The body ended. `complete`: the transport vouches that nothing is missing; it cannot where only closing says the end, nor can `fetch`. */
  | { readonly kind: "ended"; readonly complete?: true }
  /** 204: the server wants no more requests. */
  | { readonly kind: "stopped" }
  /** We gave it up ourselves. */
  | { readonly kind: "aborted" }
  | {
      readonly kind: "failed";
      readonly error: FeedError;
      /** What the server asked for by `Retry-After`, in milliseconds. */
      readonly retryAfterMs?: number | undefined;
    };

/** Whether to try again, and if not, why the feed is over. */
export type Decision =
  | { readonly retry: true; readonly delayMs?: number | undefined }
  | { readonly retry: false; readonly reason: CloseReason; readonly error?: FeedError };

/** Statuses that say "later", not "no". */
const retriedStatuses: ReadonlySet<number | undefined> = new Set([
  408, 425, 429, 500, 502, 503, 504,
]);

/** Errors of the way, not of the answer. */
const transient: ReadonlySet<string> = new Set(["network", "timeout", "callback"]);

/** Retry or stop, from the outcome alone. */
export function decide(outcome: Outcome, mode: RetryMode): Decision {
  if (outcome.kind === "stopped") return { retry: false, reason: "stopped" };
  if (outcome.kind === "aborted") return { retry: false, reason: "closed" };
  if (outcome.kind === "ended") {
    return mode === "never" ? { retry: false, reason: "ended" } : { retry: true };
  }
  const { error, retryAfterMs } = outcome;
  return mode !== "never" && mayHeal(error, mode)
    ? { retry: true, delayMs: retryAfterMs }
    : { retry: false, reason: "failed", error };
}

function mayHeal(error: FeedError, mode: RetryMode): boolean {
  if (transient.has(error.code)) return true;
  // [spec] A network error reestablishes the connection, any other status or type fails it.
  if (mode === "spec") return error.code === "tls";
  return error.code === "status" && retriedStatuses.has(error.status);
}
