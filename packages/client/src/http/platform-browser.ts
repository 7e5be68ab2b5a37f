import { warnOf } from "#checks";
import { say } from "#words";
import { messageOf } from "../core/guard.ts";
import { FeedError, withFacts, type FeedErrorInfo } from "../core/errors.ts";
import type { FetchInit, FetchResponse } from "../core/platform.ts";
import { FetchFlow } from "./fetch-flow.ts";
import { isStream, type Transport, type TransportOptions } from "./transport.ts";

export { trace } from "../core/trace.ts";
export { utf8 as toHeaderValue } from "./header-value.ts";

// Browsers follow redirects by themselves, and have one message for all failures: that the request failed.

/** Fetches bytes with the given `fetch`, or with the page's, which is looked up at each request. */
export function createTransport({ fetch, node }: TransportOptions): Transport {
  warnOf(node);
  return {
    send({ url: { href }, method, headers, body, credentials, redirect }, receiver) {
      const ask = async (signal: AbortSignal): Promise<FetchResponse> => {
        const response = await (fetch ?? globalThis.fetch)(href, {
          // fetch also reads inherited properties, and must find none.
          __proto__: null,
          method,
          headers: Object.fromEntries(headers),
          body,
          credentials,
          // With 'error' the browser would only report that the network failed.
          redirect: redirect === "error" ? "manual" : redirect,
          signal,
          cache: "no-store",
          duplex: isStream(body) ? "half" : undefined,
        } as FetchInit);
        if ((response as FetchResponse | undefined)?.type === "opaqueredirect")
          throw new FeedError("redirect", say("redirect-refused", href));
        return response;
      };
      return new FetchFlow(receiver, ask, say("six-connections"));
    },
    close: () => undefined,
  };
}

/**
 * Throws `TypeError` for a URL with a user or password: a browser's fetch refuses it, and only reports that the network
 * failed.
 */
export function takeCredentials({ username, password }: URL): undefined {
  if (username || password) throw new TypeError(say("url-credentials"));
}

/** Converts an error of fetch: a timeout, or the network. */
export function explain(cause: unknown, info: FeedErrorInfo): FeedError {
  if (cause instanceof FeedError) return withFacts(cause, info);
  const code = (cause as Error | undefined)?.name === "TimeoutError" ? "timeout" : "network";
  return new FeedError(code, say("network", info.url, messageOf(cause)), { ...info, cause });
}

/** A browser does not reveal if the request reached the server. */
export const neverSent = (): boolean => false;

/**
 * How long the server asks to wait, in ms, at most `maxMs`: from seconds, or from a date, which browsers parse by
 * themselves. 0 for any other value. If there are several values, the first one counts.
 */
export function retryAfterMs(header: string | null, maxMs: number): number {
  const value = header ?? "";
  const seconds = /^\d[\d., ]*$/.test(value) ? Math.ceil(Number.parseFloat(value)) : 0;
  const date = value.endsWith(" GMT") ? Date.parse(value) || 0 : 0;
  return Math.min(Math.max(seconds * 1000, date - Date.now(), 0), maxMs);
}
