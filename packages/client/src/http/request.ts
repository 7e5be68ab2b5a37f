import { checkBody } from "#checks";
import { toHeaderValue } from "#transport";
import { say } from "#words";
import { messageOf } from "../core/answer.ts";
import { FeedError } from "../core/errors.ts";
import type { Attempt, PerAttempt, ResolvedOptions } from "../core/options.ts";
import { utf8 } from "./header-value.ts";
import { makeHeaders } from "./headers.ts";
import { isStream, type TransportRequest } from "./transport.ts";

/** A URL, or a function that makes it for each attempt. */
export type UrlSource = PerAttempt<string | URL>;

/**
 * Makes the request of one attempt. `basic`: the user and password that the URL had, as a header has them.
 *
 * Errors: throws `TypeError` for a header or a body that no request can have; a `FeedError`: `callback` if an option function threw (that
 *         may heal), `not-resumable` for a body that was used up
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
  // A stream that was given as it is went out with the first request.
  const isFirst = attempt.reason === "start" && attempt.error === undefined;
  if (isStream(body) && (body.locked || (!isFirst && body === options.body)))
    throw new FeedError("not-resumable", say("used-body", url.href));
  if (body === null) withoutBody(headers);
  const { method, credentials, redirect } = options;
  const { lastEventId: id, cursorOrigin: origin = url.origin } = attempt;
  const cursor = id === "" ? undefined : { id, origin };
  const request = { url, origin: url.origin, method, headers, body, credentials, redirect, cursor };
  carryCursor(request);
  return request;
}

/** Without a body there is nothing that its headers could describe. */
export function withoutBody(headers: Headers): void {
  for (const name of Array.from(headers.keys()))
    if (name.startsWith("content-")) headers.delete(name);
}

/** The cursor goes to the origin that gave it, and to no other. */
export function carryCursor({ url, headers, cursor }: TransportRequest): void {
  if (cursor?.origin === url.origin) headers.set("Last-Event-ID", toHeaderValue(cursor.id));
  else if (cursor) headers.delete("Last-Event-ID");
}

/** Servers take a head of 8 to 16 KiB in all. A longer id would be refused for sure; a shorter one that is gets a second try without. */
const maxIdBytes = 15 * 1024;

/** Whether a header can carry the id: no control character but TAB, no DEL, no space at either end, not too long. */
export const isSendable = (id: string): boolean =>
  id.length <= maxIdBytes &&
  utf8(id).length <= maxIdBytes &&
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  !/[\0-\x08\x0A-\x1F\x7F]|^[\t ]|[\t ]$/.test(id);

/** What an option gives for an attempt. Throws a `FeedError` for a function that threw. */
export async function value<T>(name: string, source: PerAttempt<T>, attempt: Attempt): Promise<T> {
  if (typeof source !== "function") return source;
  try {
    return await (source as (attempt: Attempt) => T | PromiseLike<T>)(attempt);
  } catch (cause) {
    throw new FeedError("callback", say("option-threw", name, messageOf(cause)), { cause });
  }
}

/** What a relative URL is relative to: the page, or the worker's script. */
export const baseUrl = (): string | undefined =>
  (globalThis as { location?: { href: string } }).location?.href;

/** Throws `TypeError` for what is no HTTP URL. */
export function toUrl(given: string | URL): URL {
  let url: URL;
  try {
    url = new URL(given, baseUrl());
  } catch (cause) {
    throw new TypeError(say("no-url", String(given)), { cause });
  }
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(say("no-http-url", url.href));
  return url;
}

/** Throws `TypeError` for a URL that can be seen to be none; a function is asked later. */
export const checkedUrl = (url: UrlSource): UrlSource =>
  typeof url === "function" ? url : toUrl(url);
