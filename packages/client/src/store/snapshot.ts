import type { FeedError } from "../core/errors.ts";
import type { FeedEvent } from "../core/event.ts";
import type { FeedState, GapInfo } from "../core/status.ts";

/** A feed at one moment. It never changes: a change makes a new object. */
export interface FeedSnapshot<E = FeedEvent> {
  /** The newest event; `undefined` before the first. */
  readonly event: E | undefined;
  /** The newest event's data. */
  readonly data: (E extends { readonly data: infer T } ? T : never) | undefined;
  /** The newest events, oldest first, at most `history` of them. */
  readonly events: readonly E[];
  /** The newest event of each key of `latestBy`, in the order in which the keys first appeared. At most 10 000. */
  readonly latest: ReadonlyMap<string | number, E>;
  readonly state: FeedState;
  /** The error of the last attempt, or of the feed; `undefined` while it is open. */
  readonly error: FeedError | undefined;
  /** The newest gap. Its events are lost: reload the data derived from them. */
  readonly gap: GapInfo | undefined;
  /**
   * The time of the next attempt, in ms since 1970, like `Date.now()`; `undefined` unless the feed is waiting for a
   * fixed time.
   */
  readonly retryAt: number | undefined;
  /** The cursor; empty for none. */
  readonly lastEventId: string;
  /** Connects at once, at the cursor. A closed feed is replaced by one that continues at its cursor; a feed of your own stays closed. */
  readonly reconnect: () => void;
}

/** The snapshot without a feed, or before it is opened. */
export const idle: FeedSnapshot<never> = Object.freeze({
  event: undefined,
  data: undefined,
  events: Object.freeze([]),
  latest: new Map<string, never>(),
  state: "idle",
  error: undefined,
  gap: undefined,
  retryAt: undefined,
  lastEventId: "",
  reconnect: () => undefined,
});
