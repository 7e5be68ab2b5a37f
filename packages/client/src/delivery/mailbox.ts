import type { FeedError } from "../core/errors.ts";

/** An event that waits for its consumer, or that it has in hand. */
export interface Held<T> {
  readonly value: T;
  /** The cursor in front of the event. */
  readonly before: string;
  /** The events of a feed are numbered in their order. */
  readonly number: number;
}

/** A feed is about to close. What a consumer has in hand counts as taken then; for the `feed` itself, also what a reader will still get. */
export type Closing = "store" | "feed" | undefined;

/** Where the events of a subscription wait, by the form of its consumer. */
export interface Mailbox<out E> {
  readonly form: "iterator" | "callback" | "channel";
  /** How many are not taken. */
  readonly pending: number;
  offer(held: Held<E>): "taken" | "full" | "dropped" | "closed";
  /** The oldest that is not taken, of those after the number. */
  oldest(after: number, closing: Closing): Held<E> | undefined;
  /** What its consumer has in hand is taken. */
  release(): void;
  /** Takes no more. What waits is still delivered, then the error. */
  close(error?: unknown): void;
  /** Holds nothing any more. */
  discard(): void;
}

/** The subscription. */
export interface MailboxOwner {
  /** Something was taken. */
  took(): void;
  dropped(): void;
  room(): void;
  overflown(error: FeedError): void;
  /** The callback threw. */
  threw(cause: unknown): void;
  /** No more is taken. */
  channelClosed(): void;
}
