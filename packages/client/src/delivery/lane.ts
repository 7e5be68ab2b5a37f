import type { FeedError } from "../core/errors.ts";
import type { ConsumedFeed } from "./consumer.ts";
import type { Closing, Untaken } from "./untaken.ts";
import type { Offered, Queued } from "./queue.ts";
import type { Known } from "./subscribe-options.ts";
import { Subscription } from "./subscription.ts";

/** A value in a channel: an event with its lane, or a value that `send` was called with. */
export interface Sent<T> extends Queued<T> {
  readonly lane?: AnyLane | undefined;
}

/** A lane of any events. */
// oxlint-disable-next-line typescript/no-explicit-any -- a channel does not look into them
export type AnyLane = Lane<any>;

/** A channel as its lanes call it. */
export interface LaneChannel<in out E> {
  readonly size: number;
  attach(lane: AnyLane): void;
  detach(lane: AnyLane): void;
  offer(item: Sent<E>): Offered;
}

interface InLane<E> extends Untaken<E>, Sent<E> {}

/** A subscription whose events wait in a channel, which may contain others too. */
export class Lane<E> extends Subscription<E> {
  readonly #channel: LaneChannel<E>;
  /** The events in the channel, and those in its readers' hands. */
  readonly #sent = new Set<Untaken<E>>();

  constructor(
    feed: ConsumedFeed,
    types: readonly string[],
    options: Known<never>,
    channel: LaneChannel<E>,
  ) {
    super(feed, types, options);
    this.#channel = channel;
  }

  override get form(): "channel" {
    return "channel";
  }

  override start(): void {
    this.#channel.attach(this);
    // The channel may already be closed.
    if (!this.end) super.start();
  }

  override offer({ value, before, number }: Untaken<E>): Offered {
    const item: InLane<E> = { value, before, number, lane: this, next: undefined };
    // A waiting reader gets the item before offer() returns.
    this.#sent.add(item);
    this.pending++;
    const answer = this.#channel.offer(item);
    if (answer === "full") this.fill(true);
    if (answer === "dropped" || answer === "closed") this.#remove(item);
    return answer;
  }

  override untaken(after: number, closing: Closing): Untaken<E> | undefined {
    if (closing === "feed") return undefined;
    const sent = [...this.#sent].filter(({ number }) => number > after);
    // The waiting events are the newest ones, at most as many as the channel holds.
    return sent[closing ? Math.max(0, sent.length - this.#channel.size) : 0];
  }

  override seal(): void {
    this.#channel.detach(this);
  }

  override clear(): void {
    this.#sent.clear();
    this.pending = 0;
  }

  // Calls of its channel.

  /** The channel was full, and is now half empty. */
  room(): void {
    this.fill(false);
  }

  /** The item's reader has asked for the next one, or left. */
  taken(item: Sent<unknown>): void {
    if (this.#remove(item)) this.took();
  }

  override dropped(item?: Sent<unknown>): void {
    if (item) this.#remove(item);
    super.dropped();
  }

  /** The channel accepts no more values. */
  channelClosed(error: unknown): void {
    if (error) this.overflown(error as FeedError);
    else this.leave("closed");
  }

  #remove(item: Sent<unknown>): boolean {
    const has = this.#sent.delete(item as InLane<E>);
    if (has) this.pending--;
    return has;
  }
}
