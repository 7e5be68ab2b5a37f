import type { FetchInit, FetchResponse } from "../core/platform.ts";
import { XhrBody } from "./xhr-body.ts";

/**
 * A `fetch` that streams with `XMLHttpRequest`, for React Native, whose own `fetch` returns the body only when it is
 * complete. If the app has `expo/fetch`, use that instead: it streams by itself, and keeps no text.
 *
 * Shape: `new Feed(url, { fetch: xhrFetch })`
 * Errors: rejects with `TypeError` if the request failed, with the signal's reason if it was aborted
 * After: a body ends after 1 MiB of text, between two events, since the request keeps all of it; a feed then resumes at
 *        its cursor. As at any reconnect, events without an id may be missed there. The platform follows redirects
 *
 * @see https://xhr.spec.whatwg.org/
 */
export function xhrFetch(url: string, init: FetchInit): Promise<FetchResponse> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new XhrBody(request);
    const abort = (): void => {
      const reason =
        (init.signal.reason as Error | undefined) ?? new Error("The request was aborted.");
      reject(reason);
      body.end(reason);
      request.abort();
    };
    if (init.signal.aborted) return abort();
    init.signal.addEventListener("abort", abort);
    request.addEventListener("readystatechange", () => {
      if (request.readyState === request.HEADERS_RECEIVED) resolve(responseOf(request, url, body));
      if (request.readyState === request.LOADING) body.take();
    });
    // Without this listener, React Native provides no text before the end.
    request.addEventListener("progress", () => body.take());
    request.addEventListener("load", () => {
      body.take();
      body.end();
    });
    request.addEventListener("error", () => {
      const error = new TypeError(
        "The request failed, and XMLHttpRequest does not give the reason.",
      );
      reject(error);
      body.end(error);
    });
    request.addEventListener("loadend", () => init.signal.removeEventListener("abort", abort));
    request.open(init.method, url);
    request.withCredentials = init.credentials === "include";
    for (const [name, value] of Object.entries(init.headers)) request.setRequestHeader(name, value);
    request.send(init.body as XMLHttpRequestBodyInit | null);
  });
}

function responseOf(request: XMLHttpRequest, url: string, body: XhrBody): FetchResponse {
  return {
    url: request.responseURL || url,
    type: "basic",
    status: request.status,
    headers: { get: (name) => request.getResponseHeader(name) },
    body: request.status === 204 ? null : body,
  };
}
