import type { RetryOptions, StatusOf } from "@steadfeed/client";

/** A server that dies constantly would be asked ever less often, and viewers want to see it return. */
export const retry: RetryOptions = { maxDelayMs: 2000, stableAfterMs: 1000 };

/**
 * The reason and the duration of a wait, in words. Offline there is no duration, and the reason names the condition.
 */
export function reasonOf({ error, delayMs }: StatusOf<"waiting">): string {
  const { message } = error;
  return delayMs === Infinity ? message : `${message} Again in ${(delayMs / 1000).toFixed(1)} s.`;
}
