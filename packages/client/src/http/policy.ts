import type { FeedError } from "../core/errors.ts";
import type { Attempt, ResolvedOptions, RetryMode } from "../core/options.ts";
import type { CloseReason } from "../core/status.ts";

/** How one attempt went. An attempt returns one of these and never throws. */
export type Outcome =
  /** The body ended. `complete`: the transport vouches that nothing is missing; it cannot where only closing says the end, nor can `fetch`. */
  | { readonly kind: "ended"; readonly complete?: true | undefined }
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
      readonly unsent?: boolean | undefined;
    };

/** Whether a status says "later", not "no". CDNs and APIs have many of their own. A login or a certificate is no matter of time. */
const saysLater = (status: number): boolean =>
  [408, 425, 429].includes(status) ||
  (status >= 500 && status < 600 && ![501, 505, 511, 525, 526].includes(status));

/** Why a feed closes after an outcome; `undefined`: it tries again. */
export function endAfter(outcome: Outcome, mode: RetryMode): CloseReason | undefined {
  const { kind } = outcome;
  if (kind === "aborted") return "closed";
  if (kind !== "failed") return kind === "ended" && repeats(mode) ? undefined : kind;
  const may = repeats(mode) || (mode === "once" && outcome.unsent);
  return may && mayHeal(outcome.error, mode) ? undefined : "failed";
}

/** Whether a request may be sent again that was sent before. */
export const repeats = (mode: RetryMode): boolean => mode === "steady" || mode === "spec";

function mayHeal({ code, status = 0 }: FeedError, mode: RetryMode): boolean {
  // Errors of the way, not of the answer.
  if (["network", "timeout", "callback"].includes(code)) return true;
  // [spec] A network error reestablishes the connection, any other status or type fails it.
  return mode === "spec" ? code === "tls" : code === "status" && saysLater(status);
}

/** What may be tried once more within the same attempt: with a new token, or without the cursor. */
export function secondTry(
  outcome: Outcome,
  { token, mode }: ResolvedOptions,
  attempt: Attempt,
): Attempt | undefined {
  if (outcome.kind !== "failed") return undefined;
  const { error } = outcome;
  const { status = 0 } = error;
  const unauthorized =
    status === 401 && typeof token === "function" && attempt.reason !== "unauthorized";
  // r3labs' servers say 400 to each cursor that is no number; others say that it is too long.
  const refused =
    [400, 409, 410, 412, 413, 414, 416, 431].includes(status) &&
    attempt.lastEventId !== "" &&
    mode === "steady";
  if (!unauthorized && !refused) return undefined;
  const change = unauthorized ? { reason: "unauthorized" as const } : { lastEventId: "" };
  // An attempt makes its signal when it is asked for it.
  return { ...attempt, signal: attempt.signal, error, ...change };
}
