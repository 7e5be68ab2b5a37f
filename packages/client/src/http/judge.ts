import { FeedError, type FeedErrorInfo } from "../core/errors.ts";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import type { Outcome } from "./policy.ts";
import { redirected } from "./request.ts";
import { longestDelayMs } from "../core/sleep.ts";
import type { ResponseHead } from "../core/status.ts";
import { isStream, type TransportRequest } from "./transport.ts";

/** What an answer's head means: an outcome, another request to make, or (`undefined`) an open stream. */
export type Verdict =
  | Outcome
  | { readonly kind: "redirect"; readonly request: TransportRequest }
  | undefined;

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

type AnswerFacts = FeedErrorInfo & { readonly url: string };

/** Judges an answer by its head; asynchronous only where `validate` is. */
export function judge(
  head: ResponseHead,
  request: TransportRequest,
  options: ResolvedOptions,
  attempt: Attempt,
): Verdict | Promise<Verdict> {
  const { status, headers } = head;
  const facts = { url: head.url || request.url.href, status, headers, attempt: attempt.number };
  if (redirects.has(status)) return redirect(head, request, options, facts);
  // [spec] HTTP 204 No Content tells a client to stop reconnecting: there is no body to validate either.
  if (status === 204) return { kind: "stopped" };
  if (options.validate) return validated(options.validate, head, facts);
  if (status !== 200)
    return refused(head, `${facts.url} answered ${status}${hint[status] ?? ""}.`, facts);
  const type = headers.get("Content-Type");
  // [spec] Of several types the last counts: they were set by one behind the other.
  const last = type?.split(/,(?=\s*[\w.+-]+\/)/).at(-1) ?? "";
  if (/^\s*text\/event-stream\s*(;|$)/i.test(last)) return undefined;
  const what = type === null ? "no Content-Type" : `Content-Type ${JSON.stringify(type)}`;
  return failed(
    "content-type",
    `${facts.url} is not an event stream: it has ${what}, not text/event-stream.`,
    facts,
  );
}

const hint: Readonly<Record<number, string>> = {
  401: " (not authorised: see the token option)",
  403: " (forbidden)",
  404: " (not found)",
  405: " (method not allowed: see the method option)",
  406: " (it has no text/event-stream to offer)",
};

function redirect(
  head: ResponseHead,
  request: TransportRequest,
  options: ResolvedOptions,
  facts: AnswerFacts,
): Verdict {
  const location = head.headers.get("Location");
  if (location === null)
    return failed("redirect", `${facts.url} answered ${head.status} without a Location.`, facts);
  if (options.redirect === "error") {
    return failed(
      "redirect",
      `${facts.url} redirects to ${location}, and redirect is 'error'.`,
      facts,
    );
  }
  if (head.status !== 303 && isStream(request.body)) {
    return failed(
      "not-resumable",
      `${facts.url} redirects, and a body that is a stream cannot be sent twice.`,
      facts,
    );
  }
  try {
    return { kind: "redirect", request: redirected(request, head.status, location) };
  } catch (cause) {
    return failed(
      "redirect",
      `${facts.url} redirects to ${JSON.stringify(location)}, which is no HTTP URL.`,
      { ...facts, cause },
    );
  }
}

function validated(
  validate: NonNullable<ResolvedOptions["validate"]>,
  head: ResponseHead,
  facts: AnswerFacts,
): Verdict | Promise<Verdict> {
  const no = (cause?: unknown): Verdict =>
    refused(head, `validate refused the answer of ${facts.url} (${head.status}).`, {
      ...facts,
      cause,
    });
  try {
    const verdict = validate(head);
    if (typeof verdict !== "object") return verdict === false ? no() : undefined;
    return Promise.resolve(verdict).then((ok) => (ok === false ? no() : undefined), no);
  } catch (cause) {
    return no(cause);
  }
}

/** Its status says whether it may be asked again, and `Retry-After` when. */
function refused({ headers }: ResponseHead, message: string, facts: FeedErrorInfo): Verdict {
  const error = new FeedError("status", message, facts);
  return { kind: "failed", error, retryAfterMs: retryAfterMs(headers.get("Retry-After")) };
}

function failed(...[code, message, info]: ConstructorParameters<typeof FeedError>): Verdict {
  return { kind: "failed", error: new FeedError(code, message, info) };
}

/** `Retry-After` in either form: seconds, or a date. */
export function retryAfterMs(value: string | null, now: number = Date.now()): number | undefined {
  if (value === null) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Math.min(Number(value) * 1000, longestDelayMs);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - now), longestDelayMs);
}
