/**
 * The id of the first entry of a stream from which nothing was ever removed, from Redis' reply to `XINFO STREAM`: an
 * alternating list of names and values, or (in its newer protocol) an object. Redis counts added entries since 7.0.
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
