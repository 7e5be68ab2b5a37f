import type { ServerSentEvent } from "@steadfeed/parser";
import type { CursorStore } from "../core/options.ts";
import type { Closing, Held } from "./mailbox.ts";
import { StoredCursor, type Reporter } from "./stored-cursor.ts";

export interface Holder {
  /** The oldest event that it has not taken, of those after the number. */
  oldest(after: number, closing: Closing): Pick<Held<unknown>, "before" | "number"> | undefined;
}

/** A feed's one answer to "from where?": what was received, and what every subscription has taken. */
export class Place {
  /** The cursor as the source has it: the newest id. */
  received: string;
  readonly #store: StoredCursor | undefined;
  readonly #holders: Iterable<Holder>;
  /** The cursor before the newest id. */
  #front: string;
  /** The cursor in front of the event that is being delivered, while not all that get it have it. */
  #atHand: string | undefined;
  /** Nobody has the event yet: until, decoders and filters are asked. */
  #undecided = false;
  #number = 0;
  /** What is held up to this number comes again in any case, or never. */
  #forgotten = 0;

  constructor(
    start: string,
    store: CursorStore | undefined,
    holders: Iterable<Holder>,
    reporter: Reporter,
  ) {
    this.#holders = holders;
    this.received = this.#front = start;
    this.#store = store && new StoredCursor(store, start, this, reporter);
  }

  /** From where? After the last event that every subscription has taken. */
  from(closing?: Closing): string {
    let oldest: Pick<Held<unknown>, "before" | "number"> | undefined;
    for (const holder of this.#holders) {
      const held = holder.oldest(this.#forgotten, closing);
      if (held && !(oldest && oldest.number < held.number)) oldest = held;
    }
    return oldest?.before ?? this.#atHand ?? this.received;
  }

  /** Asks the store, once, where to resume. */
  async load(): Promise<void> {
    const id = await this.#store?.load();
    if (id !== undefined) this.moveTo(id);
  }

  /** Something was taken, or the cursor moved. */
  save(): void {
    this.#store?.save();
  }

  /** Resolves when the store has what was taken. */
  async saved(): Promise<void> {
    await this.#store?.saved();
  }

  /** The source reads an id: that of the next event, or of a block without data. */
  moved(id: string): void {
    this.#front = this.received;
    this.received = id;
    this.save();
  }

  /** An event comes: its number. Until it is `decided` who gets it, and `handed` to the last of them, it is the current one. */
  arrive({ id }: ServerSentEvent): number {
    this.#atHand = id === undefined ? this.received : this.#front;
    this.#undecided = true;
    return ++this.#number;
  }

  /** The cursor before the current event. */
  decided(): string {
    this.#undecided = false;
    return this.#atHand ?? this.received;
  }

  /** All that get the current event have it, or are about to. */
  handed(): void {
    this.#atHand = undefined;
    this.#undecided = false;
  }

  /** The source was stopped. An event that nobody has yet comes again. */
  interrupt(): void {
    if (!this.#undecided) return;
    this.received = this.#front = this.#atHand!;
    this.handed();
  }

  /** Forgets what is on its way, and is at the id. */
  moveTo(id: string): void {
    this.#forgotten = this.#number;
    this.received = this.#front = id;
    this.handed();
  }

  /** Goes back to the last event that every subscription has taken; whether that was further back. */
  rewind(closing?: Closing): boolean {
    const from = this.from(closing);
    const isBack = from !== this.received;
    this.moveTo(from);
    return isBack;
  }

  /** The feed closes: a store keeps what is taken now, since the process may end before a queue is read. */
  pin(): void {
    this.#store?.pin(this.from("store"));
  }
}
