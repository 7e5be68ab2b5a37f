import type { Guard } from "./hooks.ts";
import type { Address, Log, LogState, PeersWatcher } from "../log/log.ts";
import type { Roster } from "./roster.ts";

/** Why sessions are sent away together. */
type Reason = "server" | "removed";

/** Sends sessions away, wherever the log is shared, and hears what the others say. */
export class Dismissal<State> implements PeersWatcher {
  readonly #log: Log;
  readonly #roster: Roster<State>;
  readonly #guard: Guard<State>;

  constructor(log: Log, roster: Roster<State>, guard: Guard<State>) {
    this.#log = log;
    this.#roster = roster;
    this.#guard = guard;
  }

  /** Ends all sessions at an address, after what was published before. */
  async dismiss(at: Address, reason: Reason): Promise<void> {
    const { peers } = this.#log;
    if (peers) await peers.tell(JSON.stringify({ dismiss: at, reason }));
    else this.#end(at, reason);
  }

  /** What another process, or this one, told all. */
  told(note: string): void {
    try {
      // A later version may say what this one does not know.
      const { dismiss, reason } = JSON.parse(note) as { dismiss?: Address; reason?: string };
      if (dismiss) this.#end(dismiss, reason === "removed" ? "removed" : "server");
    } catch (error) {
      this.#guard.failed(error, "log");
    }
  }

  changed(state: LogState, error: unknown): void {
    this.#guard.changed(state, error);
  }

  failed(error: unknown): void {
    this.#guard.failed(error, "log");
  }

  #end(at: Address, reason: Reason): void {
    for (const session of this.#roster.at(at)) {
      session.pump();
      session.end(reason);
    }
  }
}
