/** What each error says. `words-slim.ts` takes its place in a browser's production build. */
const sentences = {
  // Requests
  "no-answer-yet": () =>
    "A url, headers, token, body, validate or resume function, or a store's get(), has not answered yet.",
  "six-connections": () =>
    "Over HTTP/1.1 browsers open at most six connections to an origin, over all tabs: the others wait. HTTP/2 or a SharedFeed needs fewer.",
  "cannot-be-made": (why: string) => `The request cannot be made: ${why}`,
  "option-threw": (name: string) => `The ${name} function threw.`,
  "no-url": (given: string) =>
    `Not a URL: ${JSON.stringify(given)}. Give one such as https://example.com/events.`,
  "no-http-url": (url: string) => `Not an HTTP URL: ${url}.`,
  "hop-by-hop": (name: string) =>
    `The header ${name} belongs to the connection, which the platform manages: leave it out.`,
  "no-accept": () =>
    "The header Accept must admit text/event-stream, which is all that a feed can read.",
  "strange-token": () => "The token has a character that no header can have.",
  "used-body": (url: string) =>
    `The body of the request to ${url} is a stream that was sent already: give a function that makes it for each attempt.`,

  // Answers
  network: (url: string | undefined, why: string): string => failed("The connection to", url, why),
  tls: (url: string | undefined, why: string): string => failed("TLS with", url, why),
  request: (url: string | undefined, why: string): string => failed("The request to", url, why),
  timeout: (what: string, url: string | undefined, ms: number) =>
    `${what} from ${url} within ${ms} ms.`,
  status: (url: string, status: number, _type: string | null, body: string) =>
    `${url} answered ${status}${hints[status] ?? ""}${quoted(body)}.`,
  "no-stream": (url: string, _status: number, type: string | null, body: string) =>
    `${url} is not an event stream: it has ${type === null ? "no Content-Type" : `Content-Type ${JSON.stringify(type)}`}, not text/event-stream${quoted(body)}.`,
  "not-valid": (url: string, status: number, _type: string | null, body: string) =>
    `validate refused the answer of ${url} (${status})${quoted(body)}.`,
  unreadable: (url: string, why: string) => `The answer of ${url} cannot be read: ${why}`,
  "too-large": (url: string, why: string) => `${why} From ${url}.`,
  ended: (url: string) => `The stream of ${url} ended.`,
  "ended-before-until": () => "The stream ended before the event that until waits for.",
  short: (url: string) => `The answer of ${url} ended before it was whole.`,
  "another-answer": (url: string) => `${url} goes on with another answer than before.`,
  lost: (why?: string) =>
    `The answer broke off and cannot be resumed${why === undefined ? "." : `: ${why}`}`,
  "no-location": (url: string, status: number) => `${url} answered ${status} without a Location.`,
  "redirect-refused": (url: string, to?: string) =>
    `${url} redirects${to === undefined ? "" : ` to ${to}`}, and redirect is 'error'.`,
  "redirected-body": (url: string) =>
    `${url} redirects, and a body that is a stream cannot be sent twice.`,
  "redirect-nowhere": (url: string, to: string) =>
    `${url} redirects to ${JSON.stringify(to)}, which is no HTTP URL.`,
  "too-many-hops": (most: number, url: string) =>
    `More than ${most} redirects, the last to ${url}.`,

  // What fetch gives
  "no-fetch": () => "There is no fetch here: give one by the fetch option.",
  "no-response": () => "fetch gave something that is no Response.",
  "unreadable-body": (body: { readonly locked: boolean } | undefined): string =>
    body === undefined
      ? "This fetch has no body to stream, as in React Native: give one that has as the fetch option, such as that of expo/fetch, or xhrFetch of @steadfeed/client/react-native."
      : body.locked
        ? "The body of fetch's answer is already being read: give the feed an answer of its own, such as response.clone()."
        : "The body of fetch's answer is no ReadableStream, as with node-fetch: leave the fetch option out, or give the platform's own.",
  "no-bytes": (type: string) => `The body of fetch's answer gives a ${type}, not bytes.`,

  // Waits
  offline: () => "There is no network: waits until there is.",
  hidden: () => "The page is hidden: waits until it is shown.",
  cached: () => "The page is in the back/forward cache: waits until it is back.",
  standstill: () =>
    "A consumer did not keep up for 5 s: connects again when its queue is half empty.",

  // Functions of the user
  "no-promise": (name: string) =>
    `${name} gave a promise, and must answer at once: it can't be asynchronous`,
  "callback-threw": (name: string, why: string) => `The callback of ${name} threw${why}.`,
  "callback-slow": (name: string) => `The callback of ${name} was too slow: it gets no more.`,
  "filter-threw": (name: string, why: string) => `The filter of ${name} threw${why}.`,
  "until-threw": (_: string, why: string) => `The until function threw${why}.`,
  "resume-threw": (why: string) => `The resume function threw: ${why}.`,
  "retry-threw": (why: string) =>
    `The retry function threw, so the feed goes by its own rules: ${why}.`,
  "listener-threw": (kind: string) => `A listener to ${kind} threw.`,
  "store-get": () => "The cursor store's get() failed: starting without a cursor.",
  "store-set": (id: string) => `The cursor store's set() failed for ${JSON.stringify(id)}.`,
  invalid: (type: string, why: string) => `The data of a ${type} event is not valid: ${why}`,

  // Consumers
  overflow: (capacity: number) =>
    `A queue of ${capacity} events is full: read faster, raise capacity, or choose another overflow policy.`,
  closed: (reason: string) => `The feed is closed (${reason}).`,
  "once-late": (what: string, ms?: number) => `No ${what} event within ${ms} ms.`,
  "once-closed": (what: string, reason: string) =>
    `No ${what} event: the feed is closed (${reason}).`,
};

type Sentences = typeof sentences;

/** The sentence for what went wrong, with its facts. */
export const say = <K extends keyof Sentences>(
  key: K,
  ...facts: Parameters<Sentences[K]>
): string => (sentences[key] as (...facts: unknown[]) => string)(...facts);

const hints: Readonly<Record<number, string>> = {
  401: " (not authorised: see the token option)",
  403: " (forbidden)",
  404: " (not found)",
  405: " (method not allowed: see the method option)",
  406: " (it has no text/event-stream to offer)",
};

/** A body that is a short text is quoted in the message; a page of HTML is not. */
function quoted(body: string): string {
  // oxlint-disable-next-line no-control-regex -- a log gets one line, without what could forge another
  const text = body.replace(/[\s\0-\x1F\x7F-\x9F\u2028\u2029]+/g, " ").trim();
  return text === "" || text.length > 200 || text.startsWith("<") ? "" : `: ${text}`;
}

const failed = (beginning: string, url = "the server", why: string): string =>
  `${beginning} ${url} failed: ${why}${why.endsWith(".") ? "" : "."}${hintOf(why)}`;

/** What the reason may be, where the platform's words do not say. */
function hintOf(why: string): string {
  if (why.includes("WRONG_VERSION_NUMBER"))
    return " That port may speak no TLS: is its URL http://?";
  if (why.includes("HPE_INVALID"))
    return " That port may not speak HTTP, or only TLS: is its URL https://?";
  // What browsers say of every failure, and no more.
  if (!/^(Failed to fetch|NetworkError when|Load failed)/.test(why)) return "";
  return " The browser hides why: nobody may listen there; CORS may refuse it (Last-Event-ID and headers of yours need a preflight); the page's Content-Security-Policy may (connect-src); or the page is https and the URL is http (mixed content).";
}
