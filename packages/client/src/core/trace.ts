import type { FeedState, FeedStatus } from "./status.ts";

/** The counters of a feed. */
export interface FeedStats {
  /** Requests made, redirects not counted. */
  readonly attempts: number;
  /** Answers that opened a stream. */
  readonly opened: number;
  /** Events received, including those without a subscriber. */
  readonly events: number;
  readonly bytes: number;
  readonly gaps: number;
  /** Events dropped by full queues. */
  readonly dropped: number;
}

/** A feed as developer tools see it. */
export interface TracedFeed {
  /** The URL that answered last. Before the first answer, the given one, or `""` for a function. */
  readonly url: string;
  readonly state: FeedState;
  readonly lastEventId: string;
  readonly stats: FeedStats;
  /** Identifies this feed to diagnostics. Created on first use. */
  token: object | undefined;
  /** The development hook, or `null` without one, until the current work of the engine is done. */
  hook: DevelopmentHook | null | undefined;
}

/** The activity of a feed: each status, and each event as it was received. */
export type Traced = FeedStatus | TracedEvent;

/** An event as a developer tool sees it: type, data and id. */
export interface TracedEvent {
  readonly kind?: undefined;
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

/** A hook that a page or a tool sets to observe its feeds. It must not throw. */
export type DevelopmentHook = (feed: TracedFeed, what: Traced) => void;

/**
 * Passes the activity to the development hook, if a tool has set one. It is looked for once per chunk: for Chromium, to
 * find that a window has no such property takes as long as to parse a small event.
 */
export function trace(feed: TracedFeed, what: Traced): void {
  if (feed.hook === undefined) {
    feed.hook = (globalThis as { steadfeedHook?: DevelopmentHook }).steadfeedHook ?? null;
    queueMicrotask(() => (feed.hook = undefined));
  }
  feed.hook?.(feed, what);
}
