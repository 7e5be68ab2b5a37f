import { inQuotes } from "./must.ts";

/** The message of each error. `words-slim.ts` replaces it in a browser's production build. */
const sentences = {
  // Requests
  "no-answer-yet": () =>
    "A function of yours has not answered yet: url, headers, token, body, validate, resume, or a store's get().",
  "six-connections": () =>
    "The request may be queued: over HTTP/1.1 a browser opens at most six connections to an origin, over all tabs. Serve it over HTTP/2, or share one connection by SharedFeed.",
  "cannot-be-made": (why: string) => `The request cannot be made: ${why}`,
  "option-threw": (name: string, why: string) =>
    `The ${name} function threw: ${why}. It is called again at the next attempt.`,
  "no-url": (given: unknown) =>
    `Not a URL: ${inQuotes(given)}. Give one such as https://example.com/events.`,
  "no-http-url": (url: string) => `Not an HTTP URL: ${url}. A feed reads http: and https: only.`,
  "url-credentials": () =>
    "A page's request takes no user and password from its URL: give them by the headers option, as Authorization.",
  "hop-by-hop": (name: string) =>
    `The header ${name} belongs to the connection, which the platform manages: leave it out.`,
  "no-accept": () =>
    "The header Accept must admit text/event-stream, the only type that a feed reads: add it, or leave Accept out.",
  "strange-token": () =>
    "The token has a character that no header can have, such as a line end: trim it.",
  "used-body": (url: string) =>
    `The body of the request to ${url} is a stream that was sent already: give a function that makes it for each attempt.`,

  // Answers
  network: (url: string | undefined, why: string): string => failed("The connection to", url, why),
  tls: (url: string | undefined, why: string): string => failed("TLS with", url, why),
  request: (url: string | undefined, why: string): string => failed("The request to", url, why),
  timeout: (name: "headersMs" | "idleMs", url: string | undefined, ms: number) =>
    `No ${name === "headersMs" ? "answer" : "byte"} from ${url} within ${ms} ms. The limit is timeouts.${name}.`,
  status: (url: string, status: number, _type: string | null, body: string) =>
    `${url} answered ${status}${hints[status] ?? ""}${quoted(body)}.`,
  "no-content": (url: string) => `${url} answered 204, so no more requests are made.`,
  "content-type": (url: string, _status: number, type: string | null, body: string) =>
    `${url} is not an event stream: it has ${type === null ? "no Content-Type" : `Content-Type ${JSON.stringify(type)}`}, not text/event-stream${quoted(body)}. Check the path; to accept other types, give validate.`,
  "not-valid": (url: string, status: number, why: string | null | undefined, body: string) =>
    `validate refused the answer of ${url} (${status})${why ? `: ${why}` : ""}${quoted(body)}.`,
  unreadable: (url: string, why: string) => `The answer of ${url} cannot be read: ${why}`,
  "too-large": (url: string, why: string) => `${why} From ${url}.`,
  ended: (url: string) => `The stream of ${url} ended.`,
  "ended-before-until": () =>
    "The stream ended before the event that until waits for: its answer is incomplete.",
  short: (url: string) => `The answer of ${url} ended before it was complete.`,
  "another-answer": (url: string) =>
    `${url} answered a repeated request with other events, so the broken answer cannot be resumed.`,
  lost: (why?: string) =>
    `The answer was cut off and cannot be resumed${why === undefined ? ": resume gave no request for the rest." : `: ${why}`}`,
  "no-location": (url: string, status: number) =>
    `${url} answered ${status} without a Location header, which must name the target.`,
  "redirect-refused": (url: string, to?: string) =>
    `${url} redirects${to === undefined ? "" : ` to ${to}`}, and redirect is 'error': give the URL of its target, or redirect: 'follow'.`,
  "redirected-body": (url: string) =>
    `${url} redirects, and a body that is a stream cannot be sent twice: give a function that makes the body.`,
  "redirect-nowhere": (url: string, to: string) =>
    `${url} redirects to ${JSON.stringify(to)}, which is not an HTTP URL.`,
  "too-many-hops": (most: number, url: string) =>
    `More than ${most} redirects, the last to ${url}: look for a loop.`,

  // The result of fetch
  "no-fetch": () => "This platform has no fetch: give one as the fetch option.",
  "unreadable-body": (isResponse: boolean, locked: boolean | null | undefined): string =>
    !isResponse
      ? "The fetch option returned something that is not a Response."
      : locked === undefined
        ? "This platform's fetch cannot stream a body, as in React Native: give another one as the fetch option, such as that of expo/fetch, or xhrFetch of @steadfeed/client/react-native."
        : locked
          ? "The body of the Response is already being read: give the feed one of its own, such as response.clone()."
          : "The body of the Response is not a ReadableStream, as with node-fetch: leave the fetch option out, or give the platform's own.",
  "no-bytes": (type: string) =>
    `The body of the Response has chunks of type ${type}, not bytes: give a fetch that streams a Uint8Array for each.`,

  // The platform's events, for EventSource
  "no-dom-events": () =>
    "EventSource needs Event, EventTarget and MessageEvent: load a polyfill first, or use a Feed.",

  // Shared by tabs
  "shared-option": (name: string) =>
    `SharedFeed can't compare ${name} between tabs: give a key that is the same in all tabs of one user, and different for another user.`,

  // Waits
  offline: () => "The browser is offline: the feed connects again when the network is back.",
  hidden: () => "The page is hidden: the feed connects again when it is shown.",
  cached: () =>
    "The page is in the back/forward cache: the feed connects again when it is restored.",
  standstill: () =>
    "A consumer did not keep up for 5 s: the feed connects again when its queue is half empty.",

  // Functions of the user
  "no-error": () => "the thrown value is not an error",
  "no-delay": (given: unknown) =>
    `it must return a delay in ms, true or false, not ${String(given)}`,
  "no-id": (type: string) => `get() must return a string, not ${type}.`,
  "no-promise": (name: string) =>
    `${name} returned a promise, but must be synchronous: do asynchronous work elsewhere`,
  "callback-threw": (name: string, why: string) => `The callback of ${name} threw: ${why}.`,
  "callback-slow": (name: string) =>
    `The callback of ${name} was too slow, and its overflow policy is 'error': it gets no more events. Raise capacity, or choose another policy.`,
  "filter-threw": (name: string, why: string) => `The filter of ${name} threw: ${why}.`,
  "until-threw": (_: string, why: string) => `The until function threw: ${why}.`,
  "resume-threw": (why: string) => `The resume function threw: ${why}.`,
  "retry-threw": (why: string) =>
    `The retry function threw, so the feed uses its own rules: ${why}.`,
  "listener-threw": (kind: string, why: string) => `A listener to ${kind} threw: ${why}.`,
  "store-get": (why: string) =>
    `The cursor store's get() failed: ${why}. The feed starts without a cursor, and may miss events.`,
  "store-set": (id: string, why: string) =>
    `The cursor store's set() failed for ${JSON.stringify(id)}: ${why}. A restart resumes from an older cursor.`,
  invalid: (type: string, why: string) => `The data of a ${type} event is not valid: ${why}`,

  // Consumers
  "no-iterator": (form: string) =>
    `This subscription delivers to a ${form}: subscribe without one to iterate.`,
  overflow: (capacity: number) =>
    `A queue of ${capacity} events is full: read faster, raise capacity, or choose another overflow policy.`,
  closed: (reason: string) => `The feed is closed (${reason}).`,
  "once-late": (types: readonly string[], ms?: number) =>
    `No ${types.join(" or ")} event within ${ms} ms.`,
  "once-closed": (types: readonly string[], reason: string) =>
    `No ${types.join(" or ")} event: the feed is closed (${reason}).`,
};

type Sentences = typeof sentences;

export type FactsOf<K extends keyof Sentences> = Parameters<Sentences[K]>;

/** The facts of a sentence that ends with a reason, without that reason. */
export type FactsBefore<K extends keyof Sentences> =
  FactsOf<K> extends [...infer Facts, string] ? Facts : never;

/** The message of an error, with its facts filled in. */
export const say = <K extends keyof Sentences>(key: K, ...facts: FactsOf<K>): string =>
  (sentences[key] as (...facts: unknown[]) => string)(...facts);

const hints: Readonly<Record<number, string>> = {
  401: " (not authorised: see the token option)",
  403: " (forbidden)",
  404: " (not found)",
  405: " (method not allowed: see the method option)",
  406: " (it offers no text/event-stream)",
};

/** Quotes a short text body in the message. A page of HTML is left out. */
function quoted(body: string): string {
  // oxlint-disable-next-line no-control-regex -- keeps a log entry on one line
  const text = body.replace(/[\s\0-\x1F\x7F-\x9F\u2028\u2029]+/g, " ").trim();
  return text === "" || text.length > 200 || text.startsWith("<") ? "" : `: ${text}`;
}

const failed = (beginning: string, url = "the server", why: string): string =>
  `${beginning} ${url} failed: ${why}${why.endsWith(".") ? "" : "."}${hintOf(why)}`;

/** The likely reason, for platform messages that do not name it. */
function hintOf(why: string): string {
  if (why.includes("WRONG_VERSION_NUMBER"))
    return " Perhaps the port does not speak TLS: then its URL begins with http://.";
  if (why.includes("HPE_INVALID"))
    return " Perhaps the port speaks TLS, and its URL begins with https://, or it is not an HTTP server.";
  // The only messages that browsers give, whatever the failure.
  if (!/^(Failed to fetch|NetworkError when|Load failed)/.test(why)) return "";
  return " The browser hides the reason. Check that the server runs, CORS (Last-Event-ID and your own headers need a preflight), the page's Content-Security-Policy (connect-src), and mixed content (an https page with an http URL).";
}
