import { guard } from "../core/answer.ts";
import { Inbox, type Limits } from "./inbox.ts";
import type { Closing, Held, Mailbox, MailboxOwner } from "./mailbox.ts";

/** The events of a callback: they wait while a promise of its keeps it busy. */
export class Calling<E> implements Mailbox<E> {
  readonly form = "callback";
  readonly #callback: (event: E) => unknown;
  readonly #limits: Limits;
  readonly #owner: MailboxOwner;
  /** Made when the callback is asynchronous for the first time. */
  #inbox: Inbox<E, Held<E>> | undefined;
  #busy = false;
  #closed = false;

  constructor(callback: (event: E) => unknown, limits: Limits, owner: MailboxOwner) {
    this.#callback = callback;
    this.#limits = limits;
    this.#owner = owner;
  }

  get pending(): number {
    return this.#inbox?.pending ?? 0;
  }

  offer(held: Held<E>): ReturnType<Mailbox<E>["offer"]> {
    if (this.#busy) return this.#inbox!.offer(held);
    const settled = guard(this.#callback, held.value, this.#owner);
    // Left within its own callback: then the event is taken.
    if (settled && !this.#closed) {
      this.#busy = true;
      this.#inbox ??= new Inbox(this.#limits, this.#owner);
      this.#inbox.offer(held);
      this.#inbox.take();
      void this.#callEach(settled, this.#inbox);
    }
    return "taken";
  }

  oldest(after: number, closing: Closing): Held<E> | undefined {
    return this.#inbox?.find(({ number }) => number > after, closing !== undefined);
  }

  release(): void {
    if (this.#inbox?.release()) this.#owner.took();
  }

  close(): void {
    this.#closed = true;
    this.#inbox?.close();
  }

  discard(): void {
    this.#inbox?.discard();
  }

  /** Awaits the callback, then calls it for what came meanwhile, one at a time. */
  async #callEach(settled: Promise<void>, inbox: Inbox<E, Held<E>>): Promise<void> {
    await settled;
    for (;;) {
      this.release();
      const held = inbox.take();
      if (!held) break;
      await guard(this.#callback, held.value, this.#owner);
    }
    this.#busy = false;
  }
}
