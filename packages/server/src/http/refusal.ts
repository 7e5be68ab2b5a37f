import { requireCount } from "../core/check.ts";
import type { ServerError } from "../core/errors.ts";
import type { HeaderFields, Sink } from "../core/sink.ts";
import type { Refusal } from "../session/admit.ts";
import type { Tally } from "../session/tally.ts";
import { merge, userHead } from "./head.ts";

const overloadedForMs = 5000;

/** The response to an error by default. */
export function plain({ status, message }: ServerError): Refusal {
  const retryAfterMs = status === 503 ? overloadedForMs : undefined;
  return { status, body: message, retryAfterMs };
}

/** Answers in place of a stream, and counts it. Throws for a response that cannot be sent. */
export function refuse(
  tally: Tally,
  sink: Sink,
  refusal: Partial<Refusal>,
  head: HeaderFields,
): void {
  const { status, body, retryAfterMs } = refusal;
  const headers = userHead("admit's headers", refusal.headers);
  requireCount("status", status, 200, 599);
  if (body !== undefined && typeof body !== "string") throw new TypeError("body must be text.");
  if (retryAfterMs !== undefined) requireCount("retryAfterMs", retryAfterMs, 0);
  const more: Record<string, string> = { "cache-control": "no-store" };
  if (retryAfterMs !== undefined) more["retry-after"] = String(Math.ceil(retryAfterMs / 1000));
  if (body !== undefined) more["content-type"] = "text/plain; charset=utf-8";
  sink.reply(status!, merge(more, head, headers), body);
  // Not a redirect, and nothing that succeeded.
  if (status! >= 400) tally.refused++;
}
