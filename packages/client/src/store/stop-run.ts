import { FeedError } from "../core/errors.ts";
import type { Attempt, FeedOptions } from "../core/options.ts";
import { knownOptions } from "../core/own.ts";
import { resolve } from "../core/resolve.ts";
import { makeHeaders, takeCredentials } from "../http/headers.ts";
import { toUrl, value } from "../http/request.ts";

/** The options of `stopRun`. */
export type StopOptions = Pick<FeedOptions, "headers" | "token" | "credentials" | "fetch">;

const defaults: StopOptions = Object.freeze({
  headers: undefined,
  token: undefined,
  credentials: undefined,
  fetch: undefined,
});

/**
 * Asks a server to stop a run: a DELETE to its URL, with the headers of its feed's options.
 *
 * Errors: rejects with `TypeError` for an invalid URL or option, with a `FeedError` (`status`) for an unsuccessful
 *         response, and with the error of `fetch`
 */
export async function stopRun(run: string | URL, options: StopOptions = {}): Promise<void> {
  const known = resolve(knownOptions("stopRun", options, defaults));
  const { credentials, fetch: ask = globalThis.fetch } = known;
  const { signal } = new AbortController();
  const attempt: Attempt = {
    number: 1,
    reason: "start",
    lastEventId: "",
    error: undefined,
    signal,
  };
  const url = toUrl(run);
  const basic = takeCredentials(url);
  const given = await value("headers", known.headers, attempt);
  const headers = makeHeaders(given, await value("token", known.token, attempt), basic);
  const response = await (ask as typeof globalThis.fetch)(url, {
    method: "DELETE",
    headers,
    ...(credentials && { credentials }),
  });
  const { ok, status, body } = response;
  // Nobody reads it, and an unread body would hold its connection.
  body?.cancel?.().catch(() => undefined);
  if (ok) return;
  throw new FeedError("status", `${url.href} answered ${status}.`, { url: url.href, status });
}
