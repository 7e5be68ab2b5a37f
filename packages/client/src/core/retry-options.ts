import type { FeedError } from "./errors.ts";

/** How a feed waits between attempts, and when it gives up. */
export interface RetryOptions {
  /** The delay before the first retry, in ms. A server's `retry:` replaces it. Default: 1000. */
  readonly initialDelayMs?: number | undefined;
  /** The longest delay that backoff grows to, in ms. Default: 30 000. */
  readonly maxDelayMs?: number | undefined;
  /** The factor by which the delay grows with each failure, ≥ 1. Default: 2. */
  readonly factor?: number | undefined;
  /**
   * The random part of a delay: `equal` half of it, `full` all of it, `none`. If the server asked for the delay, the
   * random part only lengthens it. Default: `equal`.
   */
  readonly jitter?: "equal" | "full" | "none" | undefined;
  /** How many retries in a row before the feed closes as `exhausted`, or `false` for no limit. Default: `false`. */
  readonly maxAttempts?: number | false | undefined;
  /**
   * How long to retry in a row, in ms, before the feed closes as `exhausted`, or `false` for no limit. Default:
   * `false`.
   */
  readonly maxElapsedMs?: number | false | undefined;
  /** After a connection has been open for this long, in ms, the next delay starts over. `0` for a server that ends each answer on purpose (long polling). Default: 5000. */
  readonly stableAfterMs?: number | undefined;
  /** The longest delay that a server's `retry:` can set, in ms. Default: 300 000. */
  readonly maxServerRetryMs?: number | undefined;
  /** The longest delay that a server's `Retry-After` can ask for, in ms. Default: 3 600 000, an hour. */
  readonly maxRetryAfterMs?: number | undefined;
  /**
   * `true` lets a request that is neither GET nor HEAD be sent again after an end or an error. Otherwise it is sent
   * once, and repeated only if it never reached the server, or was answered 401 and `token` is a function. Default:
   * `false`.
   */
  readonly repeat?: boolean | undefined;
}

/** The argument of a retry function. */
export interface RetryContext {
  /** The attempt that ended: 1 for the first since the feed was last healthy. */
  readonly attempt: number;
  /** The feed's own delay, in ms. */
  readonly delayMs: number;
}

/**
 * Decides in place of the feed. Returns a delay in ms (≥ 0), `true` for the feed's own delay, or `false` to end the
 * feed. Called with `undefined` when a stream ended in order. Not called after a 204.
 */
export type RetryFunction = (
  error: FeedError | undefined,
  context: RetryContext,
) => number | boolean;

/**
 * `steady`: every error that may be temporary is retried. `spec`: by the standard's rules. `never`: one request.
 * `once`: a request that is not safe to repeat is sent once, and retried only if it never reached the server.
 */
export type RetryMode = "steady" | "spec" | "never" | "once";

export interface BackoffOptions {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly factor: number;
  readonly jitter: "equal" | "full" | "none";
  readonly stableAfterMs: number;
  readonly maxServerRetryMs: number;
}

/** The retry options with every default in place. */
export interface ResolvedRetry extends BackoffOptions {
  readonly maxAttempts: number | false;
  readonly maxElapsedMs: number | false;
  readonly maxRetryAfterMs: number;
  readonly repeat: boolean;
}
