import type { SessionEvent } from "../core/event.ts";
import type { EndReason } from "./ending.ts";

/** One open response of one reader. */
export interface Session<State = unknown> {
  /** Unique among all sessions. */
  readonly id: string;
  /** The name its admission gave it. */
  readonly client: string | undefined;
  /** The version its admission gave it; 0 by default. */
  readonly version: number;
  readonly streams: readonly string[];
  /** The run that it reads, in place of streams: what you send to such a session is read as a part of it. */
  readonly run: { readonly id: string } | undefined;
  /** Yours: what its admission gave it, or what you put there. */
  state: State;
  /** The cursor: everything up to here was written. Empty on a session without a broker. */
  readonly lastEventId: string;
  readonly open: boolean;
  /** Resolves with the reason once the session has ended; it never rejects. */
  readonly closed: Promise<EndReason>;
  /**
   * Writes an event to this reader alone, past the log. One that the contract of its streams describes is JSON, and checked.
   *
   * Shape:  → `true`: written; `false`: not written, because the session has ended or its reader is
   *         behind: await {@link Session.drained} and send it again
   * Errors: `TypeError` for an event that cannot be written, `ServerError` `invalid` by the contract
   */
  send(event: SessionEvent | string): boolean;
  /** As {@link Session.send}, with a value as JSON (a string too). */
  json(value: unknown, type?: string): boolean;
  /** As {@link Session.send}, with a value as the XML that your serialiser makes of it. */
  xml<T>(value: T, serialise: (value: T) => string, type?: string): boolean;
  /** Writes text that no client dispatches. Several lines become several comments. */
  comment(text?: string): boolean;
  /**
   * Writes what a source yields, at the pace of the reader, and returns when the source is done.
   *
   * Errors: rejects with what the source throws, with `TypeError` for what cannot be written
   * After:  the session is still open; if it ends first, or an event cannot be written, the source's `return()` is called
   */
  from(source: AsyncIterable<SessionEvent | string>): Promise<void>;
  /** Resolves when there is room: `true`, or `false` once the session has ended. */
  drained(): Promise<boolean>;
  /** Ends the response. The reader may come back. Idempotent. */
  close(): void;
}
