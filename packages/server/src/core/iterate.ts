/** The iterator of a source. Throws `TypeError` for a value that is not asynchronously iterable. */
export function iterate<E>(source: AsyncIterable<E>): AsyncIterator<E> {
  if (Symbol.asyncIterator in (Object(source) as object)) return source[Symbol.asyncIterator]();
  throw new TypeError("from() takes an async iterable or a ReadableStream.");
}
