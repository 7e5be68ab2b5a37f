import { FeedError } from "./errors.ts";
import type { Attempt, PerAttempt, ResolvedOptions } from "./options.ts";
import type { TransportRequest } from "./transport.ts";

export type UrlSource = PerAttempt<string | URL>;

/**
 * Makes the request of one attempt.
 *
 * Errors: throws a `FeedError`: `callback` if an option function threw (that may heal), `request` for a
 *         URL or a header that no request can have, `not-resumable` for a body that was used up
 */
export async function makeRequest(
  source: UrlSource,
  options: ResolvedOptions,
  attempt: Attempt,
): Promise<TransportRequest> {
  const url = toUrl(await value("url", source, attempt));
  const headers = toHeaders(await value("headers", options.headers, attempt), url);
  const token = await value("token", options.token, attempt);
  const body = await value("body", options.body, attempt);
  if (body instanceof ReadableStream && (body.locked || (attempt.number > 1 && body === options.body))) {
    throw new FeedError(
      "not-resumable",
      `The body of the request to ${url.href} is a stream that was sent already: give a function that makes it for each attempt.`,
      { url: url.href, attempt: attempt.number },
    );
  }
  try {
    if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
    headers.set("Accept", "text/event-stream");
    if (attempt.lastEventId !== "") headers.set("Last-Event-ID", toHeaderValue(attempt.lastEventId));
  } catch (cause) {
    throw new FeedError("request", `The token is no header value.`, { url: url.href, cause });
  }
  return { url, method: options.method, headers, body, credentials: options.credentials };
}

/** Whether a header can carry the id: no control character but TAB, no DEL, no space at either end. */
export function isSendable(id: string): boolean {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  return !/[\0-\x08\x0A-\x1F\x7F]|^[\t ]|[\t ]$/.test(id);
}

/** [spec] The value is encoded as UTF-8: one character for each of its bytes, which is how both fetch and undici take bytes. */
export function toHeaderValue(id: string): string {
  return String.fromCharCode(...new TextEncoder().encode(id));
}

/** The request to go on with after a redirect. Headers, credentials and cursor stay with the origin they were meant for. */
export function redirected(request: TransportRequest, status: number, location: string): TransportRequest {
  const url = new URL(location, request.url);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(`not an HTTP URL: ${url.href}`);
  }
  const toGet = status === 303 || (status < 303 && request.method === "POST");
  const stays = url.origin === request.url.origin;
  const headers = stays ? new Headers(request.headers) : new Headers({ Accept: "text/event-stream" });
  if (toGet) for (const name of ["Content-Type", "Content-Length"]) headers.delete(name);
  const type = request.headers.get("Content-Type");
  if (!stays && !toGet && type !== null) headers.set("Content-Type", type);
  return toGet
    ? { ...request, url, headers, method: "GET", body: undefined }
    : { ...request, url, headers };
}

async function value<T>(name: string, source: PerAttempt<T>, attempt: Attempt): Promise<T> {
  if (typeof source !== "function") return source;
  try {
    return await (source as (attempt: Attempt) => T | PromiseLike<T>)(attempt);
  } catch (cause) {
    throw new FeedError("callback", `The ${name} function threw.`, { cause, attempt: attempt.number });
  }
}

/** Throws a `FeedError` for what is no HTTP URL. A relative one is taken from where the page is. */
export function toUrl(given: string | URL): URL {
  const base = (globalThis as { location?: { href: string } }).location?.href;
  let url: URL;
  try {
    url = new URL(given, base);
  } catch (cause) {
    throw new FeedError("request", `Not a URL: ${JSON.stringify(String(given))}. Give one such as https://example.com/events.`, { cause });
  }
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  throw new FeedError("request", `Not an HTTP URL: ${url.href}.`, { url: url.href });
}

function toHeaders(given: HeadersInit | undefined, url: URL): Headers {
  try {
    return new Headers(given);
  } catch (cause) {
    throw new FeedError("request", "The headers option holds what no header can be.", { url: url.href, cause });
  }
}
