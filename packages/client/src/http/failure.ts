import { say } from "#words";
import { FeedError, withFacts, type FeedErrorInfo } from "../core/errors.ts";

/** Converts a transport's error: TLS that cannot work, a request that cannot be made, a timeout, or the network. */
export function explain(cause: unknown, info: FeedErrorInfo): FeedError {
  try {
    if (cause instanceof FeedError) return withFacts(cause, info);
    const causes = chainOf(cause);
    const codes = causes.map(codeOf).filter((each) => each !== "");
    // undici's own codes add nothing to its messages.
    const code = codes.find((each) => !each.startsWith("UND_ERR")) ?? "";
    // The message `fetch failed` says nothing, so the innermost cause with a message is used.
    const why = causes.findLast(({ message }) => message !== "")?.message.trim() ?? textOf(cause);
    const kind = kindOf(causes, codes);
    const said = why.includes(code) ? why : `${why} (${code})`;
    const message = say(kind === "timeout" ? "network" : kind, info.url, said);
    return new FeedError(kind, message, { ...info, cause });
  } catch {
    // Any value can be thrown, even a proxy that throws when it is read.
    const message = say("network", info.url, "the thrown value cannot be read.");
    return new FeedError("network", message, { ...info, cause });
  }
}

function kindOf(
  causes: readonly Thrown[],
  codes: readonly string[],
): "tls" | "request" | "timeout" | "network" {
  if (codes.some((code) => neverHeals.test(code))) return "tls";
  if (codes.some((code) => cannotBeMade.test(code))) return "request";
  return causes.some(({ name }) => timeoutName.test(name ?? "")) ? "timeout" : "network";
}

/**
 * TLS errors of certificates or versions, which a retry cannot fix. A corrupt record or an overloaded server is left
 * out, as it may recover.
 */
const neverHeals =
  /CERT|^ERR_OSSL_|^UNABLE_TO_|UNKNOWN_CA|^INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|^PATH_LENGTH|WRONG_VERSION_NUMBER|PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/;

/** The codes of requests that Node and undici refuse to make. A retry would be refused too. */
const cannotBeMade =
  /^(UND_ERR_(INVALID_ARG|NOT_SUPPORTED|REQ_CONTENT_LENGTH_MISMATCH)|ERR_(INVALID_(ARG|URL|CHAR|HTTP_TOKEN|PROTOCOL)|UNESCAPED|HTTP_INVALID|HTTP2_(INVALID|CONNECT_|HEADER_SINGLE)))/;

const timeoutName = /^(Connect|Headers|Body)?Timeout(Error)?$/;

/**
 * True if the request certainly never reached the server: the connection was refused, or there was no route. If this is
 * unknown, the request may have reached it.
 */
export function neverSent({ cause }: FeedError): boolean {
  try {
    return chainOf(cause).some((each) => unsent.test(`${codeOf(each)} ${each.message}`));
  } catch {
    // Anything can be thrown.
    return false;
  }
}

const unsent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused|FailedToOpenSocket) |NGHTTP2_REFUSED_STREAM|client error \(Connect\)|dns error/;

/** An error of any realm. */
type Thrown = Pick<Error, "message" | "cause"> & { readonly name?: string };

/** An error and its causes, outermost first. If it has several causes at once, only the first one is followed. */
function chainOf(error: unknown): Thrown[] {
  const causes: Thrown[] = [];
  for (let at = error; isThrown(at) && causes.length < 8;) {
    causes.push(at);
    const [first] = "errors" in at ? (at.errors as unknown[]) : [];
    at = first ?? at.cause;
  }
  return causes;
}

function isThrown(error: unknown): error is Thrown {
  return (
    typeof error === "object" &&
    error !== null &&
    "message" in error &&
    typeof error.message === "string"
  );
}

/** The system's code, such as `ECONNREFUSED`, or empty. */
const codeOf = (error: Thrown): string =>
  "code" in error && typeof error.code === "string" ? error.code : "";

/** A text for any thrown value, even one that cannot be converted. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return Object.prototype.toString.call(thrown);
  }
}
