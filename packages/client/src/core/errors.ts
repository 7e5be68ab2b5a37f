/**
 * - `network`: refused, reset, unresolved, cut off; the system's error is the `cause`
 * - `tls`: the server's certificate, or ours, was not accepted
 * - `timeout`: nothing within `connectMs`, `headersMs` or `idleMs`
 * - `status`: an answer that is no stream; the number is in `status`
 * - `content-type`: an answer that is not `text/event-stream`
 * - `redirect`: no `Location`, too many hops, or refused by `redirect: 'error'`
 * - `too-large`: an event over `maxEventBytes`
 * - `overflow`: a queue was full and its policy is `'error'`
 * - `invalid`: an event's data could not be decoded
 * - `request`: the request could not be made: a bad URL or header
 * - `unsupported`: the platform, or what was given in its place, lacks what a feed needs
 * - `not-resumable`: the request body cannot be sent twice
 * - `callback`: a function of the user threw: a callback, a filter, a hook, or an option asked at each attempt
 * - `store`: the cursor store threw
 * - `offline`: the browser has no network: the feed waits until it has
 * - `hidden`: the page is hidden, or in the back/forward cache: the feed waits until it is back
 * - `ended`: a stream ended in order, and is asked for again
 * - `closed`: the feed is closed, and something was still waiting for it
 */
export type FeedErrorCode =
  | "network"
  | "tls"
  | "timeout"
  | "status"
  | "content-type"
  | "redirect"
  | "too-large"
  | "overflow"
  | "invalid"
  | "request"
  | "not-resumable"
  | "callback"
  | "store"
  | "offline"
  | "hidden"
  | "ended"
  | "unsupported"
  | "closed";

/** The facts that come with an error, as far as there are any. */
export interface FeedErrorInfo {
  /** The URL that was asked. */
  readonly url?: string | undefined;
  /** The HTTP status of the answer. */
  readonly status?: number | undefined;
  /** The headers of the answer, for a request id or a limit that it names. */
  readonly headers?: Headers | undefined;
  /** Which attempt it was: 1 for the first since the feed was last healthy. */
  readonly attempt?: number | undefined;
  readonly cause?: unknown;
}

/** What went wrong with a feed: `code` says what kind, the other fields and `cause` say the rest. */
export class FeedError extends Error {
  override readonly name = "FeedError";
  readonly code: FeedErrorCode;
  readonly url: string | undefined;
  readonly status: number | undefined;
  readonly headers: Headers | undefined;
  readonly attempt: number | undefined;

  constructor(code: FeedErrorCode, message: string, info: FeedErrorInfo = {}) {
    super(message, info.cause === undefined ? undefined : { cause: info.cause });
    this.code = code;
    this.url = info.url;
    this.status = info.status;
    this.headers = info.headers;
    this.attempt = info.attempt;
  }
}

/** What a transport's error means: a certificate that was not accepted, time that ran out, or the network. */
export function transportError(cause: unknown, info: FeedErrorInfo): FeedError {
  try {
    return explained(cause, info);
  } catch {
    // Anything can be thrown, also what has no text, or a proxy that does not want to be looked at.
    const message = `The connection to ${info.url ?? "the server"} failed, and what was thrown cannot be read.`;
    return new FeedError("network", message, { ...info, cause });
  }
}

function explained(cause: unknown, info: FeedErrorInfo): FeedError {
  if (cause instanceof FeedError) {
    return cause.attempt === undefined
      ? new FeedError(cause.code, cause.message, { ...info, cause: cause.cause })
      : cause;
  }
  const causes = chainOf(cause);
  const code = causes.map(codeOf).find((each) => each !== undefined);
  // `fetch failed` says nothing; what caused it does.
  const texts = causes.map(({ message }) => message.trim());
  const why = texts.findLast((text) => text !== "") ?? String(cause);
  const said = code === undefined || why.includes(code) ? why : `${why} (${code})`;
  const from = info.url ?? "the server";
  if (code !== undefined && neverHeals.test(code)) {
    return new FeedError("tls", `TLS with ${from} failed: ${said}.`, { ...info, cause });
  }
  const kind = causes.some(({ name }) => timeoutName.test(name)) ? "timeout" : "network";
  return new FeedError(kind, `The connection to ${from} failed: ${said}.`, { ...info, cause });
}

/** TLS that fails for its certificates or versions; a broken record or a server in trouble may heal. */
const neverHeals =
  /CERT|^ERR_OSSL_|^UNABLE_TO_|UNKNOWN_CA|^INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|^PATH_LENGTH|WRONG_VERSION_NUMBER|PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/;
const timeoutName = /^(Connect|Headers|Body)?Timeout(Error)?$/;

/** An error and what caused it, outermost first; of several causes at once the first. */
function chainOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let at = error; at instanceof Error && causes.length < 8;) {
    causes.push(at);
    const [first] = at instanceof AggregateError ? (at.errors as unknown[]) : [];
    at = first ?? at.cause;
  }
  return causes;
}

/** The system's code, such as `ECONNREFUSED`; undici's own say no more than their names. */
function codeOf(error: Error): string | undefined {
  if (!("code" in error) || typeof error.code !== "string") return undefined;
  return error.code.startsWith("UND_ERR") ? undefined : error.code;
}
