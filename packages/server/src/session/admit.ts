import type { From } from "./cursor.ts";
import { describe } from "../core/check.ts";
import { ServerError } from "../core/errors.ts";
import type { HeaderFields } from "../core/sink.ts";

/** A request for a stream, on any platform. */
export interface StreamRequest {
  readonly method: string;
  /** The path as it came, still percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** A header's value; the name in lower case. */
  readonly header: (name: string) => string | undefined;
  /**
   * The request as the handler received it, with the additions of your middleware: Node's `IncomingMessage`, the
   * request of Express, Fastify or Koa, or a `Request`.
   */
  readonly raw: unknown;
}

/** The rights of a reader. */
export type Admission<State = unknown> = {
  /** The names of its streams, at least one. */
  readonly streams: string | readonly string[];
  /** The client's name, for `broker.send`. Take it from verified data, never from an unverified parameter. */
  readonly client?: string | undefined;
  /** The reader gets events whose `minVersion` is this or less. Default: 0. */
  readonly version?: number | undefined;
  /** Default: `last-id`. */
  readonly from?: From | undefined;
  /** Additional headers for the response. */
  readonly headers?: HeaderFields | Headers | undefined;
  /** When it expires, in milliseconds since 1970, for instance with the reader's token. */
  readonly expiresAt?: number | undefined;
} & (undefined extends State ? { readonly state?: State } : { readonly state: State });

/**
 * A response instead of a stream. A native EventSource never reconnects after any of these; 204 is the intended one.
 */
export interface Refusal {
  readonly status: number;
  readonly headers?: HeaderFields | Headers | undefined;
  /** Text. Default: none, and then `renderError` may provide one. */
  readonly body?: string | undefined;
  /** When to retry, in milliseconds; for clients that obey `Retry-After`. */
  readonly retryAfterMs?: number | undefined;
}

export const admissionNames = [
  "streams",
  "client",
  "version",
  "from",
  "headers",
  "expiresAt",
  "state",
] as const;
export const refusalNames = ["status", "headers", "body", "retryAfterMs"] as const;

/** Throws `TypeError` for a result that is neither, or both. */
export function isRefusal<State>(answer: Admission<State> | Refusal): answer is Refusal {
  const admits = has(answer, "streams");
  const refuses = has(answer, "status");
  if (admits !== refuses) return refuses;
  const both = admits ? ", not both" : "";
  throw new TypeError(
    `admit must return { streams } to let the reader in, or { status } to refuse it${both}.`,
  );
}

const has = (answer: unknown, name: string): boolean =>
  Object.hasOwn(Object(answer) as object, name) && (answer as never)[name] !== undefined;

/** Decides who reads which streams. Throwing refuses with 500, or with the status of a `ServerError`. */
export type Admit<State = unknown> = (
  request: StreamRequest,
) => Admission<State> | Refusal | Promise<Admission<State> | Refusal>;

/**
 * Admits everyone to the streams named in the query: `?stream=a`, or `?stream=a&stream=b`.
 *
 * Errors: 400 when the parameter is missing
 */
export function byQuery(
  param = "stream",
): (request: StreamRequest) => { streams: readonly string[] } {
  if (typeof param !== "string" || param === "")
    throw new TypeError(`byQuery takes the name of a parameter, not ${describe(param)}.`);
  return ({ query }) => {
    const streams = query.getAll(param).filter((name) => name !== "");
    if (streams.length > 0) return { streams };
    throw new ServerError("no-stream", `Name a stream: ?${param}=NAME`);
  };
}

/**
 * Admits everyone to the stream named by the path after `base`: `/events/prices` is `prices` with base `/events/`.
 *
 * Errors: 404 for a path that does not begin with `base`, 400 for one without a valid name
 */
export function byPath(base = "/"): (request: StreamRequest) => { streams: readonly string[] } {
  if (typeof base !== "string" || !/^\/[^?#]*$/.test(base))
    throw new TypeError(`byPath takes a path such as "/events/", not ${describe(base)}.`);
  return (request) => {
    // Express removes the mount path of a router from `url`, and keeps the whole path here.
    const raw = Object(request.raw) as { readonly originalUrl?: unknown };
    const originalUrl = Object.hasOwn(raw, "originalUrl") ? raw.originalUrl : undefined;
    const mounted = typeof originalUrl === "string" ? originalUrl.split("?", 1)[0]! : "";
    const path = request.path.startsWith(base) ? request.path : mounted;
    if (!path.startsWith(base))
      throw new ServerError("unknown-stream", `Not found: ${request.path}`);
    const name = decoded(path.slice(base.length));
    if (name) return { streams: [name] };
    throw new ServerError("no-stream", `Name a stream: ${base}NAME`);
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // Invalid percent-encoding: it names nothing.
    return undefined;
  }
}
