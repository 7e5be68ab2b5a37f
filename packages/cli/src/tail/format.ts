import { encodeEvent } from "@steadfeed/parser/encode";
import type { FeedEvent, FeedStatus } from "@steadfeed/client";
import { printable, type Output } from "../core/output.ts";
import { duration } from "../core/units.ts";

/** The format of an event: a line for people, its data alone, the wire's own text, or one JSON object. */
export type Format = "text" | "data" | "sse" | "json";

/** One event as text, with its line end. */
export function eventText(event: FeedEvent, format: Format, output: Output): string {
  const { type, data, id } = event;
  switch (format) {
    case "data":
      return `${shown(data)}\n`;
    case "sse":
      return shown(encodeEvent({ id, data, ...(type !== "message" && { type }) }));
    case "json":
      return `${JSON.stringify({ kind: "event", at: new Date().toISOString(), type, id, data })}\n`;
    default: {
      const lines = printable(data).replaceAll("\n", "\n\t\t");
      const head = `${output.style("dim", printable(id ?? ""))}\t${output.style("cyan", printable(type))}`;
      return `${head}\t${lines}\n`;
    }
  }
}

/** Data for a terminal must not control it; data for a file or a program is written unchanged. */
const shown = (data: string): string => (process.stdout.isTTY ? printable(data) : data);

/** A status as the fields of a record and as a line. `undefined` for a status that needs no line. */
export function statusText(status: FeedStatus): { fields: object; text: string } | undefined {
  switch (status.kind) {
    case "connecting": {
      const { attempt, lastEventId } = status;
      const from = lastEventId === "" ? "" : `, after ${lastEventId}`;
      return { fields: { attempt, lastEventId }, text: `connecting (attempt ${attempt}${from})` };
    }
    case "open": {
      const { status: code, resumedFrom, attempt, url } = status;
      const from = resumedFrom === "" ? "" : `, resumed after ${resumedFrom}`;
      return { fields: { status: code, url, attempt, resumedFrom }, text: `open (${code}${from})` };
    }
    case "waiting": {
      const { delayMs, error, attempt } = status;
      return {
        fields: { delayMs, attempt, ...factsOf(error) },
        text: `waiting ${duration(delayMs)}: ${error.message}`,
      };
    }
    case "still": {
      const { phase, forMs, hint } = status;
      const why = hint === undefined ? "" : `: ${hint}`;
      return {
        fields: { phase, forMs, hint },
        text: `still waiting for ${phase} after ${duration(forMs)}${why}`,
      };
    }
    case "gap": {
      const { reason, lastEventId, data } = status;
      return {
        fields: { reason, lastEventId, data },
        text: `gap (${reason}): events after ${lastEventId || "the start"} may be gone`,
      };
    }
    case "slow":
      return {
        fields: { pending: status.pending },
        text: "the output is slow: reading has stopped",
      };
    case "error":
      return { fields: factsOf(status.error), text: status.error.message };
    case "closed": {
      const { reason, error, lastEventId } = status;
      const why = error instanceof Error ? `: ${error.message}` : "";
      return {
        fields: { reason, lastEventId, ...(error instanceof Error && factsOf(error)) },
        text: `closed (${reason})${why}`,
      };
    }
    default:
      return undefined;
  }
}

/** The identifying facts of an error, without headers and body. */
function factsOf(error: Error & { code?: unknown; status?: number | undefined }): object {
  const { code, message, status } = error;
  return { error: { code, message, ...(status !== undefined && { status }) } };
}
