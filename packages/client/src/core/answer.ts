import { say } from "#words";

/** What is reported when a function of the user's fails. */
export interface Guard {
  threw(cause: unknown): void;
}

/**
 * Calls a function of the user's that may be asynchronous. What it throws, or its promise rejects with, goes to the guard
 * and hurts nobody else. For an asynchronous one: a promise that resolves when it has settled.
 */
export function guard<T>(
  call: (value: T) => unknown,
  value: T,
  by: Guard,
): Promise<void> | undefined {
  try {
    const result = call(value);
    return isThenable(result) ? settled(result, by) : undefined;
  } catch (cause) {
    by.threw(cause);
    return undefined;
  }
}

/** Calls a function of the user's that must answer at once. A promise is refused by a `TypeError`, and its rejection handled. */
export function answerOf<A extends unknown[], T>(
  name: string,
  call: (...args: A) => T,
  ...args: A
): T {
  const answer = call(...args);
  if (!isThenable(answer)) return answer;
  Promise.resolve(answer).catch(() => undefined);
  throw new TypeError(say("no-promise", name));
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === "function";
}

async function settled(promise: PromiseLike<unknown>, by: Guard): Promise<void> {
  try {
    await promise;
  } catch (cause) {
    by.threw(cause);
  }
}

/** What was thrown, in words. Anything can be thrown, also what has no text. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error
    ? thrown.message
    : typeof thrown === "string"
      ? thrown
      : say("no-error");
}
