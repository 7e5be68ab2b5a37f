/**
 * The kinds of errors, as a closed set:
 * `closed`: the broker is closing or closed · `unknown-stream`: not one of the declared streams ·
 * `no-stream`: the request names none · `bad-stream`: a name that cannot be one · `too-many-streams`,
 * `too-many-sessions`, `too-many-of-client`: a limit · `duplicate-client`: refused by `duplicateClient` ·
 * `unknown-type`: not in the contract of the stream · `invalid`: data that its contract does not allow (`cause`: the issues) ·
 * `unknown-run`: no run of this id is kept · `run-taken`: it has another producer · `run-over`: it has ended, or another producer has it
 * now · `run-gone`: events after this cursor are no longer kept, or it is another run's · `run-failed`: it failed, or its producer was lost ·
 * `duplicate-id`: an event with this id is kept · `event-too-large`: over `limits.eventBytes` ·
 * `unavailable`: the log is away, nothing was kept · `uncertain`: it was lost on the way, the event may be kept ·
 * `method`, `not-acceptable`: the request's method or `Accept` · `unauthorized`: refused by `authorize`, or its admission has expired ·
 * `refused`: by a hook of yours · `failed`: a hook of yours threw (see `cause`) · `timeout`: a hook of yours took longer than `hookMs`
 */
export type ServerErrorCode =
  | "closed"
  | "unknown-stream"
  | "no-stream"
  | "bad-stream"
  | "too-many-streams"
  | "too-many-sessions"
  | "too-many-of-client"
  | "duplicate-client"
  | "unknown-type"
  | "invalid"
  | "duplicate-id"
  | "unknown-run"
  | "run-taken"
  | "run-over"
  | "run-gone"
  | "run-failed"
  | "event-too-large"
  | "unavailable"
  | "uncertain"
  | "method"
  | "not-acceptable"
  | "unauthorized"
  | "refused"
  | "failed"
  | "timeout";

const statuses: Readonly<Record<ServerErrorCode, number>> = {
  closed: 503,
  "unknown-stream": 404,
  "no-stream": 400,
  "bad-stream": 400,
  "too-many-streams": 400,
  "too-many-sessions": 503,
  "too-many-of-client": 429,
  "duplicate-client": 409,
  "unknown-type": 422,
  invalid: 422,
  "duplicate-id": 409,
  "unknown-run": 404,
  "run-taken": 409,
  "run-over": 409,
  "run-gone": 410,
  "run-failed": 424,
  "event-too-large": 413,
  unavailable: 503,
  uncertain: 503,
  method: 405,
  "not-acceptable": 406,
  unauthorized: 401,
  refused: 403,
  failed: 500,
  timeout: 504,
};

/** The options of a `ServerError`, besides code and message. */
export interface ServerErrorInit {
  /** The HTTP status to answer with. Default: the one of the code. */
  readonly status?: number | undefined;
  /** The underlying error. */
  readonly cause?: unknown;
}

/**
 * The reason for which a request or an event was refused. Throw one with code `refused` in `onConnect` to
 * refuse a session with a status of your choice.
 */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: ServerErrorCode;
  /** The HTTP status of each code. */
  readonly status: number;

  constructor(code: ServerErrorCode, message: string, init: ServerErrorInit = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = code;
    this.status = init.status ?? statuses[code];
  }
}

/** The error for a reader when a user's function threw: it reveals nothing of the cause. */
export const failure = (cause: unknown): ServerError =>
  new ServerError("failed", "Internal server error", { cause });
