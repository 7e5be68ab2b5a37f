/** The longest delay of a timer, 2^31−1 ms. A timer with a longer one fires at once. */
export const longestDelayMs: number = 2 ** 31 - 1;

type Timer = ReturnType<typeof setTimeout>;

/** Starts a timer for at most the longest delay. With `ref: false` it does not keep a Node process alive. */
export function startTimer(run: () => void, ms: number, ref = true): Timer {
  const timer = setTimeout(run, Math.min(ms, longestDelayMs));
  if (!ref) unref(timer);
  return timer;
}

/**
 * Lets a Node process end while the timer is running. On other platforms a timer is a number, and this does nothing.
 */
export function unref(timer: Timer): void {
  (timer as { unref?(): void }).unref?.();
}

/** An object that may keep a Node process alive. */
interface Keeper {
  alive: Timer | undefined;
  readonly options: { readonly ref: boolean };
}

/** Keeps a Node process alive by a timer, or no longer. */
export function keepAlive(keeper: Keeper, on: boolean): void {
  clearInterval(keeper.alive);
  keeper.alive =
    on && keeper.options.ref ? setInterval(() => undefined, longestDelayMs) : undefined;
}

/**
 * Calls a function after the input that is waiting in sockets was read. Uses the platform's `setImmediate`, even under
 * a fake clock.
 */
export const nextTurn: (run: () => void) => unknown =
  globalThis.setImmediate ?? ((run) => setTimeout(run, 20));
