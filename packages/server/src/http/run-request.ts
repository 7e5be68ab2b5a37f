import { describe } from "../core/check.ts";
import { ServerError } from "../core/errors.ts";
import type { StreamRequest } from "../session/admit.ts";
import { readBody, type Body } from "./body.ts";

/** A request about a run. */
export interface RunRequest extends StreamRequest {
  /**
   * The requested run: by the option `id`, or the path segment after `path`. `undefined` for a POST that creates a new
   * one.
   */
  readonly id: string | undefined;
  /** The path of all runs as it was received, with the mount path of a router. */
  readonly base: string;
  /** The body as text, read once. Rejects with {@link ServerError} for a body that is too large or not UTF-8. */
  text(): Promise<string>;
  /**
   * The body as JSON. Rejects with {@link ServerError}, 400, for invalid JSON. Validate it: it comes from the client.
   */
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

/** The result of the option `id`. Throws `TypeError` for a mistake of it, which is not one of the request. */
export function givenId(given: unknown): string | undefined {
  if (given === undefined || typeof given === "string") return given;
  throw new TypeError(`id must give a text or undefined, not ${describe(given)}.`);
}

function placeOf(
  request: StreamRequest,
  path: string,
): { readonly base: string; readonly id: string | undefined } {
  // Express removes the mount path of a router from `url`, and keeps the whole path here.
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
