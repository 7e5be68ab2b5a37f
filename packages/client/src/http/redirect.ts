import { FeedError, type FeedErrorInfo } from "../core/errors.ts";
import type { ResolvedOptions } from "../core/options.ts";
import type { ResponseHead } from "../core/status.ts";
import { single } from "../core/header.ts";
import type { Outcome } from "./policy.ts";
import { carryCursor, headersTakeText, moveCredentials } from "./request.ts";
import { isStream, type TransportRequest } from "./transport.ts";

/** Another request to make. */
export interface Redirect {
  readonly kind: "redirect";
  readonly request: TransportRequest;
}

/** The facts of an answer, for an error about it. */
export type AnswerFacts = FeedErrorInfo & { readonly url: string };

export const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

/** Where a redirect leads: another request, or why it is not followed. */
export function redirect(
  head: ResponseHead,
  request: TransportRequest,
  options: ResolvedOptions,
  facts: AnswerFacts,
): Outcome | Redirect {
  const { status, headers } = head;
  const location = single(headers.get("Location") ?? "");
  if (!headers.has("Location"))
    return failed("redirect", `${facts.url} answered ${status} without a Location.`, facts);
  if (options.redirect === "error") {
    return failed(
      "redirect",
      `${facts.url} redirects to ${location}, and redirect is 'error'.`,
      facts,
    );
  }
  if (status !== 303 && isStream(request.body)) {
    return failed(
      "not-resumable",
      `${facts.url} redirects, and a body that is a stream cannot be sent twice.`,
      facts,
    );
  }
  try {
    return { kind: "redirect", request: redirected(request, status, location) };
  } catch (cause) {
    return failed(
      "redirect",
      `${facts.url} redirects to ${JSON.stringify(location)}, which is no HTTP URL.`,
      { ...facts, cause },
    );
  }
}

function failed(
  ...[code, message, info]: ConstructorParameters<typeof FeedError>
): Outcome | Redirect {
  return { kind: "failed", error: new FeedError(code, message, info) };
}

/** [spec] Fetch's request-body-header names, and the length: they go with the body. */
export const bodyHeaders: readonly string[] = [
  "Encoding",
  "Language",
  "Length",
  "Location",
  "Type",
].map((end) => `Content-${end}`);

/** The request to go on with after a redirect. The user's headers, the token and the cursor stay with the origin they were meant for. */
export function redirected(
  request: TransportRequest,
  status: number,
  location: string,
): TransportRequest {
  // A header has a character for each of its bytes, a URL takes characters: so the bytes go as such.
  const bytes = /[\x80-\xFF]/g;
  const percent = (byte: string): string => `%${byte.charCodeAt(0).toString(16)}`;
  const to = headersTakeText() ? location : location.replace(bytes, percent);
  const url = new URL(to, request.url);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(`not an HTTP URL: ${url.href}`);
  }
  // [spec] A POST becomes a GET by 301 and 302, any method but HEAD by 303.
  const { method } = request;
  const toGet = status === 303 ? method !== "HEAD" : status < 303 && method === "POST";
  const stays = url.origin === request.url.origin;
  const kept = stays
    ? [...request.headers]
    : [["Accept", request.headers.get("Accept") || "text/event-stream"]];
  const headers = new Headers(kept as [string, string][]);
  if (toGet) for (const name of bodyHeaders) headers.delete(name);
  const type = request.headers.get("Content-Type");
  if (!stays && !toGet && type !== null) headers.set("Content-Type", type);
  moveCredentials(url, headers);
  const next = { ...request, url, headers, ...(toGet && { method: "GET", body: undefined }) };
  carryCursor(next);
  return next;
}
