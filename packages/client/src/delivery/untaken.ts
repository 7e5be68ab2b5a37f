import type { Queued } from "./queue.ts";

/** An event that waits for its consumer, or that the consumer has in hand. */
export interface Untaken<T> extends Queued<T> {
  /** The cursor before the event. */
  readonly before: string;
  /** Numbers the events of a feed in their order. */
  readonly number: number;
}

/**
 * Set when a feed is about to close. Events in a consumer's hand then count as taken. For the `feed` itself, so do
 * those that a reader will still get; for the `store` they do not.
 */
export type Closing = "store" | "feed" | undefined;
