/** The longest delay of a timer, 2^31−1 ms. A timer with a longer one fires at once. */
export const longestDelayMs: number = 2 ** 31 - 1;

/** Starts a timer for at most the longest delay. With `ref: false` it does not keep a Node process alive. */
export function startTimer(run: () => void, ms: number, ref = true): ReturnType<typeof setTimeout> {
  const timer = setTimeout(run, Math.min(ms, longestDelayMs));
  if (!ref) unref(timer);
  return timer;
}

/**
 * Lets a Node process end while the timer is running. On other platforms a timer is a number, and this does nothing.
 */
export function unref(timer: ReturnType<typeof setTimeout>): void {
  (timer as { unref?(): void }).unref?.();
}
