import { headersOf } from "#checks";
import { FeedError } from "../core/errors.ts";
import type { HeadersInit } from "../core/platform.ts";

/** The headers that every request has: the user's, `Accept`, and the token. Throws a `FeedError` for those that can't be. */
export function makeHeaders(
  given: HeadersInit | undefined,
  token: string | undefined,
  { href: url }: URL,
): Headers {
  try {
    const headers = headersOf(given, token);
    if (!headers.has("Accept")) headers.set("Accept", "text/event-stream");
    return headers;
  } catch (cause) {
    throw new FeedError("request", (cause as Error).message, { url, cause });
  }
}
