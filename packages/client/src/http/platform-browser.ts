import { say } from "#words";
import { messageOf } from "../core/answer.ts";
import { FeedError, withFacts, type FeedErrorInfo } from "../core/errors.ts";
import type { FetchInit, FetchLike, FetchResponse } from "../core/options.ts";
import { FetchFlow } from "./fetch-flow.ts";
import { warnOf } from "./no-node.ts";
import { isStream, type Transport, type TransportOptions } from "./transport.ts";

export { trace } from "../core/trace.ts";

// Browsers follow redirects by themselves, and say of every failure the same: that it failed.

/** Bytes by `fetch`: the one that was given, else the page's, looked up at each request. */
export function createTransport({ fetch, node }: TransportOptions): Transport {
  warnOf(node);
  return {
    send(request, receiver) {
      const flow = new FetchFlow(receiver);
      const { url, method, headers, body, credentials, redirect } = request;
      const ask = async (signal: AbortSignal): Promise<FetchResponse> => {
        const asked: FetchLike = fetch ?? globalThis.fetch;
        const response = await asked(url.href, {
          // fetch asks for inherited members too: there are to be none.
          __proto__: null,
          method,
          headers: Object.fromEntries(headers),
          redirect: redirect === "error" ? "manual" : "follow",
          signal,
          cache: "no-store",
          ...(credentials && { credentials }),
          ...(body !== undefined && { body }),
          ...(isStream(body) && { duplex: "half" as const }),
        } as FetchInit);
        if ((response as FetchResponse | undefined)?.type === "opaqueredirect")
          throw new FeedError("redirect", say("redirect-refused", url.href), { url: url.href });
        return response;
      };
      void flow.run(ask, say("six-connections"));
      return flow;
    },
    close: () => undefined,
  };
}

/** What an error of fetch means: time that ran out, or the network. */
export function explain(cause: unknown, info: FeedErrorInfo): FeedError {
  if (cause instanceof FeedError) return withFacts(cause, info);
  const code = (cause as Error | undefined)?.name === "TimeoutError" ? "timeout" : "network";
  return new FeedError(code, say("network", info.url, messageOf(cause)), { ...info, cause });
}

/** A browser does not say whether the request reached the server. */
export const neverSent = (): boolean => false;
