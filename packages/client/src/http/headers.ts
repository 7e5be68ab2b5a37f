import { headersOf } from "#checks";
import type { HeadersInit } from "../core/platform.ts";

/**
 * The headers that every request has: the user's, `Accept`, and the token, or else what the URL's user and password are as a
 * header. Throws `TypeError` for headers that can't be.
 */
export function makeHeaders(
  given: HeadersInit | undefined,
  token: string | undefined,
  basic: string | undefined,
): Headers {
  const headers = headersOf(given, token);
  setDefault(headers, "Accept", "text/event-stream");
  setDefault(headers, "Authorization", basic);
  return headers;
}

/** `https://user:password@host/`: no transport takes them from the URL. Gives the header that says the same. */
export function takeCredentials(url: URL): string | undefined {
  const { username, password } = url;
  if (!username && !password) return undefined;
  url.username = url.password = "";
  // A URL has a `%` and two digits for each byte beyond ASCII, and btoa takes a character for each.
  const bytes = `${username}:${password}`.replace(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return `Basic ${btoa(bytes)}`;
}

/** Sets a header where the request has none of the name. */
export function setDefault(headers: Headers, name: string, value: string | undefined): void {
  if (value && !headers.has(name)) headers.set(name, value);
}
