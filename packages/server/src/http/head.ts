import type { ResolvedHttp } from "../core/options.ts";
import { ServerError } from "../core/errors.ts";
import { isTexts, isOptions } from "../core/check.ts";
import { atOnce, opens } from "../core/hook.ts";
import type { HeaderFields } from "../core/sink.ts";
import type { StreamRequest } from "../session/admit.ts";

/** The head of every event stream. `no-transform` keeps compressing proxies and middleware from buffering it. */
export const streamHead: HeaderFields = Object.freeze({
  "content-type": "text/event-stream",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
});

/**
 * Headers of a connection, or of the framing of the body: the platform writes them, and a second one breaks the
 * response.
 */
const platforms: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Checks headers of the user. Throws `TypeError` for invalid headers, and for a name that belongs to the platform. */
export function userHead(what: string, given: HeaderFields | Headers | undefined): HeaderFields {
  if (given === undefined) return {};
  if (!(given instanceof Headers) && !isOptions(given)) {
    throw new TypeError(`${what} must be an object of header names and values, or Headers.`);
  }
  const entries = given instanceof Headers ? entriesOf(given) : Object.entries(given);
  for (const [name, value] of entries) {
    if (platforms.has(name.toLowerCase())) {
      throw new TypeError(`${what} must not set ${name}: the connection is the server's.`);
    }
    if (isCookies(name) && isTexts(value)) continue;
    if (typeof value !== "string") {
      throw new TypeError(`${what}: the value of ${name} must be a string, not ${typeof value}.`);
    }
  }
  return Object.fromEntries(entries);
}

/**
 * Throws `TypeError` for an invalid header where it is known before the first request, since it would fail each
 * response.
 */
export function requireSendable(what: string, head: HeaderFields): void {
  for (const [name, value] of Object.entries(head)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
      throw new TypeError(`${what}: ${JSON.stringify(name)} is not the name of a header.`);
    }
    // [RFC 9110] 5.5: visible characters, spaces and tabs; Node sends each as one byte.
    if (![value].flat().every((each) => /^[\t\u0020-\u007E\u0080-\u00FF]*$/.test(each))) {
      throw new TypeError(`${what}: the value of ${name} has a character that no header can have.`);
    }
  }
}

const isCookies = (name: string): boolean => name.toLowerCase() === "set-cookie";

/** `Headers` has an entry for each cookie, and an object has room for one. */
const entriesOf = (headers: Headers): [string, string | string[]][] => [
  ...[...headers].filter(([name]) => !isCookies(name)),
  ...(headers.has("set-cookie")
    ? [["set-cookie", headers.getSetCookie()] as [string, string[]]]
    : []),
];

/** The head of a stream with the user's headers. They cannot change its type, and `no-transform` is kept. */
export function streamHeadWith(...more: readonly (HeaderFields | undefined)[]): HeaderFields {
  const head = merge(streamHead, ...more, { "content-type": streamHead["content-type"]! });
  const cache = String(head["cache-control"]);
  return /\bno-transform\b/i.test(cache)
    ? head
    : { ...head, "cache-control": `${cache}, no-transform` };
}

/** Later ones win, but `vary` and cookies add up. Names become lower case. */
export function merge(...all: readonly (HeaderFields | undefined)[]): HeaderFields {
  const merged: Record<string, string | readonly string[]> = {};
  for (const fields of all) {
    for (const [name, value] of Object.entries(fields ?? {})) {
      const key = name.toLowerCase();
      const before = merged[key];
      if (before && key === "vary") merged[key] = `${String(before)}, ${String(value)}`;
      else if (before && isCookies(key)) merged[key] = [before, value].flat();
      else merged[key] = value;
    }
  }
  return merged;
}

/** Headers that let another origin's page read the response, if it may. */
export function corsHead(
  cors: ResolvedHttp["cors"],
  origin?: string,
  exposed: readonly string[] = [],
): HeaderFields {
  if (!cors) return {};
  // Pages of other origins may also read the delay after a refusal.
  const readable = { "access-control-expose-headers": ["Retry-After", ...exposed].join(", ") };
  if (cors.origins === "*") return { ...readable, "access-control-allow-origin": "*" };
  // Also for an origin that may not read: a cache must not give its response to one that may.
  const vary = { vary: "Origin" };
  if (origin === undefined || !allows(cors.origins, origin)) return vary;
  const allowed = { ...readable, ...vary, "access-control-allow-origin": origin };
  return cors.credentials ? { ...allowed, "access-control-allow-credentials": "true" } : allowed;
}

const ownHeaders = ["Last-Event-ID", "Authorization", "Cache-Control", "Content-Type"];

/** The response to a preflight, which browsers send before a request with such headers. */
export function preflightHead(cors: ResolvedHttp["cors"], methods: string): HeaderFields {
  if (!cors) return {};
  return {
    "access-control-allow-methods": methods,
    "access-control-allow-headers": [...ownHeaders, ...cors.headers].join(", "),
    "access-control-max-age": String(Math.floor(cors.maxAgeMs / 1000)),
  };
}

const allows = (
  origins: readonly string[] | ((origin: string) => boolean),
  origin: string,
): boolean =>
  typeof origins === "function"
    ? opens(atOnce("cors.origins", origins(origin)))
    : origins.includes(origin);

/**
 * Whether a client accepts event streams, which is the default.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
 */
export function acceptsStream(accept: string | undefined): boolean {
  if (!accept?.trim() || accept === "text/event-stream") return true;
  let best = -1;
  let quality = 0;
  for (const range of accept.toLowerCase().split(",")) {
    const [type, ...params] = range.split(";").map((part) => part.trim());
    // [spec] The most specific matching media range takes precedence.
    const precision = ["*/*", "text/*", "text/event-stream"].indexOf(type!);
    if (precision <= best) continue;
    best = precision;
    const q = params.find((param) => param.startsWith("q="));
    quality = q === undefined ? 1 : Number(q.slice(2));
  }
  return quality > 0;
}

/** Throws {@link ServerError} `not-acceptable`. */
export function requireAccepted(accept: string | undefined): void {
  if (acceptsStream(accept)) return;
  throw new ServerError("not-acceptable", "This is an event stream: accept text/event-stream.");
}

/** The cursor of a request; empty for none. */
export function cursorOf(request: StreamRequest, params: ResolvedHttp["cursorParams"]): string {
  const header = request.header("last-event-id");
  if (header) return cursorText(header);
  const values = (params || []).map((param) => request.query.get(param));
  return values.find((value) => value) ?? "";
}

/** A cursor as the reader wrote it: header values have one character per byte of UTF-8, on workerd they are text. */
export function cursorText(header: string): string {
  if (!/[\x80-\xff]/.test(header) || /[^\0-\xff]/.test(header)) return header;
  try {
    const bytes = Uint8Array.from(header, (byte) => byte.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return header;
  }
}
