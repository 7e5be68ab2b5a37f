import { causedBy, guard, type Guard } from "../core/guard.ts";
import { print } from "../core/print.ts";
import type { FeedStatus } from "../core/status.ts";

/** Called with each status of an answer. */
export type OnStatus = (status: FeedStatus) => unknown;

/** Reports a status. An error that the user's function throws is printed. */
export const tell = (onStatus: OnStatus, status: FeedStatus): void =>
  void guard(onStatus, status, thrown);

const thrown: Guard = {
  threw(cause) {
    print(causedBy(cause, "callback", "callback-threw", "onStatus"));
  },
};
