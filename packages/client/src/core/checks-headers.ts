import { say } from "#words";
import { shown } from "./must.ts";
import type { HeadersInit } from "./platform.ts";

/** [spec] HTTP methods and header names are tokens. */
export const isToken: RegExp = /^[!#$%&'*+.^_`|~\w-]+$/;

/**
 * Headers that belong to a single connection, which the platform manages. `Connection` itself is harmless, so it is
 * allowed.
 */
const hopByHop =
  /^(expect|http2-settings|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/;

/** The user's headers, and the token. Throws `TypeError` for headers that can't be sent in a feed's request. */
export function headersOf(given: HeadersInit | undefined, token: string | undefined): Headers {
  const headers = attempted(
    () => new Headers(given),
    () => headersFault(given),
  );
  for (const name of headers.keys())
    if (hopByHop.test(name)) throw new TypeError(say("hop-by-hop", name));
  checkAccept(headers);
  checkToken(token);
  checkAuthorization(headers, token);
  if (token !== undefined)
    attempted(
      () => headers.set("Authorization", `Bearer ${token}`),
      () => say("strange-token"),
    );
  return headers;
}

/**
 * Returns the result of the call. The platform's error message may quote a secret, so the message of `why` replaces it.
 */
function attempted<T>(call: () => T, why: () => string): T {
  try {
    return call();
  } catch (cause) {
    throw new TypeError(why(), { cause });
  }
}

/**
 * Throws `TypeError` for an `Accept` that excludes event streams. Invalid headers are found later, when the request is
 * made.
 */
export function checkAccept(given: HeadersInit | undefined): void {
  if (!admitsStream(headerOf(given, "Accept") ?? "*/*")) throw new TypeError(say("no-accept"));
}

/** Throws `TypeError` for a promise: `new Headers()` would read no header from it. */
export function checkHeaders(given: unknown): void {
  if (typeof (Object(given) as { then?: unknown }).then === "function")
    throw new TypeError("headers must not be a promise: give a function that returns it.");
}

/** Throws `TypeError` if the token would replace the user's own `Authorization` header. */
export function checkAuthorization(given: HeadersInit | undefined, token: unknown): void {
  if (token === undefined || headerOf(given, "Authorization") === null) return;
  throw new TypeError(
    "token and headers.Authorization exclude each other, since a token is sent as that header: leave one of them out.",
  );
}

function headerOf(given: HeadersInit | undefined, name: string): string | null {
  try {
    return new Headers(given).get(name);
  } catch {
    return null;
  }
}

/** Throws `TypeError` if the value is not a bearer token. `undefined` means no token, and is fine. */
export function checkToken(token: string | null | undefined): asserts token is string | undefined {
  if (token === undefined) return;
  if (typeof token !== "string")
    throw new TypeError(
      `token must be a string, not ${shown(token)}: leave it out if there is none.`,
    );
  if (token.trim() === "")
    throw new TypeError("token must not be empty: leave it out, or give undefined, for none.");
  if (/^bearer\s/i.test(token))
    throw new TypeError('token must not begin with "Bearer ": that word is added to it.');
}

/** A message that names the invalid header and the reason. The header's value may be a secret, so it is not quoted. */
function headersFault(given: HeadersInit | undefined): string {
  if (typeof given === "string") {
    const [name = ""] = (given as string).split(":");
    return `headers must be an object such as { ${JSON.stringify(name)}: … }, a list of pairs or Headers, not a string.`;
  }
  for (const pair of pairsOf(given)) {
    if (!Array.isArray(pair) || pair.length !== 2)
      return "headers must be a list of [name, value].";
    const [name, value] = pair;
    if (!isToken.test(name))
      return `${JSON.stringify(name)} is not the name of a header: it has a character that no name can have.`;
    const strange = /[\0\r\n]|[^\0-\xFF]/.exec(value.trim());
    if (strange)
      return `The header ${name} cannot be sent: no header can have ${JSON.stringify(strange[0])}, at place ${strange.index} of its value.`;
  }
  return `headers must be an object, a list of pairs or Headers, not a ${typeof given}.`;
}

function pairsOf(given: HeadersInit | undefined): readonly unknown[] {
  if (typeof given !== "object" || given === null) return [];
  return Symbol.iterator in given ? [...given] : Object.entries(given);
}

/** The media ranges that match event streams, from the least to the most specific. */
const ranges = ["*/*", "text/*", "text/event-stream"];

/** The values in a header that is a list. A comma inside quotes belongs to its value. */
const listed = /(?:[^",]|"(?:[^"\\]|\\.?)*"?)+/g;

/** True if an `Accept` header admits an event stream: the most specific range that matches has a weight above 0. */
function admitsStream(accept: string): boolean {
  const values = accept.match(listed) ?? [];
  const weights = ranges.map((range) => {
    const value = values.find((each) => each.split(";")[0]!.trim().toLowerCase() === range);
    return value === undefined ? undefined : Number(/;[\t ]*q=([\d.]+)/i.exec(value)?.[1] ?? 1);
  });
  return (weights.findLast((weight) => weight !== undefined) ?? 0) > 0;
}
