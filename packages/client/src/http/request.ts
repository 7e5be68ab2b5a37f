import { checkBody, urlOf } from "#checks";
import { toHeaderValue } from "#transport";
import { say } from "#words";
import { causedBy } from "../core/guard.ts";
import { FeedError } from "../core/errors.ts";
import type { Attempt, PerAttempt, ResolvedOptions } from "../core/options.ts";
import { utf8 } from "./header-value.ts";
import { makeHeaders } from "./headers.ts";
import { isStream, type TransportRequest } from "./transport.ts";

/** A URL, or a function that makes it for each attempt. */
export type UrlSource = PerAttempt<string | URL>;

/**
 * Makes the request of one attempt. `basic`: the user and password of the URL, as an `Authorization` value.
 *
 * Errors: throws `TypeError` for an invalid header or body; a `FeedError`: `callback` if an option function threw
 *         (which may be temporary), `not-resumable` for a body that was used up
 */
export async function makeRequest(
  url: URL,
  basic: string | undefined,
  options: ResolvedOptions,
  attempt: Attempt,
): Promise<TransportRequest> {
  const given = await value("headers", options.headers, attempt);
  const headers = makeHeaders(given, await value("token", options.token, attempt), basic);
  const body = await value("body", options.body, attempt);
  checkBody(body);
  // A stream that was given directly was sent with the first request.
  const isFirst = attempt.reason === "start" && attempt.error === undefined;
  if (isStream(body) && (body.locked || (!isFirst && body === options.body)))
    throw new FeedError("not-resumable", say("used-body", url.href));
  if (body === null) withoutBody(headers);
  const { origin } = url;
  const { method, credentials, redirect } = options;
  const { lastEventId: id, cursorOrigin = origin } = attempt;
  const cursor = id === "" ? undefined : { id, origin: cursorOrigin };
  const request = { url, origin, method, headers, body, credentials, redirect, cursor };
  carryCursor(request);
  return request;
}

/** Removes the headers that describe a body. */
export function withoutBody(headers: Headers): void {
  for (const name of Array.from(headers.keys()))
    if (name.startsWith("content-")) headers.delete(name);
}

/**
 * Sends the cursor to the origin that it came from, and to no other. There is none to send without an id, with one that
 * `isSendable` refuses, after the server refused it (`secondTry`), or if `resume` says `from-start` or `query`.
 */
export function carryCursor({ url, headers, cursor }: TransportRequest): void {
  if (cursor?.origin === url.origin) headers.set("Last-Event-ID", toHeaderValue(cursor.id));
  else if (cursor) headers.delete("Last-Event-ID");
}

/**
 * Servers accept a head of 8 to 16 KiB in total. A longer id would certainly be refused. If a shorter one is refused,
 * the second try leaves it out.
 */
const maxIdBytes = 15 * 1024;

/**
 * True if a header can carry the id: no control character but TAB, no DEL, no space at either end, and not too long.
 */
export const isSendable = (id: string): boolean =>
  id.length <= maxIdBytes &&
  utf8(id).length <= maxIdBytes &&
  // oxlint-disable-next-line no-control-regex -- these characters are looked for
  !/[\0-\x08\x0A-\x1F\x7F]|^[\t ]|[\t ]$/.test(id);

/**
 * The value of an option for an attempt. Throws a `FeedError` if its function threw, and the signal's reason without a
 * call if the attempt was given up.
 */
export async function value<T>(name: string, source: PerAttempt<T>, attempt: Attempt): Promise<T> {
  if (typeof source !== "function") return source;
  if (attempt.signal.aborted) throw attempt.signal.reason;
  try {
    return await (source as (attempt: Attempt) => T | PromiseLike<T>)(attempt);
  } catch (cause) {
    throw causedBy(cause, "callback", "option-threw", name);
  }
}

/** The base for relative URLs: the page, or the worker's script. */
export const baseUrl = (): string | undefined =>
  (globalThis as { location?: { href: string } }).location?.href;

/** Parses a URL. Throws `TypeError` for an invalid URL, and for one that is not HTTP. */
export const toUrl = (given: string | URL): URL => urlOf(given, baseUrl());

/** Throws `TypeError` for an invalid URL. A function is called later, at each attempt. */
export const checkedUrl = (url: UrlSource): UrlSource =>
  typeof url === "function" ? url : toUrl(url);
