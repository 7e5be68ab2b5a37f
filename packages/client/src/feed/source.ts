import type { ServerSentEvent } from "@steadfeed/parser";
import type { FeedError } from "../core/errors.ts";
import type { ResolvedOptions } from "../core/options.ts";
import type { CloseInfo, CloseReason, FeedStatus } from "../core/status.ts";
import type { UrlSource } from "../http/request.ts";

/** Where a feed's events come from. It does not know the subscriptions. */
export interface Source {
  /** The number of bytes received. */
  readonly bytesRead: number;
  /** Starts at once after this cursor, and replaces an earlier start. */
  start(from: string): void;
  /** Stops at once. Nothing more is delivered, not even from the current chunk. */
  stop(): void;
  /**
   * The queues are full, or there is no subscription: incoming data is kept. After a turn of the event loop, or 256 KiB,
   * `Brake` stops the sender: `HttpStream.held`, then `Exchange.pause`, then the transport's `pause` (undici's controller
   * in http/node/dispatch-flow.ts, no further `read()` in http/fetch-flow.ts).
   */
  pause(): void;
  resume(): void;
  /** Releases everything, permanently. */
  close(): void;
}

/** A report of a source: a status, or a comment from the server. */
export type Report = FeedStatus | { readonly kind: "comment"; readonly text: string };

/** The facts about the end of a stream. */
export type EndFacts = Pick<CloseInfo, "complete" | "leftover">;

/** The receiver of a source's events: its feed. */
export interface Outlet {
  report(report: Report): void;
  /** The cursor has moved, to the id of the next event or of a block without data. */
  moved(id: string): void;
  /**
   * Returns `false` if a user's function stopped the source before any subscription got the event. The event is then
   * delivered again later.
   */
  deliver(event: ServerSentEvent): false | void;
  /** `pause()` has stopped the sender, or the sender continues. */
  held(held: boolean): void;
  /** No more events will come. */
  ended(reason: CloseReason, error?: FeedError, facts?: EndFacts): void;
}

export type MakeSource = (url: UrlSource, options: ResolvedOptions, outlet: Outlet) => Source;
