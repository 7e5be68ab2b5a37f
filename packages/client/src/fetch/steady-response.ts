import { isEventStream } from "../http/event-stream-type.ts";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import type { FetchInit, FetchResponse } from "../core/platform.ts";
import { baseUrl } from "../http/request.ts";
import { isStream } from "../http/transport.ts";
import { SteadyBody } from "./steady-body.ts";
import { authorization } from "./steady-token.ts";
import type { OnStatus } from "./tell.ts";

/** The platform's `fetch`, or another one. */
type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** The response of a steady `fetch` to one request. `options`: those for all its requests. */
export async function steadyResponse(
  input: string | URL | Request,
  given: RequestInit,
  options: ResolvedOptions,
  onStatus: OnStatus | undefined,
): Promise<Response> {
  const ask: Fetch = (...parts) =>
    ((options.fetch as Fetch | undefined) ?? globalThis.fetch)(...parts);
  const request = isRequest(input) ? input : undefined;
  const { token } = options;
  const signals = [given.signal ?? request?.signal, options.signal].filter((each) => !!each);
  const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
  const init = options.signal ? { ...given, signal: signal! } : given;
  const headers = new Headers(init.headers ?? request?.headers);
  const isAsked = typeof token === "function";
  // The request may be sent once more, after a 401.
  const twice = isAsked && !isStream(init.body);
  const copy = twice && request ? request.clone() : input;

  let first = await send(input, "start");
  if (twice && first.status === 401) {
    await first.body?.cancel();
    first = await send(copy, "unauthorized");
  }
  if (!first.ok || !first.body || !isEventStream(first.headers.get("Content-Type"))) return first;

  headers.set("Accept", "text/event-stream");
  // The token sets it again for each request.
  if (token !== undefined) headers.delete("Authorization");
  const { body, redirect = request?.redirect } = init;
  const asked = new URL(request?.url ?? (input as string | URL), baseUrl());
  // If the platform followed a redirect by itself, the headers are still meant for the first URL.
  const url = first.url || asked.href;
  const responses: Response[] = [];
  /** The first connection already exists. */
  let isFirst = true;
  const onward: ResolvedOptions = {
    ...options,
    signal,
    method: (init.method ?? request?.method ?? "GET").toUpperCase(),
    headers,
    body: isStream(body) ? undefined : (body ?? undefined),
    redirect: !redirect || redirect === "follow" ? "follow" : "error",
    token: isAsked ? (attempt) => (attempt.reason === "start" ? "-" : token(attempt)) : token,
    mode: "once",
    fetch: async (to: string, next: FetchInit): Promise<FetchResponse> => {
      if (isFirst) {
        isFirst = false;
        return { url, type: "default", status: 200, headers: first.headers, body: first.body };
      }
      for (const each of responses) each.headers.delete("Content-Length");
      return ask(to, { ...init, body: null, ...next });
    },
  };
  const steady = new SteadyBody(asked, onward, onStatus);
  // It may be cancelled before it has taken over the first connection.
  const unused = first.body;
  steady.closed.then(() => (isFirst ? unused.cancel() : undefined)).catch(() => undefined);
  return dressed(new Response(steady.stream, first));

  async function send(to: typeof input, reason: Attempt["reason"]): Promise<Response> {
    if (token === undefined) return ask(to, init);
    headers.set("Authorization", await authorization(token, reason, signal, onStatus));
    return ask(to, { ...init, headers });
  }

  /** Sets the properties that a constructed `Response` cannot have. */
  function dressed(response: Response): Response {
    responses.push(response);
    for (const name of ["url", "redirected", "type"] as const)
      Object.defineProperty(response, name, { value: first[name] });
    const value = (): Response => dressed(Response.prototype.clone.call(response));
    return Object.defineProperty(response, "clone", { value });
  }
}

/** Recognised by its properties, since some platforms and tests have their own `Request`. */
const isRequest = (input: string | URL | Request): input is Request =>
  typeof input === "object" && "url" in input;
