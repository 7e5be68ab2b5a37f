import { say } from "#words";
import { messageOf } from "../core/answer.ts";
import { FeedError } from "../core/errors.ts";
import type { CursorStore } from "../core/options.ts";
import type { FeedStatus } from "../core/status.ts";
import { Watch } from "../core/watch.ts";

/** Where what goes wrong with a function of the user's is reported. */
export interface Reporter {
  threw(error: FeedError): void;
  tell(status: FeedStatus): void;
}

/** The place of a feed, which is stored. */
export interface Stored {
  from(): string;
  moveTo(id: string): void;
}

/** Keeps a user's store at the place of a feed. It never calls `set()` while an earlier call is under way. */
export class StoredCursor {
  readonly #store: CursorStore;
  readonly #place: Stored;
  readonly #reporter: Reporter;
  /** What the store has. */
  #stored: string;
  /** What the store is to keep for good. */
  #pinned: string | undefined;
  #loading: Promise<void> | undefined;
  /** Reports a store that does not answer. */
  readonly #waiting = new Watch(false);
  #writing = false;
  #written: Promise<void> | undefined;

  constructor(store: CursorStore, start: string, place: Stored, reporter: Reporter) {
    this.#store = store;
    this.#stored = start;
    this.#place = place;
    this.#reporter = reporter;
  }

  /** Moves to the id that the store has, once; a store that throws is reported, and has none. */
  load(): Promise<void> {
    return (this.#loading ??= this.#load());
  }

  /** Nothing but this is stored from now on. */
  pin(id: string): void {
    this.#waiting.stop();
    this.#pinned ??= id;
    this.save();
  }

  /** Stores what was taken; several moves in one turn, or during one write, become one write. */
  save(): void {
    if (this.#writing) return;
    this.#writing = true;
    this.#written = this.#write();
  }

  /** Resolves when the store has what was taken. */
  async saved(): Promise<void> {
    this.save();
    await this.#written;
  }

  async #load(): Promise<void> {
    const hint = say("no-answer-yet");
    this.#waiting.remind((forMs) =>
      this.#reporter.tell({ kind: "still", phase: "request", forMs, hint }),
    );
    try {
      const id = (await this.#store.get()) ?? this.#stored;
      if (typeof id !== "string")
        throw new TypeError(`get() must return a string, not ${typeof id}.`);
      this.#stored = id;
      // Closed meanwhile: nothing came, so this is still the place.
      if (this.#pinned !== undefined) this.#pinned = id;
      this.#place.moveTo(id);
    } catch (cause) {
      this.#reporter.threw(new FeedError("store", say("store-get", messageOf(cause)), { cause }));
    } finally {
      this.#waiting.stop();
    }
  }

  async #write(): Promise<void> {
    await Promise.resolve();
    // A failed write is not repeated for the same id, or a broken store would keep us busy.
    for (;;) {
      const id = this.#pinned ?? this.#place.from();
      if (id === this.#stored) break;
      this.#stored = id;
      try {
        await this.#store.set(id);
      } catch (cause) {
        this.#reporter.threw(
          new FeedError("store", say("store-set", id, messageOf(cause)), { cause }),
        );
      }
    }
    this.#writing = false;
  }
}
