import { FeedError } from "./errors.ts";
import type { CursorStore } from "./options.ts";
import { Queue } from "./queue.ts";

/** One event on its way to subscriptions that have a queue. */
export interface Delivery {
  /** The cursor in front of the event. */
  readonly before: string;
  /** How many subscriptions still hold it. */
  holders: number;
}

/**
 * The place of a feed. `received` follows the parser. `taken` stands behind the last event that every
 * subscription has taken: what is stored, so that a process that dies with events in its queues gets them again.
 */
export class Cursor {
  received: string;
  readonly #untaken = new Queue<Delivery>();
  readonly #store: CursorStore | undefined;
  readonly #report: (error: FeedError) => void;
  /** The place in front of the next event. */
  #inFront: string;
  #stored: string;
  /** The event that is being handed out. */
  #current: Delivery | undefined;
  #loading: Promise<void> | undefined;
  #writing = false;
  #written: Promise<void> | undefined;

  constructor(start: string | CursorStore, report: (error: FeedError) => void) {
    this.received = typeof start === "string" ? start : "";
    this.#store = typeof start === "string" ? undefined : start;
    this.#report = report;
    this.#inFront = this.received;
    this.#stored = this.received;
  }

  get taken(): string {
    const oldest = this.#untaken.peek() ?? this.#current;
    return oldest && oldest.holders > 0 ? oldest.before : this.received;
  }

  /** Asks the store once where to resume. A store that throws is told, and the feed starts without a cursor. */
  load(): Promise<void> {
    return (this.#loading ??= this.#load());
  }

  /** Forgets what is on its way, and stands at the id. */
  moveTo(id: string): void {
    this.#untaken.clear();
    this.received = id;
    this.#inFront = id;
  }

  /** Follows the parser. */
  move(id: string): void {
    this.received = id;
    this.#inFront = id;
    this.save();
  }

  /** Goes back to behind the last event that every subscription has taken; whether that was further back. */
  rewind(): boolean {
    const behind = this.taken !== this.received;
    this.moveTo(this.taken);
    return behind;
  }

  /** An event that nobody gets, such as a gap: the next one stands behind it. */
  pass(): void {
    this.#inFront = this.received;
  }

  /** The next event, before it is handed out. */
  deliver(): Delivery {
    const delivery = { before: this.#inFront, holders: 0 };
    this.#inFront = this.received;
    this.#current = delivery;
    return delivery;
  }

  /** The event was handed out: remembers it if some subscription holds it. */
  delivered(delivery: Delivery): void {
    this.#current = undefined;
    if (delivery.holders > 0) this.#untaken.push(delivery);
    this.save();
  }

  /** One subscription has taken the event. */
  release(delivery: Delivery): void {
    delivery.holders--;
    if (delivery.holders > 0) return;
    this.#untaken.remove(delivery);
    this.save();
  }

  /** Stores what was taken; several moves during one write become one write. */
  save(): void {
    if (!this.#store || this.#writing || this.#current || this.taken === this.#stored) return;
    this.#writing = true;
    this.#written = this.#write(this.#store);
  }

  /** Resolves when the store has what was taken. */
  async saved(): Promise<void> {
    this.save();
    await this.#written;
  }

  async #load(): Promise<void> {
    if (!this.#store) return;
    try {
      const id = (await this.#store.get()) ?? "";
      if (typeof id !== "string")
        throw new TypeError(`get() must give a string, not ${typeof id}.`);
      this.moveTo(id);
      this.#stored = id;
    } catch (cause) {
      const message = "The cursor store's get() failed: starting without a cursor.";
      this.#report(new FeedError("store", message, { cause }));
    }
  }

  async #write(store: CursorStore): Promise<void> {
    // A failed write is not repeated for the same id, or a broken store would keep us busy.
    while (this.taken !== this.#stored) {
      const id = this.taken;
      this.#stored = id;
      try {
        await store.set(id);
      } catch (cause) {
        this.#report(
          new FeedError("store", `The cursor store's set() failed for ${JSON.stringify(id)}.`, {
            cause,
          }),
        );
      }
    }
    this.#writing = false;
  }
}
