import { FeedError } from "../core/errors.ts";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import { longestDelayMs } from "../core/sleep.ts";
import type { ResponseHead } from "../core/status.ts";
import { mediaTypeOf } from "../core/header.ts";
import type { Outcome } from "./policy.ts";
import { isRedirect, redirect, type AnswerFacts, type Redirect } from "./redirect.ts";
import { retryAfterMs } from "./retry-after.ts";
import type { TransportRequest } from "./transport.ts";

/** What an answer's head means: an outcome, another request to make, or (`undefined`) an open stream. */
export type Verdict = Outcome | Redirect | undefined;

/** Judges an answer by its head. Asynchronous where it is refused, for what its body says, and where `validate` is. */
export function judge(
  head: ResponseHead,
  request: TransportRequest,
  options: ResolvedOptions,
  attempt: Attempt,
): Verdict | Promise<Verdict> {
  const { status, headers } = head;
  const url = head.url || request.url.href;
  const facts = { url, status, headers, attempt: attempt.number };
  if (isRedirect(status)) return redirect(head, request, options, facts);
  // [spec] HTTP 204 No Content tells a client to stop reconnecting: there is no body to validate either.
  if (status === 204) return { kind: "stopped" };
  const answer = { head, facts, maxMs: options.retry.maxRetryAfterMs };
  if (options.validate) return validated(options.validate, answer);
  if (status !== 200)
    return refused("status", `${url} answered ${status}${hint[status] ?? ""}`, answer);
  const type = headers.get("Content-Type");
  if (mediaTypeOf(type ?? "") === "text/event-stream") return undefined;
  const what = type === null ? "no Content-Type" : `Content-Type ${JSON.stringify(type)}`;
  const message = `${url} is not an event stream: it has ${what}, not text/event-stream`;
  return refused("content-type", message, answer);
}

interface Answer {
  readonly head: ResponseHead;
  readonly facts: AnswerFacts;
  /** The most that its `Retry-After` may ask for. */
  readonly maxMs: number;
}

const hint: Readonly<Record<number, string>> = {
  401: " (not authorised: see the token option)",
  403: " (forbidden)",
  404: " (not found)",
  405: " (method not allowed: see the method option)",
  406: " (it has no text/event-stream to offer)",
};

function validated(
  validate: NonNullable<ResolvedOptions["validate"]>,
  answer: Answer,
): Verdict | Promise<Verdict> {
  const { head, facts } = answer;
  let read = false;
  let judged = false;
  const text = (): Promise<string> => {
    read = true;
    return judged ? Promise.resolve("") : head.text();
  };
  const no = (cause?: unknown): Promise<Verdict> => {
    const message = `validate refused the answer of ${facts.url} (${head.status})`;
    return refused("status", message, answer, cause);
  };
  const decide = (accepted: boolean | void): Verdict | Promise<Verdict> => {
    judged = true;
    // A body that was read is no stream any more.
    return accepted === false || read ? no() : undefined;
  };
  try {
    const accepted = validate({ ...head, text });
    return typeof accepted === "object"
      ? Promise.resolve(accepted).then(decide, no)
      : decide(accepted);
  } catch (cause) {
    return no(cause);
  }
}

/** Its status says whether it may be asked again, `Retry-After` when, and its body why. */
async function refused(
  code: "status" | "content-type",
  message: string,
  answer: Answer,
  cause?: unknown,
): Promise<Verdict> {
  const { head, facts } = answer;
  const body = await head.text();
  const error = new FeedError(code, `${message}${quoted(body)}.`, {
    ...facts,
    body: body || undefined,
    cause,
  });
  const maxMs = Math.min(answer.maxMs, longestDelayMs);
  const asked = retryAfterMs(head.headers.get("Retry-After"), maxMs);
  return { kind: "failed", error, retryAfterMs: asked };
}

/** A body that is a short text is quoted in the message; a page of HTML is not. */
function quoted(body: string): string {
  // oxlint-disable-next-line no-control-regex -- a log gets one line, without what could forge another
  const text = body.replace(/[\s\0-\x1F\x7F-\x9F\u2028\u2029]+/g, " ").trim();
  return text === "" || text.length > 200 || text.startsWith("<") ? "" : `: ${text}`;
}
