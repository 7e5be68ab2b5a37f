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
   * Replaces the request's own headers. Default: the headers of the request, without those of its body. If the URL has
   * another origin than the first request: no headers and no token, and no cursor unless it came from that origin.
   */
  readonly headers?: HeadersInit | undefined;
  /**
   * How the cursor is sent: in the header `Last-Event-ID`, in the query parameter `lastEventId`, or in that header with
   * a value computed from the newest event. Default: `header`.
   */
  readonly cursor?:
    | "header"
    | "query"
    | ((last: FeedEvent | undefined) => string | undefined)
    | undefined;
  /**
   * The events that the server sends: those `after` the newest one, or all of them, `from-start`. For `from-start` no
   * cursor is sent, and events already received are compared by a checksum and skipped. The first one that differs
   * closes the feed as `not-resumable`. Default: `after`.
   */
  readonly replay?: "after" | "from-start" | undefined;
}

/**
 * Returns the request for the rest of a broken answer. `undefined` and `null` both mean that there is no such request.
 * With `undefined`, an answer that ended in order is complete. With `null`, the answer is incomplete.
 */
export type ResumeFunction = (
  broken: BrokenAnswer,
) => Resumption | null | undefined | PromiseLike<Resumption | null | undefined>;
