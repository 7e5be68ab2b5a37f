import { checkConsuming } from "#checks";
import { say } from "#words";
import { FeedError } from "../core/errors.ts";
import { knownOptions } from "../core/own.ts";
import { longestDelayMs } from "../core/sleep.ts";
import type { Subscription } from "./subscription.ts";

/** The options of `feed.once()`. */
export interface OnceOptions {
  /** Gives up when the signal aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Gives up after this time, in ms. Default: never. */
  readonly timeoutMs?: number | undefined;
}

const defaults: OnceOptions = Object.freeze({ signal: undefined, timeoutMs: undefined });

/** Reads the options. Throws `TypeError` for an invalid one. */
export function onceOptions(options: OnceOptions): OnceOptions {
  const known = knownOptions("once", options, defaults);
  checkConsuming(known);
  return known;
}

/** The next event of a subscription that is created for it, and closed after it. */
export async function nextOf<E>(
  subscription: Subscription<E>,
  { signal, timeoutMs }: OnceOptions,
  feed: { readonly url: string },
): Promise<E> {
  let late = false;
  const giveUp = (): void => {
    late = true;
    subscription.close();
  };
  const timer =
    timeoutMs === undefined ? undefined : setTimeout(giveUp, Math.min(timeoutMs, longestDelayMs));
  try {
    const { done, value } = await subscription.next();
    if (!done) return value;
    signal?.throwIfAborted();
    const what = subscription.types.join(" or ");
    const { url } = feed;
    if (late) throw new FeedError("timeout", say("once-late", what, timeoutMs), { url });
    const { reason } = await subscription.closed;
    throw new FeedError("closed", say("once-closed", what, reason), { url });
  } finally {
    clearTimeout(timer);
    subscription.close();
  }
}
