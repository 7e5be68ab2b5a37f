/** What a function of the user's may return where nothing waits for it. */
const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  ((typeof value === "object" && value !== null) || typeof value === "function") &&
  typeof (value as { then?: unknown }).then === "function";

/** Calls what nothing waits for. `failed` gets what it throws, now or later. */
export function callLoose(hook: () => unknown, failed: (error: unknown) => void): void {
  try {
    const returned = hook();
    if (isThenable(returned)) new Promise((settle) => settle(returned)).catch(failed);
  } catch (error) {
    failed(error);
  }
}

/** What a hook answers that must answer at once. Throws `TypeError` for a promise, which must not pass for an answer. */
export function atOnce<T>(name: string, answer: T): T {
  if (!isThenable(answer)) return answer;
  // Its outcome is not used; a rejection must not end the process.
  new Promise((settle) => settle(answer)).catch(() => undefined);
  throw new TypeError(`${name} must answer at once, not with a promise.`);
}

/** The one rule for what opens a door: `true` and nothing else. */
export const opens = (answer: unknown): boolean => answer === true;
