import { say } from "#words";
import { FeedError } from "../core/errors.ts";
import { isEventStream } from "../core/header.ts";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import { longestDelayMs } from "../core/sleep.ts";
import type { ResponseHead } from "../core/status.ts";
import type { Outcome } from "./policy.ts";
import { retryAfterMs } from "./retry-after.ts";

/** What an answer's head means: an outcome, or (`undefined`) an open stream. */
export type Verdict = Outcome | undefined;

/** Judges an answer by its head. Asynchronous where it is refused, for what its body says, and where `validate` is. */
export function judge(
  head: ResponseHead,
  { retry, validate }: ResolvedOptions,
  { number: attempt }: Attempt,
): Verdict | Promise<Verdict> {
  const { url, status, headers } = head;

  /** Its status says whether it may be asked again, `Retry-After` when, and its body why. */
  const refused = async (
    code: "status" | "content-type",
    why: (body: string) => string,
    cause?: unknown,
  ): Promise<Verdict> => {
    const body = await head.text();
    const facts = { url, status, headers, attempt, body: body || undefined, cause };
    return {
      kind: "failed",
      error: new FeedError(code, why(body), facts),
      retryAfterMs: retryAfterMs(
        headers.get("Retry-After"),
        Math.min(retry.maxRetryAfterMs, longestDelayMs),
      ),
    };
  };

  // [spec] HTTP 204 No Content tells a client to stop reconnecting: there is no body to validate either.
  if (status === 204) return { kind: "stopped" };
  if (validate) {
    let read = false;
    let judged = false;
    const text = (): Promise<string> => {
      read = true;
      return judged ? Promise.resolve("") : head.text();
    };
    const no = (cause?: unknown): Promise<Verdict> =>
      refused("status", (body) => say("not-valid", url, status, body), cause);
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
  if (status !== 200) return refused("status", (body) => say("status", url, status, body));
  const type = headers.get("Content-Type");
  if (isEventStream(type)) return undefined;
  return refused("content-type", (body) => say("no-stream", url, type, body));
}
