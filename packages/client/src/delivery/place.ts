import type { ServerSentEvent } from "@steadfeed/parser";
import type { ResolvedOptions } from "../core/options.ts";
import type { AnyConsumer } from "./consumer.ts";
import type { Closing, Held } from "./mailbox.ts";
import { StoredCursor, type Reporter } from "./stored-cursor.ts";

/** A feed's one answer to "from where?": what was received, and what every subscription has taken. */
export class Place {
  /** The cursor as the source has it: the newest id. */
  received: string;
  /** All that take events, or hold some, in the order they were made. */
  readonly consumers: Set<AnyConsumer> = new Set();
  readonly #store: StoredCursor | undefined;
  /** The cursor before the newest id. */
  #front: string;
  /** The cursor before the event that is being delivered, while not all that get it have it. */
  #before: string | undefined;
  /** Nobody has the event yet: until, decoders and filters are asked. */
  #undecided = false;
  #number = 0;
  /** What is held up to this number comes again in any case, or never. */
  #forgotten = 0;

  constructor(
    { lastEventId, store }: Pick<ResolvedOptions, "lastEventId" | "store">,
    reporter: Reporter,
  ) {
    this.received = this.#front = lastEventId;
    this.#store = store && new StoredCursor(store, lastEventId, this, reporter);
  }

  /** From where? After the last event that every subscription has taken. */
  from(closing?: Closing): string {
    let oldest: Held<unknown> | undefined;
    for (const consumer of this.consumers) {
      const held = consumer.oldest(this.#forgotten, closing);
      if (held && !(oldest && oldest.number < held.number)) oldest = held;
    }
    return oldest?.before ?? this.#before ?? this.received;
  }

  /** Asks the store, once, where to resume. */
  async load(): Promise<void> {
    await this.#store?.load();
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
    this.#before = id === undefined ? this.received : this.#front;
    this.#undecided = true;
    return ++this.#number;
  }

  /** The cursor before the current event. */
  decided(): string {
    this.#undecided = false;
    return this.#before ?? this.received;
  }

  /** All that get the current event have it, or are about to. */
  handed(): void {
    this.#before = undefined;
    this.#undecided = false;
  }

  /** The source was stopped. An event that nobody has yet comes again. */
  interrupt(): void {
    if (!this.#undecided) return;
    this.received = this.#front = this.#before!;
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
    const { received } = this;
    this.moveTo(this.from(closing));
    return this.received !== received;
  }

  /** The feed closes. Readers still get what waits for them, if the process lives so long: a store must not count on it. */
  pin(): void {
    this.#store?.pin(this.from("store"));
    this.rewind("feed");
  }
}
