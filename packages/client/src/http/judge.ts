import { retryAfterMs } from "#transport";
import { say } from "#words";
import { messageOf } from "../core/answer.ts";
import { FeedError } from "../core/errors.ts";
import { isEventStream } from "../core/header.ts";
import type { ResolvedOptions } from "../core/options.ts";
import type { ResponseHead } from "../core/status.ts";
import type { Outcome } from "./policy.ts";

/**
 * What an answer's head means: an outcome, or (`undefined`) an open stream. For a refusal its status says whether it may be
 * asked again, `Retry-After` when, and its body why.
 */
export async function judge(
  head: ResponseHead,
  { retry, validate }: ResolvedOptions,
  attempt: number,
): Promise<Outcome | undefined> {
  const { url, status, headers } = head;
  const type = headers.get("Content-Type");
  /** What `validate` threw. */
  let cause: unknown;
  // [spec] HTTP 204 No Content tells a client to stop reconnecting: there is no body to validate either.
  if (status === 204) return { kind: "stopped" };
  if (validate) {
    let read = false;
    const text = (): Promise<string> => {
      read = true;
      return head.text();
    };
    try {
      const accepted = await validate({ ...head, text });
      // A body that was read is no stream any more.
      if (accepted !== false && !read) return undefined;
    } catch (error) {
      cause = error;
    }
  } else if (status === 200 && isEventStream(type)) return undefined;
  const body = await head.text();
  const why = validate ? "not-valid" : status === 200 ? "no-stream" : "status";
  const facts = { url, status, headers, attempt, body: body || undefined, cause };
  return {
    kind: "failed",
    error: new FeedError(
      why === "no-stream" ? "content-type" : "status",
      say(why, url, status, validate ? (cause ? messageOf(cause) : null) : type, body),
      facts,
    ),
    retryAfterMs: retryAfterMs(headers.get("Retry-After"), retry.maxRetryAfterMs),
  };
}
