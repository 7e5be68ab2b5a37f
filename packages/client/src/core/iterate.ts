/** The result of an iteration that is complete. */
export const done: IteratorReturnResult<undefined> = Object.freeze({
  done: true,
  value: undefined,
});

/** An iterator that is left by `return()`. */
export function iterate<T>(
  next: () => Promise<IteratorResult<T, undefined>>,
  leave: () => void,
): AsyncIterableIterator<T, undefined> {
  return {
    next,
    return: async () => {
      leave();
      return done;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
