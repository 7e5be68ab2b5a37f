/**
 * - `network`: refused, reset, unresolved, cut off; the system's error is the `cause`
 * - `tls`: the server's certificate, or ours, was refused
 * - `timeout`: nothing within `connectMs`, `headersMs` or `idleMs`
 * - `status`: an answer that is not a stream; the number is in `status`
 * - `content-type`: an answer that is not `text/event-stream`
 * - `redirect`: no `Location`, too many hops, or refused by `redirect: 'error'`
 * - `too-large`: an event over `maxEventBytes`
 * - `overflow`: a queue was full and its policy is `'error'`
 * - `invalid`: an event's data could not be decoded
 * - `request`: the request could not be made: a bad URL or header
 * - `unsupported`: the platform, or an option that replaces it, lacks a feature that a feed needs
 * - `not-resumable`: the request body cannot be sent twice, or a broken answer has no continuation, or a different one
 * - `callback`: a function of the user threw: a callback, a filter, a hook, or an option that is called at each attempt
 * - `store`: the cursor store threw
 * - `offline`: the browser is offline: the feed waits until the network is back
 * - `hidden`: the page is hidden, or in the back/forward cache: the feed waits until it is back
 * - `ended`: a stream ended in order, and is requested again
 * - `closed`: the feed is closed, and a call was still waiting for it
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

/** The facts about an error, as far as they are known. */
export interface FeedErrorInfo {
  /** The URL of the request. */
  readonly url?: string | undefined;
  /** The HTTP status of the answer. */
  readonly status?: number | undefined;
  /** The headers of the answer, for a request id or a limit that it names. */
  readonly headers?: Headers | undefined;
  /** The text of the answer: at most 64 KiB, received within two seconds. */
  readonly body?: string | undefined;
  /** The number of the attempt: 1 for the first since the feed was last healthy. */
  readonly attempt?: number | undefined;
  readonly cause?: unknown;
}

/** A failure of a feed. `code` names its kind; the other fields and `cause` have the details. */
export class FeedError extends Error {
  override readonly name = "FeedError";
  declare readonly code: FeedErrorCode;
  declare readonly url: string | undefined;
  declare readonly status: number | undefined;
  declare readonly headers: Headers | undefined;
  declare readonly body: string | undefined;
  declare readonly attempt: number | undefined;

  constructor(code: FeedErrorCode, message: string, { cause, ...facts }: FeedErrorInfo = {}) {
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, facts, { code });
  }
}

/** The same error with further facts, unless it already has its own. */
export function withFacts(error: FeedError, facts: FeedErrorInfo): FeedError {
  if (error.attempt !== undefined) return error;
  const { code, message, cause } = error;
  return new FeedError(code, message, Object.assign({ ...facts, cause }, error));
}
