/** Someone who sends into a channel and wants to know what becomes of it. */
export interface Sender {
  /** A queue that was full is half empty: go on. */
  room(): void;
  /** No more values are taken. */
  closed(error: unknown): void;
  /** The item's reader has asked for the next one, or left. */
  taken(item: Item<unknown>): void;
  /** The policy dropped the item. */
  dropped(item: Item<unknown>): void;
}

export interface Item<T> {
  readonly value: T;
  readonly sender: Sender | undefined;
}

/** One reader's place. What it has in hand counts as taken when it asks for the next, or leaves. */
export class Place {
  left = false;
  #inHand: Item<unknown> | undefined;
  /** There is more than one only after several calls of `next()` at a time. */
  #others: Item<unknown>[] | undefined;

  hold(item: Item<unknown>): void {
    if (this.#inHand) (this.#others ??= []).push(item);
    else this.#inHand = item;
  }

  release(): void {
    const item = this.#inHand;
    if (!item) return;
    const others = this.#others;
    this.#inHand = this.#others = undefined;
    item.sender?.taken(item);
    if (others) for (const other of others) other.sender?.taken(other);
  }
}
