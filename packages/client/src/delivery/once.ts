import { checkConsuming } from "#checks";
import { startTimer } from "#timers";
import { say } from "#words";
import { FeedError } from "../core/errors.ts";
import { knownOptions } from "../core/own.ts";
import type { Subscription } from "./subscription.ts";

/** The options of `feed.once()`. */
export interface OnceOptions {
  /** Gives up when the signal aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Gives up after this time, in ms. Default: never. */
  readonly timeoutMs?: number | undefined;
}

const defaults: OnceOptions = Object.freeze({ signal: undefined, timeoutMs: undefined });

interface Subscribed<E> {
  readonly url: string;
  subscribe(
    types: string | readonly string[],
    options: { readonly signal: AbortSignal | undefined },
  ): Subscription<E>;
}

/** The next event of a feed, by a subscription that is closed after it. */
export async function nextOf<E>(
  feed: Subscribed<E>,
  types: string | readonly string[],
  options: OnceOptions = {},
): Promise<E> {
  const known = knownOptions("once", options, defaults);
  checkConsuming(known);
  const { signal, timeoutMs } = known;
  const subscription = feed.subscribe(types, { signal });
  const late = (): void => {
    const error = new FeedError("timeout", say("once-late", subscription.types, timeoutMs), {
      url: feed.url,
    });
    subscription.leave("failed", error);
  };
  const timer = timeoutMs === undefined ? undefined : startTimer(late, timeoutMs);
  try {
    const { done, value } = await subscription.next();
    if (!done) return value;
    // React Native's signals have no reason.
    if (signal?.aborted && signal.reason !== undefined) throw signal.reason;
    const { reason } = await subscription.closed;
    throw new FeedError("closed", say("once-closed", subscription.types, reason), {
      url: feed.url,
    });
  } finally {
    clearTimeout(timer);
    subscription.close();
  }
}
