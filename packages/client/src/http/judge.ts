import { retryAfterMs } from "#transport";
import { say } from "#words";
import { messageOf } from "../core/guard.ts";
import { FeedError } from "../core/errors.ts";
import { isEventStream } from "./event-stream-type.ts";
import type { ResolvedOptions } from "../core/options.ts";
import type { ResponseHead } from "../core/status.ts";
import type { Outcome } from "./policy.ts";

/**
 * Judges the head of an answer: an outcome, or `undefined` for an open stream. In a refusal, the status decides if the
 * feed may retry, `Retry-After` decides when, and the body is the reason.
 */
export async function judge(
  head: ResponseHead,
  { retry, validate }: ResolvedOptions,
  attempt: number,
): Promise<Outcome | undefined> {
  const { url, status, headers } = head;
  const type = headers.get("Content-Type");
  /** The error that `validate` threw. */
  let cause: unknown;
  // [spec] HTTP 204 No Content tells a client to stop reconnecting. It has no body to validate.
  if (status === 204) return { kind: "stopped" };
  if (validate) {
    let read = false;
    const text = (): Promise<string> => {
      read = true;
      return head.text();
    };
    try {
      const accepted = await validate({ ...head, text });
      // A body that was read can no longer be streamed.
      if (accepted !== false && !read) return undefined;
    } catch (error) {
      cause = error;
    }
  } else if (status === 200 && isEventStream(type)) return undefined;
  const body = await head.text();
  const code = status === 200 && !validate ? "content-type" : "status";
  const why = validate ? "not-valid" : code;
  const detail = validate ? cause && messageOf(cause) : type;
  const facts = { url, status, headers, attempt, body: body || undefined, cause };
  return {
    kind: "failed",
    error: new FeedError(code, say(why, url, status, detail as string | null, body), facts),
    retryAfterMs: retryAfterMs(headers.get("Retry-After"), retry.maxRetryAfterMs),
  };
}
