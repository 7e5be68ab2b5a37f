import { say } from "#words";
import { FeedError, withFacts, type FeedErrorInfo } from "../core/errors.ts";

/** What a transport's error means: TLS that cannot work, a request that cannot be made, time that ran out, or the network. */
export function explain(cause: unknown, info: FeedErrorInfo): FeedError {
  try {
    if (cause instanceof FeedError) return withFacts(cause, info);
    const causes = chainOf(cause);
    const codes = causes.map(codeOf).filter((each) => each !== "");
    // undici's own codes say no more than its messages.
    const code = codes.find((each) => !each.startsWith("UND_ERR")) ?? "";
    // `fetch failed` says nothing; what caused it does.
    const why = causes.findLast(({ message }) => message !== "")?.message.trim() ?? textOf(cause);
    const kind = kindOf(causes, codes);
    const said = why.includes(code) ? why : `${why} (${code})`;
    const message = say(kind === "timeout" ? "network" : kind, info.url, said);
    return new FeedError(kind, message, { ...info, cause });
  } catch {
    // Anything can be thrown, also a proxy that does not want to be looked at.
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

/** TLS that fails for its certificates or versions; a broken record or a server in trouble may heal. */
const neverHeals =
  /CERT|^ERR_OSSL_|^UNABLE_TO_|UNKNOWN_CA|^INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|^PATH_LENGTH|WRONG_VERSION_NUMBER|PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/;

/** What Node and undici say of a request that they refuse to make, today as tomorrow. */
const cannotBeMade =
  /^(UND_ERR_(INVALID_ARG|NOT_SUPPORTED|REQ_CONTENT_LENGTH_MISMATCH)|ERR_(INVALID_(ARG|URL|CHAR|HTTP_TOKEN|PROTOCOL)|UNESCAPED|HTTP_INVALID|HTTP2_(INVALID|CONNECT_|HEADER_SINGLE)))/;

const timeoutName = /^(Connect|Headers|Body)?Timeout(Error)?$/;

/** Whether the request never reached the server: nobody listened, or there was no way to it. Where nobody can know, it may have. */
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

/** An error, of whatever realm. */
type Thrown = Pick<Error, "message" | "cause"> & { readonly name?: string };

/** An error and what caused it, outermost first; of several causes at once the first. */
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

/** Anything can be thrown, also what has no text. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return Object.prototype.toString.call(thrown);
  }
}
