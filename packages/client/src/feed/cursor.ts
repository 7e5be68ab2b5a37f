import { toHeaderValue } from "#transport";
import type { OpenInfo, StatusOf } from "../core/status.ts";
import { isSendable } from "../http/request.ts";

/**
 * Returns a gap if the server that opened the stream did not get the cursor, or reports that it starts after another
 * one.
 */
export function gapAfter(
  lastEventId: string,
  { resumedFrom, headers }: OpenInfo,
): StatusOf<"gap"> | undefined {
  const kind = "gap";
  if (lastEventId !== resumedFrom)
    return { kind, reason: isSendable(lastEventId) ? "redirected" : "unsendable-id", lastEventId };
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
