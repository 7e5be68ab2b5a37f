import { ServerError } from "../core/errors.ts";
import type { ReadRun } from "../log/run-log.ts";
import type { RunStop } from "./run-cursor.ts";

/** Where a reader of a run starts. */
export interface RunPlace extends ReadRun {
  readonly at: string;
  /** Whether the reader has had everything, including the end. */
  readonly over: boolean;
}

/** The response to a reader that cannot resume. */
export function refusalOf(stop: RunStop): ServerError {
  if (stop.reason === "gone") {
    return new ServerError(
      "run-gone",
      "The events after this cursor are no longer kept, or it belongs to another run.",
    );
  }
  return new ServerError(
    "run-failed",
    stop.message ?? (stop.reason === "lost" ? producerLost : "The run failed."),
  );
}

const producerLost = "The run was cut short: its producer is gone.";
