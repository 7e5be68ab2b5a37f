import { FeedError, type FeedErrorCode, type FeedErrorInfo } from "../core/errors.ts";

/** What a transport's error means: TLS that cannot work, a request that cannot be made, time that ran out, or the network. */
export function transportError(cause: unknown, info: FeedErrorInfo): FeedError {
  try {
    return explained(cause, info);
  } catch {
    // Anything can be thrown, also a proxy that does not want to be looked at.
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
  const codes = causes.map(codeOf).filter((each) => each !== "");
  // undici's own codes say no more than its messages.
  const code = codes.find((each) => !each.startsWith("UND_ERR")) ?? "";
  // `fetch failed` says nothing; what caused it does.
  const why = causes.findLast(({ message }) => message !== "")?.message.trim() ?? textOf(cause);
  const said = why.includes(code) ? why : `${why} (${code})`;
  const kind = kindOf(causes, codes);
  const message = `${beginning[kind]} ${info.url ?? "the server"} failed: ${said}`;
  return new FeedError(kind, `${message}${said.endsWith(".") ? "" : "."}${hintFor(why, code)}`, {
    ...info,
    cause,
  });
}

const beginning = {
  tls: "TLS with",
  request: "The request to",
  timeout: "The connection to",
  network: "The connection to",
} satisfies Partial<Record<FeedErrorCode, string>>;

function kindOf(causes: readonly Thrown[], codes: readonly string[]): keyof typeof beginning {
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

/** What the reason may be, where the platform's words do not say. */
function hintFor(why: string, code: string): string {
  if (/WRONG_VERSION_NUMBER/.test(code)) return " That port may speak no TLS: is its URL http://?";
  if (code.startsWith("HPE_INVALID"))
    return " That port may not speak HTTP, or only TLS: is its URL https://?";
  // What browsers say of every failure, and no more.
  if (!/^(Failed to fetch|NetworkError when|Load failed)/.test(why)) return "";
  return " The browser hides why: nobody may listen there; CORS may refuse it (Last-Event-ID and headers of yours need a preflight); the page's Content-Security-Policy may (connect-src); or the page is https and the URL is http (mixed content).";
}

/** Whether the request never reached the server: nobody listened, or there was no way to it. Where nobody can know, it may have. */
export const neverSent = ({ cause }: FeedError): boolean =>
  chainOf(cause).some((each) => unsent.test(`${codeOf(each)} ${each.message}`));

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
