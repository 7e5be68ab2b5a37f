import { say } from "#words";
import { causedBy } from "../core/guard.ts";
import type { FeedError } from "../core/errors.ts";
import type { CursorStore } from "../core/options.ts";
import type { FeedStatus } from "../core/status.ts";
import { Watch } from "../core/watch.ts";

/** Receives the errors of the user's functions. */
export interface Reporter {
  threw(error: FeedError): void;
  tell(status: FeedStatus): void;
}

/** The place of a feed, as far as it is stored. */
export interface Stored {
  from(): string;
  moveTo(id: string): void;
}

/**
 * Keeps the user's store up to date with the place of a feed. It never calls `set()` while an earlier call is pending.
 * `save()` is called when the source reads an id (`Place.moved`) and when a consumer takes or drops an event
 * (`Consumer.took`), `pin()` when the user closes the feed.
 */
export class StoredCursor {
  readonly #store: CursorStore;
  readonly #place: Stored;
  readonly #reporter: Reporter;
  /** The id that the store has. */
  #stored: string;
  /** The final id for the store. */
  #pinned: string | undefined;
  #loading: Promise<void> | undefined;
  /** Reports a store that takes long to answer. */
  readonly #waiting = new Watch(false);
  #writing: Promise<void> | undefined;

  constructor(store: CursorStore, place: Stored, reporter: Reporter) {
    this.#store = store;
    this.#place = place;
    this.#stored = place.from();
    this.#reporter = reporter;
  }

  /** Moves the place to the store's id, once. A store that throws is reported, and counts as empty. */
  load(): Promise<void> {
    return (this.#loading ??= this.#load());
  }

  /** Stores this id, and no other after it. */
  pin(id: string): void {
    this.#waiting.stop();
    this.#pinned ??= id;
    void this.save();
  }

  /**
   * Stores the current place. Several moves within one turn, or during one write, become one write. Resolves when the
   * store has the place.
   */
  save(): Promise<void> {
    return (this.#writing ??= this.#write());
  }

  async #load(): Promise<void> {
    this.#waiting.remind((status) => this.#reporter.tell(status), "request", say("no-answer-yet"));
    try {
      const id = (await this.#store.get()) ?? this.#stored;
      if (typeof id !== "string") throw new TypeError(say("no-id", typeof id));
      this.#stored = id;
      // The feed was closed while the store was read. No event has come, so this is still its place.
      if (this.#pinned !== undefined) this.#pinned = id;
      this.#place.moveTo(id);
    } catch (cause) {
      this.#reporter.threw(causedBy(cause, "store", "store-get"));
    } finally {
      this.#waiting.stop();
    }
  }

  async #write(): Promise<void> {
    await Promise.resolve();
    // A failed write is not repeated for the same id: a broken store would cause endless writes.
    for (;;) {
      const id = this.#pinned ?? this.#place.from();
      if (id === this.#stored) break;
      this.#stored = id;
      try {
        await this.#store.set(id);
      } catch (cause) {
        this.#reporter.threw(causedBy(cause, "store", "store-set", id));
      }
    }
    this.#writing = undefined;
  }
}
