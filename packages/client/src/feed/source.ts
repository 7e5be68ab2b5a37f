import type { ServerSentEvent } from "@steadfeed/parser";
import type { FeedError } from "../core/errors.ts";
import type { ResolvedOptions } from "../core/options.ts";
import type { CloseInfo, CloseReason, FeedStatus } from "../core/status.ts";
import type { UrlSource } from "../http/request.ts";

/** Where a feed's events come from. It knows no subscription. */
export interface Source {
  /** How many bytes came. */
  readonly bytesRead: number;
  /** Starts anew after this cursor, at once. */
  start(from: string): void;
  /** Gives up what it does; nothing more is delivered, also not from the current chunk. */
  stop(): void;
  /** The queues are full, or nobody subscribes: what comes is kept, and the sender is stopped. */
  pause(): void;
  resume(): void;
  /** Releases everything, for good. */
  close(): void;
}

/** What a source reports: a status, or a comment of the server. */
export type Report = FeedStatus | { readonly kind: "comment"; readonly text: string };

/** What is known of the end of a stream. */
export type Whole = Pick<CloseInfo, "complete" | "leftover">;

/** Where a source delivers: its feed. */
export interface Outlet {
  report(report: Report): void;
  /** The cursor has moved: by the event that comes next, or by a block without data. */
  moved(id: string): void;
  /** `false`: a function of the user's stopped the source before anybody got the event, which comes again. */
  deliver(event: ServerSentEvent): false | void;
  /** `pause()` has stopped the sender, or it goes on. */
  held(held: boolean): void;
  /** Nothing more comes. */
  ended(reason: CloseReason, error?: FeedError, whole?: Whole): void;
}

export type MakeSource = (url: UrlSource, options: ResolvedOptions, outlet: Outlet) => Source;
