import { headersOf } from "#checks";
import type { HeadersInit } from "../core/platform.ts";

/**
 * The headers of every request: the user's, `Accept`, and `Authorization` with the token, or else with the user and
 * password of the URL. Throws `TypeError` for headers that can't be sent.
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

/**
 * Removes the user and password from a URL such as `https://user:password@host/`, since no transport reads them there.
 * Returns the value of the equivalent `Authorization` header.
 */
export function takeCredentials(url: URL): string | undefined {
  const { username, password } = url;
  if (!username && !password) return undefined;
  url.username = url.password = "";
  // A URL has `%` and two hex digits for each byte beyond ASCII, and btoa takes one character per byte.
  const bytes = `${username}:${password}`.replace(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return `Basic ${btoa(bytes)}`;
}

/** Sets a header unless the request already has it. */
export function setDefault(headers: Headers, name: string, value: string | undefined): void {
  if (value && !headers.has(name)) headers.set(name, value);
}
