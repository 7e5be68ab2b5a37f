/** The longest delay a timer takes, 2^31−1 ms: a longer one fires at once. */
export const longestDelayMs: number = 2 ** 31 - 1;

/** A timer, for at most the longest delay. `ref: false` does not keep a Node process. */
export function startTimer(run: () => void, ms: number, ref = true): ReturnType<typeof setTimeout> {
  const timer = setTimeout(run, Math.min(ms, longestDelayMs));
  if (!ref) unref(timer);
  return timer;
}

/** Lets a Node process end although the timer runs; elsewhere a timer is a number. */
export function unref(timer: ReturnType<typeof setTimeout>): void {
  (timer as { unref?(): void }).unref?.();
}
