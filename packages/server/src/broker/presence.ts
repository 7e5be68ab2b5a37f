import { isRun } from "../log/run-log.ts";
import type { Address, Log, LogState, Peers, PeersWatcher } from "../log/log.ts";
import type { SessionCore } from "../session/session-core.ts";
import type { Guard } from "./hooks.ts";

/** The part of a roster that does not depend on the sessions' state. */
interface Here {
  at(to: Address): { readonly size: number };
  clients(): Iterable<string>;
}

/**
 * The connected sessions and clients: of this process, or of all processes that share the log.
 *
 * Errors: rejects with {@link ServerError} `unavailable` while a shared log is away
 * After:  across processes the answer is a moment old: a change takes a tenth of a second, a process that died
 *         up to 15 s
 */
export class Presence {
  readonly #here: Here;
  readonly #peers: Peers | undefined;

  constructor(here: Here, peers: Peers | undefined) {
    this.#here = here;
    this.#peers = peers;
  }

  /** Whether a client has a session. */
  async has(client: string): Promise<boolean> {
    return (await this.#count(`client:${client}`)) > 0;
  }

  /** How many sessions there are, or how many read one stream. */
  count(stream?: string): Promise<number> {
    return this.#count(stream === undefined ? "all" : `stream:${stream}`);
  }

  /** The names of all clients with sessions, in no order. */
  async clients(): Promise<string[]> {
    return this.#peers ? this.#peers.clients() : [...this.#here.clients()];
  }

  async #count(to: Address): Promise<number> {
    return this.#peers ? this.#peers.count(to) : this.#here.at(to).size;
  }
}

/**
 * The addresses of events for these streams and this client. Sessions keep such lists: `concat` makes one of exactly
 * this length, and a spread one with room for sixteen more.
 */
export const addressesOf = (streams: readonly string[], client: string | undefined): Address[] =>
  streams
    .map((name): Address => `stream:${name}`)
    .concat(client === undefined ? [] : `client:${client}`, "all");

/** The reason for which sessions are ended together. */
type Dismissed = "server" | "removed";

/**
 * The sessions of this process, by address. It reports their numbers to the other processes, and ends sessions on their
 * request.
 */
export class Roster<State> implements PeersWatcher {
  readonly #peers: Peers | undefined;
  readonly #guard: Guard<State>;
  readonly #at = new Map<Address, Set<SessionCore<State>>>();
  readonly #none: ReadonlySet<SessionCore<State>> = new Set();

  constructor({ peers }: Pick<Log, "peers">, guard: Guard<State>) {
    this.#peers = peers;
    this.#guard = guard;
  }

  add(session: SessionCore<State>): void {
    for (const address of session.places) {
      const here = this.#at.get(address);
      if (here) here.add(session);
      else this.#at.set(address, new Set([session]));
      this.#peers?.report(address, this.at(address).size);
    }
  }

  /** Idempotent. Removes only this session: another one of its client stays. */
  delete(session: SessionCore<State>): void {
    for (const address of session.places) {
      const here = this.#at.get(address);
      if (!here?.delete(session)) continue;
      if (here.size === 0) this.#at.delete(address);
      this.#peers?.report(address, here.size);
    }
  }

  at(address: Address): ReadonlySet<SessionCore<State>> {
    return this.#at.get(address) ?? this.#none;
  }

  /** The names of streams with sessions. */
  streams(): Generator<string> {
    return this.#names("stream:");
  }

  /** The addresses of runs with sessions. */
  *runs(): Generator<Address> {
    for (const address of this.#at.keys()) if (isRun(address)) yield address;
  }

  /** The names of clients with sessions. */
  clients(): Generator<string> {
    return this.#names("client:");
  }

  /** Ends all sessions at an address, in every process, after the events published before. */
  async dismiss(at: Address, reason: Dismissed): Promise<void> {
    if (this.#peers) await this.#peers.tell(JSON.stringify({ dismiss: at, reason }));
    else this.#end(at, reason);
  }

  /** Handles a note that a process, perhaps this one, sent to all. */
  told(note: string): void {
    try {
      // A later version may send notes that this one does not know.
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

  #end(at: Address, reason: Dismissed): void {
    for (const session of this.at(at)) {
      session.pump();
      session.end(reason);
    }
  }

  *#names(kind: string): Generator<string> {
    for (const address of this.#at.keys()) {
      if (address.startsWith(kind)) yield address.slice(kind.length);
    }
  }
}
