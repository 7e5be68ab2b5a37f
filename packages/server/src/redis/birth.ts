/**
 * The id of the first entry of a stream that nothing was ever taken out of, by Redis' answer to
 * `XINFO STREAM`: a list of names and values in turn, or (in its newer protocol) an object. Redis counts
 * what was added from 7.0 on.
 */
export function birthOf(reply: unknown): string | undefined {
  const of = (name: string): unknown =>
    Array.isArray(reply)
      ? (reply as unknown[])[reply.indexOf(name) + 1]
      : (reply as Record<string, unknown>)[name];
  const added = of("entries-added");
  const first = of("first-entry") as readonly [id: string] | null;
  return added !== undefined && Number(added) === Number(of("length")) ? first?.[0] : undefined;
}
