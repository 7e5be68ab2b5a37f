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
 * - `request`: the request could not be made: a bad URL or header, or an option function that threw
 * - `not-resumable`: the request body cannot be sent twice
 * - `callback`: a callback, a filter or a hook of the user threw
 * - `store`: the cursor store threw
 * - `closed`: the feed is over, and something was still waiting for it
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
  | "closed";

/** The facts that come with an error, as far as there are any. */
export interface FeedErrorInfo {
  /** The URL that was asked. */
  readonly url?: string | undefined;
  /** The HTTP status of the answer. */
  readonly status?: number | undefined;
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
  readonly attempt: number | undefined;

  constructor(code: FeedErrorCode, message: string, info: FeedErrorInfo = {}) {
    super(message, "cause" in info ? { cause: info.cause } : undefined);
    this.code = code;
    this.url = info.url;
    this.status = info.status;
    this.attempt = info.attempt;
  }
}

/** What a transport's error means: a certificate that was not accepted, time that ran out, or the network. */
export function transportError(cause: unknown, info: FeedErrorInfo): FeedError {
  const code = systemCode(cause);
  const why = rootMessage(cause);
  const said = code === undefined || why.includes(code) ? why : `${why} (${code})`;
  if (code !== undefined && tlsCode.test(code)) {
    return new FeedError("tls", `TLS with ${info.url} failed: ${said}.`, { ...info, cause });
  }
  const kind = cause instanceof Error && timeoutName.test(cause.name) ? "timeout" : "network";
  return new FeedError(kind, `The connection to ${info.url} failed: ${said}.`, { ...info, cause });
}

const tlsCode =
  /^(ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_|EPROTO$)/;
const timeoutName = /^(Connect|Headers|Body)?Timeout(Error)?$/;

/** The system's code at the end of a chain of causes, such as `ECONNREFUSED`. */
export function systemCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; depth++) {
    if ("code" in at && typeof at.code === "string" && !at.code.startsWith("UND_ERR")) return at.code;
    const [first] = at instanceof AggregateError ? (at.errors as unknown[]) : [];
    at = first ?? at.cause;
  }
  return undefined;
}

/** The innermost message of a chain of causes: `fetch failed` says nothing, what caused it does. */
export function rootMessage(error: unknown): string {
  let message = String(error);
  for (let at = error, depth = 0; at instanceof Error && depth < 8; depth++) {
    if (at.message !== "") message = at.message;
    const [first] = at instanceof AggregateError ? (at.errors as unknown[]) : [];
    at = first ?? at.cause;
  }
  return message;
}
