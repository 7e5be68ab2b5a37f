import { ServerError } from "../core/errors.ts";
import { END_TYPE, type EventFields, type GapReason } from "../core/event.ts";
import { Frame } from "./frame.ts";

/** The readers of an event: those of a stream or of a run, the sessions of a client, or every session. */
export type Address = `stream:${string}` | `run:${string}` | `client:${string}` | "all";

/** An event before it is in a log. */
export interface Draft extends EventFields {
  readonly to: Address;
  /** The publisher's own id. A log that cannot keep it throws `TypeError`. */
  readonly id: string | undefined;
  /** Only for sessions of this version or a later one. */
  readonly minVersion: number;
  /** When it expires, in milliseconds since 1970. */
  readonly expiresAt: number | undefined;
  /** Its largest size on the wire. */
  readonly limitBytes: number;
  /** A second event with the same key, within the time that the log remembers it, counts as the first one. */
  readonly idempotencyKey?: string | undefined;
}

/** The result of an append. */
export interface Appended {
  readonly id: string;
  /** An earlier event with the same `idempotencyKey` has this id, and this one was not stored. */
  readonly duplicate?: boolean;
}

/** An event with a position in a log. */
export interface Entry {
  readonly to: Address;
  /** The id that readers see and send back. */
  readonly id: string;
  /** Its position in the log's order. The same as `id`, unless the publisher chose the id. */
  readonly at: string;
  readonly type: string | undefined;
  readonly data: string;
  readonly minVersion: number;
  readonly expiresAt: number | undefined;
  readonly frame: Frame;
}

/** The parameters of a read. */
export interface ReadOptions {
  /** The addresses to read. */
  readonly to: readonly Address[];
  /** The maximum number of entries. */
  readonly limit: number;
  /** Up to this position the reader has already been given its gap. */
  readonly forgiven?: string | undefined;
}

/** The entries after a position, oldest first. */
export type Page = {
  readonly events: readonly Entry[];
  /** The position after the last event, or the log's tail if there are no more. */
  readonly at: string;
  /** Whether more is kept already. */
  readonly more: boolean;
} & (
  | { readonly contiguous: true }
  | {
      /** Something between the position and these events is gone, or may be. */
      readonly contiguous: false;
      readonly reason: GapReason;
      /** A position just before these events, to resume from. */
      readonly resume: string;
      /** The id of the first event from which on nothing is missing; empty if there is none yet. */
      readonly to: string;
      /** The position up to which the gap is then forgiven. */
      readonly through: string;
    }
);

/** Whether the engine behind a log answers. `degraded`: kept events are delivered, and new ones may not arrive. */
export type LogState = "up" | "degraded";

/** Receives reports of the other processes. */
export interface PeersWatcher {
  /** A process sent a note to all. */
  told(note: string): void;
  changed(state: LogState, error: unknown): void;
  /** A failure that no caller receives. */
  failed(error: unknown): void;
}

/** The processes that share a log, and their facts about each other. */
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
 * The memory of the streams, and the engine of a broker: it gives events their order and their ids, and keeps some of
 * them.
 *
 * Positions are opaque strings of the log. One order holds for all addresses, so that one position works in several of
 * them.
 */
export interface Log {
  /** The position after everything appended so far. */
  readonly tail: string;
  /**
   * Gives the event its id and keeps it. It must make the entry with {@link entryOf} before it changes anything (with
   * the longest possible id, if there is none yet), and throw errors that it knows synchronously. Entries are appended
   * in the order of the calls. Once it has answered, {@link Log.tail} is after the event, if possible.
   */
  append(draft: Draft): Appended | Promise<Appended>;
  /**
   * The entries after a position: an earlier id, a cursor sent by a reader (never to be trusted), or `""` for the
   * oldest kept event. It answers synchronously when it can, so that nothing comes between replay and live events.
   */
  read(after: string, options: ReadOptions): Page | Promise<Page>;
  /** Calls back as soon as there are new entries for an address. Returns a function that stops it. */
  watch(appended: (to: Address) => void): () => void;
  /**
   * Forgets the kept entries of an address. Numbering continues, and a reader that has not read them yet gets a gap.
   */
  clear(to: Address): void | Promise<void>;
  /** Releases resources outside of this process. */
  close?(): void | Promise<void>;
  /** The other processes, if processes can share the log. */
  readonly peers?: Peers | undefined;
}

/**
 * Creates the entry and its frame. Throws `TypeError` for an event that would break the wire, `ServerError`
 * `event-too-large`.
 */
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
    `The event is larger than ${limitBytes} bytes on the wire: raise limits.eventBytes, or send a reference to the data.`,
  );
