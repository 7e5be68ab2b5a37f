import { Inbox, type Limits } from "./inbox.ts";
import type { Closing, Held, Mailbox, MailboxOwner } from "./mailbox.ts";

/** The events of one that iterates. */
export class Reading<E> implements Mailbox<E> {
  readonly form = "iterator";
  readonly #inbox: Inbox<E, Held<E>>;
  readonly #owner: MailboxOwner;

  constructor(limits: Limits, owner: MailboxOwner) {
    this.#owner = owner;
    this.#inbox = new Inbox(limits, owner);
  }

  get pending(): number {
    return this.#inbox.pending;
  }

  offer(held: Held<E>): ReturnType<Mailbox<E>["offer"]> {
    return this.#inbox.offer(held);
  }

  next(): Promise<IteratorResult<E, undefined>> {
    this.release();
    return this.#inbox.next();
  }

  /** All that waits, once something does, at most the capacity. */
  async batch(): Promise<IteratorResult<readonly E[], undefined>> {
    const first = await this.next();
    if (first.done) return first;
    const values = [first.value];
    while (values.length < this.#inbox.capacity && this.#inbox.size > 0)
      values.push(this.#inbox.take()!.value);
    return { done: false, value: values };
  }

  oldest(after: number, closing: Closing): Held<E> | undefined {
    // A reader still gets what it has.
    if (closing === "feed") return undefined;
    return this.#inbox.find(({ number }) => number > after, closing !== undefined);
  }

  release(): void {
    if (this.#inbox.release()) this.#owner.took();
  }

  close(error?: unknown): void {
    this.#inbox.close(error);
  }

  discard(): void {
    this.#inbox.discard();
  }
}
