import type { FeedError } from "../core/errors.ts";
import type { Answer, InboxOwner, Item } from "./inbox.ts";
import type { Held, Mailbox, MailboxOwner } from "./mailbox.ts";

/** A sender into a channel, which gets a call for each item that was taken or dropped: a subscription. */
export interface Sender extends Omit<InboxOwner<Sent<unknown>>, "overflown"> {
  /** The item's reader has asked for the next one, or left. */
  taken(item: Sent<unknown>): void;
  /** The channel accepts no more values. */
  channelClosed(error: unknown): void;
}

/** A value in a channel. */
export interface Sent<T> extends Item<T> {
  readonly sender?: Sender | undefined;
}

/** A channel as its senders see it. */
export interface Sink<in out E> {
  readonly size: number;
  attach(sender: Sender): void;
  detach(sender: Sender): void;
  offer(item: Sent<E>): Answer;
}

interface InLane<E> extends Held<E>, Sent<E> {}

/** The events of one subscription in a channel, which may contain others too. */
export class Lane<in out E> implements Mailbox<E>, Sender {
  readonly #channel: Sink<E>;
  readonly #owner: MailboxOwner;
  /** The events in the channel, and those in its readers' hands. */
  readonly #sent = new Set<InLane<E>>();

  constructor(channel: Sink<E>, owner: MailboxOwner) {
    this.#channel = channel;
    this.#owner = owner;
  }

  get pending(): number {
    return this.#sent.size;
  }

  offer({ value, before, number }: Held<E>): Answer {
    const item: InLane<E> = { value, before, number, sender: this, next: undefined };
    // A waiting reader gets the item before offer() returns.
    this.#sent.add(item);
    const answer = this.#channel.offer(item);
    if (answer === "dropped" || answer === "closed") this.#sent.delete(item);
    return answer;
  }

  find(isWanted: (held: Held<E>) => boolean, waits: boolean): Held<E> | undefined {
    const sent = [...this.#sent].filter(isWanted);
    // The waiting events are the newest ones, at most as many as the channel holds.
    return sent[waits ? Math.max(0, sent.length - this.#channel.size) : 0];
  }

  /** The hand belongs to the channel's readers. */
  release(): boolean {
    return false;
  }

  close(): void {
    this.#channel.detach(this);
  }

  discard(): void {
    this.#sent.clear();
  }

  taken(item: Sent<unknown>): void {
    if (this.#sent.delete(item as InLane<E>)) this.#owner.took();
  }

  dropped(item: Sent<unknown>): void {
    this.#sent.delete(item as InLane<E>);
    this.#owner.dropped(item);
  }

  room(): void {
    this.#owner.room();
  }

  channelClosed(error: unknown): void {
    this.#owner.channelClosed(error as FeedError | undefined);
  }
}
