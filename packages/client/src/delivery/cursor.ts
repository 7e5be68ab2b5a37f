import { FeedError } from "../core/errors.ts";
import type { CursorStore } from "../core/options.ts";

/** An event that a subscription has and has not taken. */
export interface Held {
  /** The cursor in front of the event. */
  readonly before: string;
  /** The events of a feed are numbered in their order. */
  readonly number: number;
}

export interface Holder {
  /** The oldest event that it holds, of those behind the number. */
  oldestBehind(number: number): Held | undefined;
}

/**
 * The place of a feed. `received` follows the parser. `taken` stands behind the last event that every
 * subscription has taken: what is stored, so that a process that dies with events in its queues gets them again.
 */
export class Cursor {
  received: string;
  /** The origin that is read from: it gives the ids that come. */
  giver: string | undefined;
  /** The origin that gave the cursor; `undefined`: the user did. */
  origin: string | undefined;
  readonly #store: CursorStore | undefined;
  readonly #report: (error: FeedError) => void;
  /** The place in front of the next event. */
  #inFront: string;
  /** The place in front of the event at hand, while not all who get it have it. */
  #atHand: string | undefined;
  #stored: string;
  /** The number of the last event. */
  #number = 0;
  /** Up to this number nothing that is held matters any more. */
  #forgotten = 0;
  /** All who may hold events: asked only when it matters, not kept account of for every event. */
  #holders: Iterable<Holder> = [];
  /** What the store is to keep for good. */
  #pinned: string | undefined;
  #loading: Promise<void> | undefined;
  #writing = false;
  #written: Promise<void> | undefined;

  constructor(start: string, store: CursorStore | undefined, report: (error: FeedError) => void) {
    this.received = start;
    this.#store = store;
    this.#report = report;
    this.#inFront = this.received;
    this.#stored = this.received;
  }

  get taken(): string {
    let oldest: Held | undefined;
    for (const holder of this.#holders) {
      const held = holder.oldestBehind(this.#forgotten);
      if (held && !(oldest && oldest.number < held.number)) oldest = held;
    }
    return oldest?.before ?? this.#atHand ?? this.received;
  }

  /** The number of the event at hand. */
  get number(): number {
    return this.#number;
  }

  heldBy(holders: Iterable<Holder>): void {
    this.#holders = holders;
  }

  /** Asks the store once where to resume. A store that throws is told, and the feed starts without a cursor. */
  load(): Promise<void> {
    return (this.#loading ??= this.#load());
  }

  /** The feed is over: stores nothing but what is taken now. */
  pin(): void {
    this.#pinned ??= this.taken;
    this.save();
  }

  /** Forgets what is on its way, and stands at the id. */
  moveTo(id: string): void {
    this.#forgotten = this.#number;
    this.received = id;
    this.#inFront = id;
    this.#atHand = undefined;
  }

  /** Follows the parser within a chunk: the next event, if it is this block's, stands behind the id before. */
  step(id: string): void {
    this.#inFront = this.received;
    this.received = id;
    this.origin = this.giver;
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

  /** An event came: it is at hand until it is `handed` out, or nobody gets it. */
  arrive(id: string): void {
    this.received = id;
    this.#atHand = this.#inFront;
  }

  /** All who get the event at hand have it, or are about to. */
  handed(): void {
    this.#atHand = undefined;
  }

  /** An event that nobody gets, such as a gap: the next one stands behind it. */
  pass(): void {
    this.#inFront = this.received;
    this.#atHand = undefined;
  }

  /** The next event is handed out: gives the place in front of it. */
  next(): string {
    const before = this.#inFront;
    this.#inFront = this.received;
    this.#number++;
    return before;
  }

  /** Stores what was taken; several moves in one turn, or during one write, become one write. */
  save(): void {
    if (!this.#store || this.#writing) return;
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
      const id = (await this.#store.get()) ?? this.received;
      if (typeof id !== "string")
        throw new TypeError(`get() must give a string, not ${typeof id}.`);
      this.moveTo(id);
      this.#stored = id;
      // Closed meanwhile: nothing came, so this is still the place.
      if (this.#pinned !== undefined) this.#pinned = id;
    } catch (cause) {
      const message = "The cursor store's get() failed: starting without a cursor.";
      this.#report(new FeedError("store", message, { cause }));
    }
  }

  async #write(store: CursorStore): Promise<void> {
    await Promise.resolve();
    // A failed write is not repeated for the same id, or a broken store would keep us busy.
    for (;;) {
      const id = this.#pinned ?? this.taken;
      if (id === this.#stored) break;
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
