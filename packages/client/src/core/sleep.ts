/** The longest delay a timer takes, 2^31−1 ms: a longer one fires at once. */
export const longestDelayMs: number = 2 ** 31 - 1;

/** Resolves after the delay, or at once when the signal aborts; never rejects. `ref: false` does not keep a Node process. */
export function sleep(ms: number, signal: AbortSignal, ref = true): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, longestDelayMs));
    if (!ref) unref(timer);
    signal.addEventListener("abort", done, { once: true });
  });
}

/** Lets a Node process end although the timer runs; elsewhere a timer is a number. */
export function unref(timer: ReturnType<typeof setTimeout>): void {
  (timer as { unref?(): void }).unref?.();
}
