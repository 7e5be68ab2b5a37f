/** Throws `TypeError` for what is no bearer token. `undefined` is none, and is fine. */
export function checkToken(token: string | null | undefined): asserts token is string | undefined {
  if (token !== undefined && typeof token !== "string")
    throw new TypeError(
      `token must be a string, not ${token as unknown as string}: leave it out for none.`,
    );
  if (/^bearer\s/i.test(token ?? ""))
    throw new TypeError('token must not begin with "Bearer ": that word is added to it.');
}
