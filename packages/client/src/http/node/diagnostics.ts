import { channel, type Channel } from "node:diagnostics_channel";
import type { FeedStatus, StatusKind } from "../../core/status.ts";
import type { Traced, TracedFeed } from "../../core/trace.ts";

const named = (name: string): Channel => channel(`steadfeed:client:${name}`);

const events = /* @__PURE__ */ named("event");
const channels: Readonly<Record<StatusKind, Channel>> = /* @__PURE__ */ Object.freeze({
  idle: named("idle"),
  connecting: named("connecting"),
  still: named("still"),
  open: named("open"),
  waiting: named("waiting"),
  paused: named("paused"),
  gap: named("gap"),
  slow: named("slow"),
  dropped: named("dropped"),
  invalid: named("invalid"),
  error: named("error"),
  closed: named("closed"),
});

/**
 * Publishes the activity on the channels `steadfeed:client:*` if they have subscribers. It contains no headers, tokens,
 * data or ids.
 */
export function trace(feed: TracedFeed, what: Traced): void {
  if (what.kind === undefined) {
    if (events.hasSubscribers) events.publish({ ...about(feed), type: what.type });
  } else if (channels[what.kind].hasSubscribers) {
    channels[what.kind].publish({ ...about(feed), ...factsOf(what, feed) });
  }
}

function about(feed: TracedFeed): object {
  // A query may hold a token.
  const url = feed.url.replace(/[?#].*$/s, "");
  return { feed: (feed.token ??= Object.freeze({})), url };
}

function factsOf(status: FeedStatus, { stats }: TracedFeed): object {
  switch (status.kind) {
    case "connecting":
      return { attempt: status.attempt, resumes: status.lastEventId !== "" };
    case "open":
      return {
        attempt: status.attempt,
        status: status.status,
        resumed: status.resumedFrom !== "",
      };
    case "waiting":
      return { attempt: status.attempt, delayMs: status.delayMs, ...failureOf(status.error) };
    case "still":
      return { phase: status.phase, forMs: status.forMs };
    case "gap":
      return { reason: status.reason };
    case "slow":
      return { pending: status.pending };
    case "dropped":
      return { count: status.count };
    case "invalid":
      return { type: status.type };
    case "error":
      return failureOf(status.error);
    case "closed":
      return { reason: status.reason, ...failureOf(status.error), stats };
    default:
      return {};
  }
}

/** The kind of an error. Its message is left out, since it may quote data that was sent. */
function failureOf(error: unknown): object {
  const { code, status } = (error ?? {}) as { code?: unknown; status?: unknown };
  return {
    ...(typeof code === "string" && { code }),
    ...(typeof status === "number" && { status }),
  };
}
