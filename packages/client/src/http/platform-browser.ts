import { warnOf } from "#checks";
import { say } from "#words";
import { messageOf } from "../core/answer.ts";
import { FeedError, withFacts, type FeedErrorInfo } from "../core/errors.ts";
import type { FetchInit, FetchResponse } from "../core/options.ts";
import { FetchFlow } from "./fetch-flow.ts";
import { isStream, type Transport, type TransportOptions } from "./transport.ts";

export { trace } from "../core/trace.ts";
export { utf8 as toHeaderValue } from "./header-value.ts";

// Browsers follow redirects by themselves, and say of every failure the same: that it failed.

/** Bytes by `fetch`: the one that was given, else the page's, looked up at each request. */
export function createTransport({ fetch, node }: TransportOptions): Transport {
  warnOf(node);
  return {
    send({ url: { href }, method, headers, body, credentials, redirect }, receiver) {
      const ask = async (signal: AbortSignal): Promise<FetchResponse> => {
        const response = await (fetch ?? globalThis.fetch)(href, {
          // fetch asks for inherited members too: there are to be none.
          __proto__: null,
          method,
          headers: Object.fromEntries(headers),
          body,
          credentials,
          // With 'error' the browser would say that the network failed.
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

/** A browser's fetch refuses a URL that has them, and says that the network failed. Throws `TypeError`. */
export function takeCredentials({ username, password }: URL): undefined {
  if (username || password) throw new TypeError(say("url-credentials"));
}

/** What an error of fetch means: time that ran out, or the network. */
export function explain(cause: unknown, info: FeedErrorInfo): FeedError {
  if (cause instanceof FeedError) return withFacts(cause, info);
  const code = (cause as Error | undefined)?.name === "TimeoutError" ? "timeout" : "network";
  return new FeedError(code, say("network", info.url, messageOf(cause)), { ...info, cause });
}

/** A browser does not say whether the request reached the server. */
export const neverSent = (): boolean => false;

/**
 * How long a server asks us to wait, in ms, at most `maxMs`: seconds, or a date, which browsers read by themselves. What is
 * neither is no wish. Of several the first counts.
 */
export function retryAfterMs(header: string | null, maxMs: number): number {
  const value = header ?? "";
  const seconds = /^\d[\d., ]*$/.test(value) ? Math.ceil(Number.parseFloat(value)) : 0;
  const date = value.endsWith(" GMT") ? Date.parse(value) || 0 : 0;
  return Math.min(Math.max(seconds * 1000, date - Date.now(), 0), maxMs);
}
