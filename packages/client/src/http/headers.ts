import { headersFault } from "#checks";
import { say } from "#words";
import { FeedError } from "../core/errors.ts";
import { admitsStream } from "../core/header.ts";
import type { HeadersInit } from "../core/platform.ts";
import { checkToken } from "../core/token.ts";

/** Headers of one connection, which the platform manages. Only `Connection` itself does no harm. */
const hopByHop =
  /^(expect|http2-settings|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/;

/** The headers that every request has: the user's, `Accept`, and the token. Throws a `FeedError` for those that can't be. */
export function makeHeaders(
  given: HeadersInit | undefined,
  token: string | undefined,
  { href: url }: URL,
): Headers {
  /** What the call gives. What it throws is no secret's way into a log: `why` gives the sentence. */
  const attempted = <T>(call: () => T, why: (cause: unknown) => string): T => {
    try {
      return call();
    } catch (cause) {
      throw new FeedError("request", why(cause), { url, cause });
    }
  };
  const must = (holds: boolean, why: string): void => {
    if (!holds) throw new FeedError("request", why, { url });
  };
  const headers = attempted(
    () => new Headers(given),
    () => headersFault(given),
  );
  for (const name of headers.keys()) must(!hopByHop.test(name), say("hop-by-hop", name));
  const accept = headers.get("Accept");
  if (accept === null) headers.set("Accept", "text/event-stream");
  else must(admitsStream(accept), say("no-accept"));
  attempted(() => checkToken(token), String);
  if (token !== undefined)
    attempted(
      () => headers.set("Authorization", `Bearer ${token}`),
      () => say("strange-token"),
    );
  return headers;
}
