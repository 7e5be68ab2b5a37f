import { ServerError } from "../core/errors.ts";
import type { StreamRequest } from "../session/admit.ts";
import { readBody, type Body } from "./body.ts";

/** A request about a run. */
export interface RunRequest extends StreamRequest {
  /**
   * The run that is meant: by the option `id`, or by the path, where it is what comes after `path` and a slash, up to the
   * next one. `undefined` for a POST that makes a new one.
   */
  readonly id: string | undefined;
  /** The path of all runs as it came, with what a router was mounted at. */
  readonly base: string;
  /** The body as text, read once. Rejects with {@link ServerError} for one that is too large or is not UTF-8. */
  text(): Promise<string>;
  /** The body as JSON. Rejects with {@link ServerError}, 400, for what is none. Check it: it is what a client sent. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as `Request.json()`
  json(): Promise<any>;
}

/** Throws {@link ServerError} `unknown-run` for another path. */
export function asRunRequest(
  request: StreamRequest,
  body: Body,
  path: string,
  maxBytes: number,
): RunRequest & { id: string | undefined } {
  const { base, id } = placeOf(request, path);
  let reading: Promise<string> | undefined;
  const text = (): Promise<string> =>
    (reading ??= readBody(request, body, maxBytes).then((data) =>
      typeof data === "string" ? data : new TextDecoder().decode(data),
    ));
  const { method, raw, header } = request;
  return {
    method,
    path: request.path,
    get query() {
      return request.query;
    },
    header,
    raw,
    id,
    base,
    text,
    json: async () => parsed(await text()),
  };
}

function placeOf(
  request: StreamRequest,
  path: string,
): { readonly base: string; readonly id: string | undefined } {
  // Express takes away what a router was mounted at, and keeps the whole path here.
  const { originalUrl } = Object(request.raw) as { readonly originalUrl?: unknown };
  const whole = typeof originalUrl === "string" ? originalUrl.split("?", 1)[0]! : request.path;
  const [segment = "", ...more] = whole.startsWith(`${path}/`)
    ? whole.slice(path.length + 1).split("/")
    : [""];
  const isBelow = whole === path || whole.startsWith(`${path}/`);
  if (!isBelow || (segment === "" && more.length > 0)) {
    throw new ServerError("unknown-run", `Not found: ${whole}`);
  }
  return { base: path, id: segment === "" ? undefined : decoded(segment) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new ServerError("refused", "The path is not percent-encoded.", { status: 400, cause });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ServerError("refused", "The body must be JSON.", { status: 400, cause });
  }
}
