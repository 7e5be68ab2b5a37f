import type { FeedState, FeedStatus } from "./status.ts";

/** How a feed has fared so far. */
export interface FeedStats {
  /** Requests made, redirects not counted. */
  readonly attempts: number;
  /** Answers that opened a stream. */
  readonly opened: number;
  /** Events received, whether or not anyone subscribed to them. */
  readonly events: number;
  readonly bytes: number;
  readonly gaps: number;
  /** Events dropped by full queues. */
  readonly dropped: number;
}

/** A feed as tools for developers see it. */
export interface TracedFeed {
  /** The URL that answered last; before that, the one that was given, or `""` for a function. */
  readonly url: string;
  readonly state: FeedState;
  readonly lastEventId: string;
  readonly stats: FeedStats;
  /** What tells it apart from others, once somebody asked. */
  token: object | undefined;
}

/** What a feed shows of itself: each status, and each event as it was received. */
export type Traced = FeedStatus | TracedEvent;

/** An event as a tool in the page sees it: type, data and id. */
export interface TracedEvent {
  readonly kind?: undefined;
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

/** What a page or a tool sets to see what its feeds do. It must not throw. */
export type DevelopmentHook = (feed: TracedFeed, what: Traced) => void;

/** Shows the development hook what happens, if a tool has set one. */
export function trace(feed: TracedFeed, what: Traced): void {
  (globalThis as { steadfeedHook?: DevelopmentHook }).steadfeedHook?.(feed, what);
}
