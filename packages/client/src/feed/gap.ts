import { toHeaderValue } from "#transport";
import type { ServerSentEvent } from "@steadfeed/parser";
import type { GapReason, OpenInfo, StatusOf } from "../core/status.ts";
import { isSendable } from "../http/request.ts";
import type { TransportRequest } from "../http/transport.ts";

/** The event type with which a Steadfeed server reports that events are gone. */
export const gapType = "steadfeed.gap";

const reasons: readonly unknown[] = ["trimmed", "reset", "slow"] satisfies GapReason[];

/** Reads a gap from the server's report. A report in an unknown format is still a gap. */
export function gapOf({
  data,
  lastEventId,
}: Pick<ServerSentEvent, "data" | "lastEventId">): StatusOf<"gap"> {
  let reason: GapReason = "unknown";
  try {
    const given = JSON.parse(data) as { reason?: unknown; from?: unknown };
    if (reasons.includes(given.reason)) reason = given.reason as GapReason;
    if (typeof given.from === "string") lastEventId = given.from;
  } catch {
    // The report is in an unknown format.
  }
  return { kind: "gap", reason, lastEventId, data };
}

/**
 * Returns a gap if the server that opened the stream did not get the cursor, or reports that it starts after another
 * one. A request without a cursor that it should have is the second try, after the server refused the cursor.
 */
export function gapAfter(
  lastEventId: string,
  { resumedFrom, headers }: OpenInfo,
  { cursor }: TransportRequest,
): StatusOf<"gap"> | undefined {
  const kind = "gap";
  if (lastEventId !== resumedFrom) {
    const unsent = cursor ? "redirected" : "refused";
    return { kind, reason: isSendable(lastEventId) ? unsent : "unsendable-id", lastEventId };
  }
  const starts = headers.get("Last-Event-ID");
  if (lastEventId === "" || starts === null || isSame(starts, lastEventId)) return undefined;
  return { kind, reason: "unknown", lastEventId };
}

/**
 * True if the header has the id. A header has one character for each byte of the id; some platforms decode it, and
 * Node's servers may encode it twice.
 */
function isSame(header: string, id: string): boolean {
  const bytes = toHeaderValue(id);
  return [id, bytes, toHeaderValue(bytes)].includes(header);
}
