import type { ServerEvent } from "../core/event.ts";

/**
 * Why a session ended. `client`: the reader left · `server`: `close()` · `slow`: it took nothing for too long ·
 * `replaced`: by a newer session of its client · `removed`: its last stream · `expired`: its admission ·
 * `shutdown`: the broker closed · `error`: something of yours threw, or the log failed
 */
export type EndReason =
  | "client"
  | "server"
  | "slow"
  | "replaced"
  | "removed"
  | "expired"
  | "shutdown"
  | "error";

/** An event for one session alone, which may carry any id, or none. */
export interface SessionEvent extends ServerEvent {
  /** Becomes the reader's cursor. No CR, LF or NUL. Leave it out on a session of a broker, whose log gives the ids. */
  readonly id?: string | undefined;
}

/** One open response of one reader. */
export interface Session<State = unknown> {
  /** Unique among all sessions. */
  readonly id: string;
  /** The name its admission gave it. */
  readonly client: string | undefined;
  /** The version its admission gave it; 0 by default. */
  readonly version: number;
  readonly streams: readonly string[];
  /** Yours: what its admission gave it, or what you put there. */
  state: State;
  /** The cursor: everything up to here was written. Empty on a session without a broker. */
  readonly lastEventId: string;
  readonly open: boolean;
  /** Resolves with the reason once the session is over; it never rejects. */
  readonly closed: Promise<EndReason>;
  /**
   * Writes an event to this reader alone, past the log.
   *
   * Shape:  → `true`: written; `false`: not written, because the session is over or its reader is
   *         behind: await {@link Session.drained} and send it again
   * Errors: `TypeError` for an event that cannot be written
   */
  send(event: SessionEvent | string): boolean;
  /** As {@link Session.send}, with a value as JSON (a string too). */
  json(value: unknown, type?: string): boolean;
  /** As {@link Session.send}, with a value as XML. Throws `TypeError` without the option `xml`. */
  xml(value: unknown, type?: string): boolean;
  /** Writes text that no client dispatches. Several lines become several comments. */
  comment(text?: string): boolean;
  /**
   * Writes what a source yields, at the pace of the reader, and returns when the source is done.
   *
   * Errors: rejects with what the source throws, with `TypeError` for what cannot be written
   * After:  the session is still open; if it ends first, or an event cannot be written, the source's `return()` is called
   */
  from(source: AsyncIterable<SessionEvent | string>): Promise<void>;
  /** Resolves when there is room: `true`, or `false` once the session is over. */
  drained(): Promise<boolean>;
  /** Ends the response. The reader may come back. Idempotent. */
  close(): void;
}
