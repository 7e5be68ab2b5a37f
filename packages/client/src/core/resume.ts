import type { FeedEvent } from "./event.ts";
import type { BodyInit, HeadersInit } from "./platform.ts";
import type { OpenInfo } from "./status.ts";

/** The facts about a broken answer. */
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

/** The request for the rest of the answer. */
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
   * How the server learns the cursor: by the header `Last-Event-ID`, by the query parameter `lastEventId`, or by that
   * header with a value computed from the newest event. Default: `header`.
   */
  readonly cursor?:
    | "header"
    | "query"
    | ((last: FeedEvent | undefined) => string | undefined)
    | undefined;
  /**
   * The events that the server sends: those `after` the newest one, or all of them, `from-start`. In the second case no
   * cursor is sent, and events already received are compared by a checksum and skipped. The first that differs ends the
   * feed as `not-resumable`. Default: `after`.
   */
  readonly replay?: "after" | "from-start" | undefined;
}

/**
 * Returns the request for the rest of a broken answer. `undefined`: there is none, so an answer that ended in order is
 * complete. `null`: there is none, and the answer is incomplete.
 */
export type ResumeFunction = (
  broken: BrokenAnswer,
) => Resumption | null | undefined | PromiseLike<Resumption | null | undefined>;
