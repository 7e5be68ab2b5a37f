import { causedBy, guard, type Guard } from "../core/answer.ts";
import type { FeedStatus } from "../core/status.ts";
import { report } from "../delivery/listeners.ts";

/** Called with each status of an answer. */
export type OnStatus = (status: FeedStatus) => unknown;

/** Reports a status. Without a listener, an error is printed. */
export function tell(onStatus: OnStatus | undefined, status: FeedStatus): void {
  if (onStatus) void guard(onStatus, status, thrown);
  else if (status.kind === "error") report(status.error);
}

const thrown: Guard = {
  threw(cause) {
    report(causedBy(cause, "callback", "callback-threw", "onStatus"));
  },
};
