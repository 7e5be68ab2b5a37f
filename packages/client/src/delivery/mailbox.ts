import type { FeedError } from "../core/errors.ts";
import type { Answer, InboxOwner, Item } from "./inbox.ts";

/** An event that waits for its consumer, or that the consumer has in hand. */
export interface Held<T> extends Item<T> {
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

/** Where the events of a subscription wait: in its own inbox, or in a channel. */
export interface Mailbox<E> {
  /** The number of untaken events. */
  readonly pending: number;
  offer(held: Held<E>): Answer;
  /** The oldest wanted event: of the untaken ones, or (`waits`) only of those that are not in hand either. */
  find(isWanted: (held: Held<E>) => boolean, waits: boolean): Held<E> | undefined;
  /** Marks the events in its consumer's hand as taken. Returns `false` if there were none. */
  release(): boolean;
  /** Accepts no more events. Waiting ones are still delivered, then the error. */
  close(error?: unknown): void;
  /** Drops all events. */
  discard(): void;
}

/** The subscription that a mailbox belongs to. */
export interface MailboxOwner extends InboxOwner<unknown> {
  /** An event was taken. */
  took(): void;
  /** Its channel was closed. */
  channelClosed(error: FeedError | undefined): void;
}
