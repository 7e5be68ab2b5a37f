import type { FeedError } from "../core/errors.ts";
import type { Answer, InboxOwner, Item } from "./inbox.ts";

/** An event that waits for its consumer, or that it has in hand. */
export interface Held<T> extends Item<T> {
  /** The cursor before the event. */
  readonly before: string;
  /** The events of a feed are numbered in their order. */
  readonly number: number;
}

/** A feed is about to close. What a consumer has in hand counts as taken then; for the `feed` itself, also what a reader will still get. */
export type Closing = "store" | "feed" | undefined;

/** Where the events of a subscription wait: in an inbox of its own, or in a channel. */
export interface Mailbox<E> {
  /** How many are not taken. */
  readonly pending: number;
  offer(held: Held<E>): Answer;
  /** The oldest that is wanted, of those that are not taken or (`waits`) not in hand either. */
  find(isWanted: (held: Held<E>) => boolean, waits: boolean): Held<E> | undefined;
  /** What its consumer has in hand is taken: whether there was something. */
  release(): boolean;
  /** Takes no more. What waits is still delivered, then the error. */
  close(error?: unknown): void;
  /** Holds nothing any more. */
  discard(): void;
}

/** The subscription that a mailbox belongs to. */
export interface MailboxOwner extends InboxOwner<unknown> {
  /** Something was taken. */
  took(): void;
  /** Its channel was closed. */
  channelClosed(error: FeedError | undefined): void;
}
