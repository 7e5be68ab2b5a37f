import type { RetryOptions, StatusOf } from "@steadfeed/client";

/** A server that dies all the time would be asked ever less often; those who watch want to see it come back. */
export const retry: RetryOptions = { maxDelayMs: 2000, stableAfterMs: 1000 };

/** Why a feed waits, and for how long, in words. Without a network there is no "how long", and the reason says for what. */
export function reasonOf({ error, delayMs }: StatusOf<"waiting">): string {
  const { message } = error;
  return delayMs === Infinity ? message : `${message} Again in ${(delayMs / 1000).toFixed(1)} s.`;
}
