import type { FeedError } from "../core/errors.ts";
import type { InboxOwner } from "./inbox.ts";
import type { Closing, Held, Mailbox, MailboxOwner } from "./mailbox.ts";

/** One that sends into a channel and hears what becomes of it: a subscription. */
export interface Sender extends Omit<InboxOwner<Sent<unknown>>, "overflown"> {
  /** The item's reader has asked for the next one, or left. */
  taken(item: Sent<unknown>): void;
  /** No more values are taken. */
  channelClosed(error: unknown): void;
}

/** A value in a channel. */
export interface Sent<T> {
  readonly value: T;
  readonly sender?: Sender | undefined;
}

/** A channel, as those that send into it see it. */
export interface Sink<in out E> {
  readonly size: number;
  attach(sender: Sender): void;
  detach(sender: Sender): void;
  offer(item: Sent<E>): "taken" | "full" | "dropped" | "closed";
}

interface InLane<E> extends Held<E>, Sent<E> {}

/** The events of one subscription in a channel, which may have others too. */
export class Lane<in out E> implements Mailbox<E>, Sender {
  readonly form = "channel";
  readonly #channel: Sink<E>;
  readonly #owner: MailboxOwner;
  /** What is in the channel, or in the hands of its readers. */
  readonly #sent = new Set<InLane<E>>();

  constructor(channel: Sink<E>, owner: MailboxOwner) {
    this.#channel = channel;
    this.#owner = owner;
  }

  get pending(): number {
    return this.#sent.size;
  }

  offer({ value, before, number }: Held<E>): "taken" | "full" | "dropped" | "closed" {
    const item: InLane<E> = { value, before, number, sender: this };
    // A reader that waits has the item before offer() returns.
    this.#sent.add(item);
    const answer = this.#channel.offer(item);
    if (answer === "dropped" || answer === "closed") this.#sent.delete(item);
    return answer;
  }

  oldest(after: number, closing: Closing): Held<E> | undefined {
    // Readers of a channel still get what it has.
    if (closing === "feed") return undefined;
    const sent = [...this.#sent].filter(({ number }) => number > after);
    return sent.at(closing ? -Math.min(sent.length, this.#channel.size) : 0);
  }

  /** The channel's readers have it. */
  release(): void {}

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
    this.#owner.dropped();
    this.taken(item);
  }

  room(): void {
    this.#owner.room();
  }

  channelClosed(error: unknown): void {
    if (error !== undefined) this.#owner.overflown(error as FeedError);
    else this.#owner.channelClosed();
  }
}
