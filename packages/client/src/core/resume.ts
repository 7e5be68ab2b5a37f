import type { FeedEvent } from "./event.ts";
import type { BodyInit, HeadersInit } from "./platform.ts";
import type { OpenInfo } from "./status.ts";

/** What is known about an answer that broke. */
export interface BrokenAnswer {
  /** The request that was answered, after redirects. */
  readonly request: {
    readonly url: string;
    readonly method: string;
    readonly headers: Headers;
    readonly body: BodyInit | undefined;
  };
  /** The head of its answer. */
  readonly response: OpenInfo;
  /** The first whole event, if there was one: some protocols name the answer in its data. */
  readonly first: FeedEvent | undefined;
  /** The newest whole event: some protocols number their events in the data. */
  readonly last: FeedEvent | undefined;
}

/** Where the same answer goes on. */
export interface Resumption {
  /** Relative to the URL that answered. */
  readonly url: string | URL;
  /** Default: `GET`. */
  readonly method?: string | undefined;
  /**
   * In place of the request's own headers. Default: those that the request had, without those of its body. On another origin
   * than the first request's: none, and no token; nor the cursor, unless it came from there.
   */
  readonly headers?: HeadersInit | undefined;
  /**
   * How the server learns what was received: by the header `Last-Event-ID`, by the query parameter `lastEventId`, or by that
   * header with what a function makes of the newest event. Default: `header`.
   */
  readonly cursor?:
    | "header"
    | "query"
    | ((last: FeedEvent | undefined) => string | undefined)
    | undefined;
  /**
   * What the server sends: the events `after` the newest one; or all of them, `from-start`: then no cursor is sent, and what
   * was received before is compared, event by event by a checksum, and skipped: the first that differs ends the feed as
   * `not-resumable`. Default: `after`.
   */
  readonly replay?: "after" | "from-start" | undefined;
}

/**
 * Says where an answer that broke goes on; `undefined`: nowhere, so that one that ended in order is complete; `null`: nowhere, and
 * it is known not to be complete.
 */
export type ResumeFunction = (
  broken: BrokenAnswer,
) => Resumption | null | undefined | PromiseLike<Resumption | null | undefined>;
