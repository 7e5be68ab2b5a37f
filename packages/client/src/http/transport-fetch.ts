import { warnOf } from "#checks";
import { say } from "#words";
import { FeedError } from "../core/errors.ts";
import type { FetchInit, FetchLike, FetchResponse } from "../core/platform.ts";
import { FetchFlow, unsupported } from "./fetch-flow.ts";
import {
  isStream,
  type Transport,
  type TransportOptions,
  type TransportRequest,
} from "./transport.ts";

/** Fetches bytes with the given `fetch`, or with the platform's, which is looked up at each request. */
export function createTransport({ fetch, node }: TransportOptions): Transport {
  warnOf(node);
  // A browser's answer to a manual redirect has no status and no Location, so browsers follow redirects by themselves.
  // Detecting this with a first request would send a POST twice.
  let redirect: RequestRedirect = isBrowser() ? "follow" : "manual";
  return {
    send(request, receiver) {
      const ask = async (signal: AbortSignal): Promise<FetchResponse> => {
        const asked: FetchLike | undefined = fetch ?? globalThis.fetch;
        if (asked === undefined) throw unsupported(say("no-fetch"));
        const { href } = request.url;
        let response: FetchResponse;
        try {
          const first = request.redirect === "error" ? "manual" : redirect;
          response = await asked(href, init(request, first, signal));
        } catch (cause) {
          throw impossible(request, cause) ?? cause;
        }
        // An object that is not a Response is detected where it is read.
        if ((response as FetchResponse | undefined)?.type !== "opaqueredirect") return response;
        if (request.redirect === "error")
          throw new FeedError("redirect", say("redirect-refused", href), { url: href });
        redirect = "follow";
        return asked(href, init(request, redirect, signal));
      };
      return new FetchFlow(receiver, ask, isBrowser() ? say("six-connections") : undefined);
    },
    close: () => undefined,
  };
}

/** Only browsers report if there is a network. */
const isBrowser = (): boolean =>
  typeof navigator !== "undefined" && typeof navigator.onLine === "boolean";

function init(
  request: TransportRequest,
  redirect: RequestRedirect,
  signal: AbortSignal,
): FetchInit {
  const { method, headers, body, credentials } = request;
  const given: FetchInit = {
    method,
    headers: Object.fromEntries(headers),
    redirect,
    signal,
    // Some platforms refuse options that they do not know.
    ...(knows("cache") && { cache: "no-store" as const }),
    ...(credentials !== undefined && knows("credentials") && { credentials }),
    ...(body !== undefined && { body }),
    ...(isStream(body) && { duplex: "half" as const }),
  };
  // fetch also reads inherited properties, and must find none.
  return Object.assign(Object.create(null), given) as FetchInit;
}

/**
 * fetch throws the same error for a request that failed and for one that cannot be made. Constructing the request again
 * distinguishes the two.
 */
function impossible({ url, method, headers }: TransportRequest, cause: unknown): unknown {
  if (!(cause instanceof TypeError) || typeof Request === "undefined") return undefined;
  try {
    void new Request(url, { method, headers });
    return undefined;
  } catch (error) {
    const message = say("cannot-be-made", (error as Error).message);
    return new FeedError("request", message, { cause: error });
  }
}

const knows = (setting: keyof Request): boolean =>
  typeof Request !== "undefined" && setting in Request.prototype;
