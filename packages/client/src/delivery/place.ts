import type { ServerSentEvent } from "@steadfeed/parser";
import type { ResolvedOptions } from "../core/options.ts";
import type { AnyConsumer } from "./consumer.ts";
import type { Closing, Untaken } from "./untaken.ts";
import { StoredCursor, type Reporter } from "./stored-cursor.ts";

/**
 * A feed's one answer to "from where?": the newest id received, and the last event that every subscription has taken.
 * When the last subscription leaves, `FeedCore.deserted` calls `rewind()`: back to the last event that was taken. The
 * current event counts as taken, since `Consumer.leave` releases it first. One that leaves while others stay moves nothing back.
 */
export class Place {
  /** The source's cursor: the newest id. */
  received: string;
  /** All consumers that take events or hold some, in the order in which they were created. */
  readonly consumers: Set<AnyConsumer> = new Set();
  readonly store: StoredCursor | undefined;
  /** How often the source was stopped. A delivery ends as soon as this has changed. */
  stops = 0;
  /** The cursor before the newest id. */
  #front: string;
  /** The cursor before the current event, until all its recipients have it. */
  #before: string | undefined;
  /** True while no consumer has the current event: decoders, filters and `until` are still being asked. */
  #undecided = false;
  #number = 0;
  /** Events up to this number no longer count as untaken: they are delivered again anyway, or never. */
  #forgotten = 0;

  constructor(
    { lastEventId, store }: Pick<ResolvedOptions, "lastEventId" | "store">,
    reporter: Reporter,
  ) {
    this.received = this.#front = lastEventId;
    this.store = store && new StoredCursor(store, this, reporter);
  }

  /** The cursor to resume from: after the last event that every subscription has taken. */
  from(closing?: Closing): string {
    let oldest: Untaken<unknown> | undefined;
    for (const consumer of this.consumers) {
      const held = consumer.untaken(this.#forgotten, closing);
      if (held && !(oldest && oldest.number < held.number)) oldest = held;
    }
    return oldest?.before ?? this.#before ?? this.received;
  }

  /** The source has read an id, of the next event or of a block without data. */
  moved(id: string): void {
    this.#front = this.received;
    this.received = id;
    void this.store?.save();
  }

  /**
   * An event arrives, and becomes the current one: until `decided`, its recipients are not known, and until `handed`,
   * the last of them does not have it. Returns its number.
   */
  arrive({ id }: ServerSentEvent): number {
    this.#before = id === undefined ? this.received : this.#front;
    this.#undecided = true;
    return ++this.#number;
  }

  /** The recipients of the current event are known. Returns the cursor before it. */
  decided(): string {
    this.#undecided = false;
    return this.#before ?? this.received;
  }

  /** All recipients of the current event have it, or are about to get it. */
  handed(): void {
    this.#before = undefined;
    this.#undecided = false;
  }

  /**
   * The source is stopped. Delivery ends at once, even within the current chunk. An event that no consumer has yet is
   * delivered again later.
   */
  interrupt(): void {
    this.stops++;
    if (!this.#undecided) return;
    this.received = this.#front = this.#before!;
    this.handed();
  }

  /** Moves the place to the id. Events that are still untaken no longer count. */
  moveTo(id: string): void {
    this.#forgotten = this.#number;
    this.received = this.#front = id;
    this.handed();
  }

  /** Goes back to the last event that every subscription has taken. Returns `true` if the cursor moved. */
  rewind(closing?: Closing): boolean {
    const { received } = this;
    this.moveTo(this.from(closing));
    return this.received !== received;
  }

  /**
   * The feed closes. Readers still get their waiting events, but the process may end before that, so the store keeps
   * the cursor before them.
   */
  pin(): void {
    this.store?.pin(this.from("store"));
    this.rewind("feed");
  }
}
