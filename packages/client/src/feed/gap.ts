import type { ServerSentEvent } from "@steadfeed/parser";
import type { GapReason, StatusOf } from "../core/status.ts";

/** The type by which a Steadfeed server says that events are gone. */
export const gapType = "steadfeed.gap";

const reasons: readonly GapReason[] = ["trimmed", "reset", "slow", "unknown"];

/** What a server says of a gap. One in words that we do not know is a gap all the same. */
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
    // Then what it says is not known.
  }
  return { kind, reason: "unknown", lastEventId, data };
}
