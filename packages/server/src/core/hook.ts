/** Whether a value is a promise, of any library. */
export const isThenable = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  ((typeof value === "object" && value !== null) || typeof value === "function") &&
  typeof (value as { then?: unknown }).then === "function";

/** Calls a hook that is not awaited. `failed` receives its error, thrown now or later. */
export function callUnawaited(hook: () => unknown, failed: (error: unknown) => void): void {
  try {
    const returned = hook();
    if (isThenable(returned)) new Promise((settle) => settle(returned)).catch(failed);
  } catch (error) {
    failed(error);
  }
}

/** The result of a hook that must be synchronous. Throws `TypeError` for a promise, which would be truthy. */
export function atOnce<T>(name: string, answer: T): T {
  if (!isThenable(answer)) return answer;
  // Its result is not used, and a rejection must not end the process.
  new Promise((settle) => settle(answer)).catch(() => undefined);
  throw new TypeError(`${name} returned a promise, but must be synchronous.`);
}

/** The rule for every hook that grants access: `true`, and nothing else. */
export const opens = (answer: unknown): boolean => answer === true;
