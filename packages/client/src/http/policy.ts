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
      /** It is known that nothing of the request reached a server. */
      readonly unsent?: true | undefined;
    };

/** Whether to try again, and if not, why the feed is over. */
export type Decision =
  | { readonly retry: true; readonly delayMs?: number | undefined }
  | { readonly retry: false; readonly reason: CloseReason; readonly error?: FeedError };

/** Of the answers that blame the server, those that say "no": not implemented, a version, a login, a certificate. */
const never: ReadonlySet<number> = new Set([501, 505, 511, 525, 526]);

/** Whether a status says "later", not "no". CDNs and APIs have many of their own. */
const saysLater = (status: number): boolean =>
  [408, 425, 429].includes(status) || (status >= 500 && status < 600 && !never.has(status));

/** Whether an answer to a cursor says no to the cursor. r3labs' servers say 400 to each that is no number; others say that it is too long. */
export const refusesCursor = (status: number): boolean =>
  [400, 409, 410, 412, 413, 414, 416, 431].includes(status);

/** Errors of the way, not of the answer. */
const transient: ReadonlySet<string> = new Set(["network", "timeout", "callback"]);

/** Retry or stop, from the outcome alone. */
export function decide(outcome: Outcome, mode: RetryMode): Decision {
  if (outcome.kind === "stopped") return { retry: false, reason: "stopped" };
  if (outcome.kind === "aborted") return { retry: false, reason: "closed" };
  if (outcome.kind === "ended") {
    return repeats(mode) ? { retry: true } : { retry: false, reason: "ended" };
  }
  const { error, retryAfterMs, unsent } = outcome;
  const may = repeats(mode) || (mode === "once" && unsent);
  return may && mayHeal(error, mode)
    ? { retry: true, delayMs: retryAfterMs }
    : { retry: false, reason: "failed", error };
}

/** Whether a request may be sent again that was sent before. */
export const repeats = (mode: RetryMode): boolean => mode === "steady" || mode === "spec";

function mayHeal(error: FeedError, mode: RetryMode): boolean {
  if (transient.has(error.code)) return true;
  // [spec] A network error reestablishes the connection, any other status or type fails it.
  if (mode === "spec") return error.code === "tls";
  return error.code === "status" && saysLater(error.status ?? 0);
}
