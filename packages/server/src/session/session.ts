import type { SessionEvent } from "../core/event.ts";
import type { EndReason } from "./ending.ts";

/** One open response of one reader. */
export interface Session<State = unknown> {
  /** Unique among all sessions. */
  readonly id: string;
  /** The name from its admission. */
  readonly client: string | undefined;
  /** The version from its admission; 0 by default. */
  readonly version: number;
  readonly streams: readonly string[];
  /** The run that it reads, instead of streams: events that you send to such a session are read as a part of it. */
  readonly run: { readonly id: string } | undefined;
  /** Yours: the value from its admission, or any later one. */
  state: State;
  /** The cursor: everything up to here was written. Empty on a session without a broker. */
  readonly lastEventId: string;
  readonly open: boolean;
  /** Resolves with the reason once the session has ended; it never rejects. */
  readonly closed: Promise<EndReason>;
  /**
   * Writes an event to this reader only, outside the log. An event under the contract of its streams is JSON, and
   * checked.
   *
   * Shape:  → `true`: written; `false`: not written, since the session has ended or its reader is slow: await {@link
   *         Session.drained} and send it again
   * Errors: `TypeError` for an event that cannot be written, `ServerError` `invalid` by the contract
   */
  send(event: SessionEvent | string): boolean;
  /** As {@link Session.send}, with a value as JSON (a string too). */
  json(value: unknown, type?: string): boolean;
  /** As {@link Session.send}, with a value as the XML of your serialiser. */
  xml<T>(value: T, serialise: (value: T) => string, type?: string): boolean;
  /** Writes text that no client dispatches. Several lines become several comments. */
  comment(text?: string): boolean;
  /**
   * Writes the events of a source, at the pace of the reader, and returns when the source is done.
   *
   * Errors: rejects with the error of the source, with `TypeError` for an event that cannot be written
   * After:  the session is still open; if it ends first, or an event cannot be written, the source's `return()` is
   *         called
   */
  from(source: AsyncIterable<SessionEvent | string>): Promise<void>;
  /** Resolves when there is room: `true`, or `false` once the session has ended. */
  drained(): Promise<boolean>;
  /** Ends the response. The reader may reconnect. Idempotent. */
  close(): void;
}
