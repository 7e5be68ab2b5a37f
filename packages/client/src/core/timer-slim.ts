// The timers of pages, which no timer keeps alive. `timer.ts` has those of all other platforms.

export const longestDelayMs: number = 2 ** 31 - 1;

export const startTimer = (run: () => void, ms: number): ReturnType<typeof setTimeout> =>
  setTimeout(run, Math.min(ms, longestDelayMs));

export function unref(): void {}

export function keepAlive(): void {}

/** A page has no `setImmediate`. */
export const nextTurn = (run: () => void): unknown => setTimeout(run, 20);
