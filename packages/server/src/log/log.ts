import { ServerError } from "../core/errors.ts";
import { END_TYPE, type EventFields, type GapReason } from "../core/event.ts";
import { Frame } from "./frame.ts";

/** The readers of an event: those of a stream or of a run, the sessions of a client, or every session. */
export type Address = `stream:${string}` | `run:${string}` | `client:${string}` | "all";

/** An event on its way into a log. */
export interface Draft extends EventFields {
  readonly to: Address;
  /** The publisher's own id. A log that cannot keep it throws `TypeError`. */
  readonly id: string | undefined;
  /** Only for sessions of this version or a later one. */
  readonly minVersion: number;
  /** When it stops being worth delivering, in milliseconds since 1970. */
  readonly expiresAt: number | undefined;
  /** What it may measure on the wire. */
  readonly limitBytes: number;
  /** A second event with the same key, within the time that the log remembers it, is the first one again. */
  readonly idempotencyKey?: string | undefined;
}

/** What a log says of an event that it took. */
export interface Appended {
  readonly id: string;
  /** An earlier event with the same `idempotencyKey` is kept under this id, and this one is not. */
  readonly duplicate?: boolean;
}

/** An event that has its place in a log. */
export interface Entry {
  readonly to: Address;
  /** What readers see and come back with. */
  readonly id: string;
  /** Its position in the log's order. The same as `id`, unless the publisher chose that. */
  readonly at: string;
  readonly type: string | undefined;
  readonly data: string;
  readonly minVersion: number;
  readonly expiresAt: number | undefined;
  readonly frame: Frame;
}

/** How a log is read. */
export interface ReadOptions {
  /** Whose events. */
  readonly to: readonly Address[];
  /** How many entries at most. */
  readonly limit: number;
  /** Up to this position the reader already knows what it missed. */
  readonly forgiven?: string | undefined;
}

/** What follows a position, oldest first. */
export type Page = {
  readonly events: readonly Entry[];
  /** The position after the last event, or, when there is no more, the log's tail. */
  readonly at: string;
  /** Whether more is kept already. */
  readonly more: boolean;
} & (
  | { readonly contiguous: true }
  | {
      /** Something between the position and these events is gone, or may be. */
      readonly contiguous: false;
      readonly reason: GapReason;
      /** A position just before these events, to come back with. */
      readonly resume: string;
      /** The id of the first event from which on nothing is missing; empty for none yet. */
      readonly to: string;
      /** What to forgive from now on. */
      readonly through: string;
    }
);

/** Whether the engine behind a log answers. `degraded`: what is kept here is delivered, nothing new is sure to come. */
export type LogState = "up" | "degraded";

/** What is heard of the others. */
export interface PeersWatcher {
  /** A process sent a note to all. */
  told(note: string): void;
  changed(state: LogState, error: unknown): void;
  /** Something went wrong that no caller can hear of. */
  failed(error: unknown): void;
}

/** The processes that share a log: what they know of each other. */
export interface Peers {
  readonly state: LogState;
  /** Reports how many sessions of this process read an address from now on. */
  report(to: Address, sessions: number): void;
  /** How many sessions read an address, in all processes. */
  count(to: Address): Promise<number>;
  /** The names of the clients that have sessions, in all processes. */
  clients(): Promise<string[]>;
  /** Sends a text to all processes, including this one, in the order of the log. */
  tell(note: string): Promise<void>;
  watch(watcher: PeersWatcher): () => void;
}

/**
 * A stream's memory, and the engine of a broker: it gives events their order and their ids, and keeps some.
 *
 * Positions are the log's own strings; nobody else reads meaning into them. One order holds for all
 * addresses, so that one position is a reader's place in several of them.
 */
export interface Log {
  /** The position after everything appended so far. */
  readonly tail: string;
  /**
   * Gives the event its id and keeps it. Must make the entry with {@link entryOf} before it changes
   * anything (under the longest id, if it has none yet), and throw at once what it knows at once. Entries are
   * appended in the order of the calls. Once it answers, {@link Log.tail} is after the event, if it can be.
   */
  append(draft: Draft): Appended | Promise<Appended>;
  /**
   * What follows a position: an id handed out earlier, a reader's claim (never to be trusted), or `""`
   * for the oldest kept event. It answers at once when it can: then nothing comes between replay and live.
   */
  read(after: string, options: ReadOptions): Page | Promise<Page>;
  /** Calls back, once there are new entries for an address and before anything else happens. Returns what ends it. */
  watch(appended: (to: Address) => void): () => void;
  /** Forgets what is kept for an address. Ids go on; a reader that has not read it yet gets a gap. */
  clear(to: Address): void | Promise<void>;
  /** Releases what the log holds outside of this process. */
  close?(): void | Promise<void>;
  /** The other processes, if others can share the log. */
  readonly peers?: Peers | undefined;
}

/** Makes the entry and its frame. Throws `TypeError` for what would break the wire, `ServerError` `event-too-large`. */
export function entryOf(draft: Draft, id: string, at: string): Entry {
  const { to, type, data, retryMs, minVersion, expiresAt, limitBytes } = draft;
  // Checked before the text is copied, and again when its size in bytes is known.
  if (data.length > limitBytes) throw tooLarge(limitBytes);
  const frame = new Frame({ id, type, data: type === END_TYPE ? undefined : data, retryMs });
  if (frame.bytes.byteLength > limitBytes) throw tooLarge(limitBytes);
  return { to, id, at, type, data, minVersion, expiresAt, frame };
}

const tooLarge = (limitBytes: number): ServerError =>
  new ServerError(
    "event-too-large",
    `An event may measure ${limitBytes} bytes on the wire: raise limits.eventBytes, or send a reference to the data.`,
  );
