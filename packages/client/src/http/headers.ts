import { headersFault } from "#checks";
import { FeedError } from "../core/errors.ts";
import { acceptFault, admitsStream } from "../core/header.ts";
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
  const headers = attempted(
    url,
    () => new Headers(given),
    () => headersFault(given),
  );
  const refused = [...headers.keys()].find((name) => hopByHop.test(name));
  const why = "belongs to the connection, which the platform manages: leave it out.";
  if (refused) throw new FeedError("request", `The header ${refused} ${why}`, { url });
  const accept = headers.get("Accept");
  if (accept === null) headers.set("Accept", "text/event-stream");
  else if (!admitsStream(accept)) throw new FeedError("request", acceptFault, { url });
  attempted(url, () => checkToken(token), String);
  const bearer = (): void => headers.set("Authorization", `Bearer ${token}`);
  if (token !== undefined)
    attempted(url, bearer, () => "The token has a character that no header can have.");
  return headers;
}

/** What the call gives. What it throws is no secret's way into a log: `say` gives the sentence. */
function attempted<T>(url: string, call: () => T, say: (cause: unknown) => string): T {
  try {
    return call();
  } catch (cause) {
    throw new FeedError("request", say(cause), { url, cause });
  }
}
