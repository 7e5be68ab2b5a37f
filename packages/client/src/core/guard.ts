import { say } from "#words";
import { FeedError, type FeedErrorCode } from "./errors.ts";
import type { FactsBefore, FactsOf } from "./words.ts";

/** Is notified when a user's function fails. */
export interface Guard {
  threw(cause: unknown): void;
}

/**
 * Calls a user's function that may be asynchronous. An error that it throws, or a rejection of its promise, goes to the
 * guard and affects nothing else. For an asynchronous function, returns a promise that resolves once it has settled.
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

/**
 * Calls a user's function that must be synchronous. Throws `TypeError` if it returns a promise, and ignores that
 * promise's rejection.
 */
export function resultOf<A extends unknown[], T>(
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

/** An error whose sentence ends with the message of the value that was thrown, its cause. */
export function causedBy<K extends Parameters<typeof say>[0]>(
  cause: unknown,
  code: FeedErrorCode,
  key: K,
  ...facts: FactsBefore<K>
): FeedError {
  const message = say(key, ...([...facts, messageOf(cause)] as unknown as FactsOf<K>));
  return new FeedError(code, message, { cause });
}

/** The message of a thrown value. Any value can be thrown, even one without text. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error
    ? thrown.message
    : typeof thrown === "string"
      ? thrown
      : say("no-error");
}
