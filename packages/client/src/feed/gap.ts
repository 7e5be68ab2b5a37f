import type { ServerSentEvent } from "@steadfeed/parser";
import type { GapReason, StatusOf } from "../core/status.ts";

/** The event type with which a Steadfeed server reports that events are gone. */
export const gapType = "steadfeed.gap";

const reasons: readonly GapReason[] = ["trimmed", "reset", "slow", "unknown"];

/** Reads a gap from the server's report. A report in an unknown format is still a gap. */
export function gapOf({
  data,
  lastEventId,
}: Pick<ServerSentEvent, "data" | "lastEventId">): StatusOf<"gap"> {
  const kind = "gap";
  try {
    const { reason: given, from } = JSON.parse(data) as { reason?: unknown; from?: unknown };
    if (typeof given === "string" && typeof from === "string") {
      const reason = reasons.find((each) => each === given) ?? "unknown";
      return { kind, reason, lastEventId: from, data };
    }
  } catch {
    // The report is in an unknown format.
  }
  return { kind, reason: "unknown", lastEventId, data };
}
