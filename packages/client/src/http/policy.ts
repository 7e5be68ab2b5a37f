import type { FeedError } from "../core/errors.ts";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import type { RetryMode } from "../core/retry-options.ts";
import type { CloseReason } from "../core/status.ts";

/** The outcome of an attempt. An attempt returns one of these, and never throws. */
export type Outcome =
  /**
   * The body ended. `complete`: the transport guarantees that nothing is missing. It cannot if only closing the
   * connection marks the end, nor can `fetch`.
   */
  | { readonly kind: "ended"; readonly complete?: true | undefined }
  /** 204: the server wants no more requests. */
  | { readonly kind: "stopped" }
  /** The feed gave it up itself. */
  | { readonly kind: "aborted" }
  | {
      readonly kind: "failed";
      readonly error: FeedError;
      /** The delay that the server asked for by `Retry-After`, in ms. */
      readonly retryAfterMs?: number | undefined;
      /** No part of the request reached a server, for certain. */
      readonly unsent?: boolean | undefined;
    };

/**
 * True if a status means "later" rather than "no". CDNs and APIs have many of their own. A status about a login or a
 * certificate is left out, since waiting does not fix it.
 */
const saysLater = /^(408|425|429|5(?!01|05|11|25|26)..)$/;

/** The reason why a feed closes after an outcome; `undefined` if it tries again. */
export function endAfter(outcome: Outcome, mode: RetryMode): CloseReason | undefined {
  const { kind } = outcome;
  if (kind === "aborted") return "closed";
  if (kind !== "failed") return kind === "ended" && repeats(mode) ? undefined : kind;
  const may = repeats(mode) || (mode === "once" && outcome.unsent);
  return may && mayHeal(outcome.error, mode) ? undefined : "failed";
}

/** True if a request may be sent more than once. */
export const repeats = (mode: RetryMode): boolean => mode === "steady" || mode === "spec";

function mayHeal({ code, status = 0 }: FeedError, mode: RetryMode): boolean {
  // Errors of the connection or of the user's functions, not of the answer.
  if (["network", "timeout", "callback"].includes(code)) return true;
  // [spec] A network error reconnects; any other status or type fails the connection.
  return mode === "spec" ? code === "tls" : code === "status" && saysLater.test(`${status}`);
}

/**
 * Another try within the same attempt, if one may help, each at most once: with a new token (`makeRequest` asks the
 * function again, with the reason `unauthorized`), or without the cursor. `HttpSource` makes it as a new exchange.
 */
export function secondTry(
  outcome: Outcome,
  { token, mode }: ResolvedOptions,
  attempt: Attempt,
): Attempt | undefined {
  if (outcome.kind !== "failed") return undefined;
  const { error } = outcome;
  const { status = 0 } = error;
  if (status === 401 && typeof token === "function" && attempt.reason !== "unauthorized")
    return { ...attempt, error, reason: "unauthorized" };
  // r3labs servers answer 400 to a cursor that is not a number. Others refuse one that is too long.
  return attempt.lastEventId !== "" &&
    mode === "steady" &&
    [400, 409, 410, 412, 413, 414, 416, 431].includes(status)
    ? { ...attempt, error, lastEventId: "" }
    : undefined;
}
