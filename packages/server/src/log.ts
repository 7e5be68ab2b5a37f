import { ServerError } from "./errors.ts";
import type { EventFields, GapReason } from "./event.ts";
import { Frame } from "./frame.ts";

/** Whom an event is for: the readers of a stream, the sessions of a client, or every session. */
export type Address = `stream:${string}` | `client:${string}` | "all";

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
}

/** An event that has its place in a log. */
export interface Entry {
  readonly to: Address;
  /** What readers see and come back with. */
  readonly id: string;
  /** Where it stands in the log's order. The same as `id`, unless the publisher chose that. */
  readonly at: string;
  readonly type: string | undefined;
  readonly data: string;
  readonly minVersion: number;
  readonly expiresAt: number | undefined;
  readonly frame: Frame;
}

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
   * anything. Entries are appended in the order of the calls.
   */
  append(draft: Draft): Entry | Promise<Entry>;
  /**
   * What follows a position: an id handed out earlier, a reader's claim (never to be trusted), or `""`
   * for the oldest kept event. It answers at once when it can: then nothing comes between replay and live.
   */
  read(after: string, options: ReadOptions): Page | Promise<Page>;
  /** Calls back, once there are new entries for an address and before anything else happens. Returns what ends it. */
  watch(appended: (to: Address) => void): () => void;
  /** Forgets what is kept for an address. Ids go on; who has not read it yet gets a gap. */
  clear(to: Address): void | Promise<void>;
  /** Lets go of what the log holds outside of this process. */
  close?(): void | Promise<void>;
}

/** Makes the entry and its frame. Throws `TypeError` for what would break the wire, `ServerError` `event-too-large`. */
export function entryOf(draft: Draft, id: string, at: string): Entry {
  const { to, type, data, retryMs, minVersion, expiresAt, limitBytes } = draft;
  // Checked before it is copied and once more after, when it is exact.
  if (data.length > limitBytes) throw tooLarge(limitBytes);
  const frame = new Frame({ id, type, data, retryMs });
  if (frame.bytes.byteLength > limitBytes) throw tooLarge(limitBytes);
  return { to, id, at, type, data, minVersion, expiresAt, frame };
}

const tooLarge = (limitBytes: number): ServerError =>
  new ServerError(
    "event-too-large",
    `An event may measure ${limitBytes} bytes on the wire: raise limits.eventBytes, or send a reference to the data.`,
  );
