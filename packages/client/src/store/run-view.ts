import type { FeedError } from "../core/errors.ts";
import type { FeedEvent } from "../core/event.ts";
import type { FeedSnapshot } from "./snapshot.ts";

/**
 * The state of a run for its reader. `none`: there is no URL, or no active run there · `running` · `waiting`: the
 * connection is lost, and is being retried · `ended`: it is complete, or was stopped · `failed`: see `error`
 */
export type RunState = "none" | "running" | "waiting" | "ended" | "failed";

/** A run at one moment. It never changes: a change makes a new object. */
export interface RunSnapshot {
  /** The text so far. */
  readonly text: string;
  readonly state: RunState;
  /** The reason why the connection was lost or the run failed. */
  readonly error: FeedError | undefined;
  /** Connects at once, and continues after the received text. */
  readonly reconnect: () => void;
}

/** Joins a run's events into one text, from the snapshots of a feed. Each event is read once. */
export class RunView {
  readonly #toText: (event: FeedEvent) => string;
  #snapshot: FeedSnapshot | undefined;
  #shown: RunSnapshot | undefined;
  #text = "";
  /** The newest event in the text, and the gap before it. */
  #last: FeedEvent | undefined;
  #gap: FeedSnapshot["gap"];

  constructor(toText: (event: FeedEvent) => string) {
    this.#toText = toText;
  }

  /** Returns the same object for the same snapshot. */
  readonly of = (snapshot: FeedSnapshot): RunSnapshot => {
    if (this.#shown && snapshot === this.#snapshot) return this.#shown;
    this.#snapshot = snapshot;
    this.#read(snapshot);
    const { error, reconnect } = snapshot;
    return (this.#shown = {
      text: this.#text,
      state: stateOf(snapshot),
      error,
      reconnect,
    });
  };

  #read({ events, gap }: FeedSnapshot): void {
    const before = this.#last ? events.lastIndexOf(this.#last) + 1 : 0;
    // The text starts over if the server refused the cursor and sends another run, or if the events come from another
    // feed.
    if (gap !== this.#gap || before === 0) this.#text = "";
    this.#gap = gap;
    this.#text += events.slice(before).map(this.#toText).join("");
    this.#last = events.at(-1);
  }
}

function stateOf({ state, error, event }: FeedSnapshot): RunState {
  if (state === "closed") return error ? "failed" : event ? "ended" : "none";
  if (state === "waiting") return "waiting";
  return state === "idle" ? "none" : "running";
}
