import type { FeedError } from "./errors.ts";

/** The state of a feed. Only `closed` is final. */
export type FeedState = "idle" | "connecting" | "open" | "waiting" | "paused" | "closed";

/**
 * Why a feed or a subscription closed:
 * - `closed`: by `close()` or `drain()`, or its consumer left
 * - `aborted`: by a signal
 * - `ended`: a one-shot stream is complete, or the server said that there is no more
 * - `stopped`: the server answered 204
 * - `failed`: an error that a retry cannot fix
 * - `exhausted`: the retries are used up
 */
export type CloseReason = "closed" | "aborted" | "ended" | "stopped" | "failed" | "exhausted";

/** How a feed or a subscription closed. */
export interface CloseInfo {
  readonly reason: CloseReason;
  /** For `failed` and `exhausted` the error; for `aborted` and `closed` the given reason, if any. */
  readonly error?: unknown;
  /** The cursor at the end, from which a new feed would resume. */
  readonly lastEventId: string;
  /**
   * `true` if the server marked the end (`event: steadfeed.end`), or the transport guarantees it: the length matched,
   * or the last chunk or frame arrived. Absent if unknown: for a body that ends with its connection, and with `fetch`,
   * which hides the framing.
   */
  readonly complete?: true | undefined;
  /** The stream ended within an event: the closing blank line never came, so the event was dropped. */
  readonly leftover?: true | undefined;
}

/** True if the feed or the subscription failed, so that its readers get the error. */
export const isFailure = ({ reason }: Pick<CloseInfo, "reason">): boolean =>
  reason === "failed" || reason === "exhausted";

/** The head of an answer. */
export interface ResponseHead {
  /** The URL that answered. It differs from the requested one if the platform follows redirects by itself. */
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  /**
   * The body as text: at most 64 KiB, received within two seconds. Never rejects.
   *
   * After: the answer is refused, since its body is used up
   */
  text(): Promise<string>;
}

/** The answer that opened a feed. */
export interface OpenInfo {
  /** The URL that answered, after redirects. */
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  /** 1 for the first attempt since the feed was last healthy. */
  readonly attempt: number;
  /** The cursor that was sent; empty for none. */
  readonly resumedFrom: string;
}

/**
 * Why events may be missing. Reported by the server: `trimmed`, `reset`, `slow`, `unknown` (also for a reason that this
 * version does not know). Found by the feed:
 * - `refused`: the server refused the cursor
 * - `unsendable-id`: no header can carry the cursor
 * - `redirected`: the cursor belongs to another origin
 * - `hand-over`: another tab took over, and its first events may not be the next ones
 */
export type GapReason =
  | "trimmed"
  | "reset"
  | "slow"
  | "unknown"
  | "refused"
  | "unsendable-id"
  | "redirected"
  | "hand-over";

/** The events between the cursor and the server's oldest are gone, or the cursor could not be sent. */
export interface GapInfo {
  readonly reason: GapReason;
  /** The cursor that was not honoured. */
  readonly lastEventId: string;
  /** The data of the server's report, if the server reported the gap. */
  readonly data?: string;
}

/** The pending step of an attempt before the response head. */
export type Phase = "dns" | "connect" | "tls" | "proxy" | "head" | "request";

/** The reports of a feed, delivered by `on()` and `status()`. */
export type FeedStatus =
  | { readonly kind: "idle" }
  | { readonly kind: "paused" }
  | { readonly kind: "connecting"; readonly attempt: number; readonly lastEventId: string }
  /** A phase of the attempt is taking long: reported after 15 s, and then every 60 s. */
  | {
      readonly kind: "still";
      /** The pending step. In Node `dns`, `connect`, `tls`, `proxy`, `head`; with `fetch` the whole `request`. */
      readonly phase: Phase;
      /** How long the phase has lasted, in ms. */
      readonly forMs: number;
      /** The likely reason, if known. */
      readonly hint?: string | undefined;
    }
  | ({ readonly kind: "open" } & OpenInfo)
  | {
      readonly kind: "waiting";
      /**
       * Milliseconds until the next attempt, unless something wakes the feed earlier. `Infinity` while the error is
       * `offline` or `hidden`.
       */
      readonly delayMs: number;
      /**
       * The error of the last attempt (`ended` for a stream that ended in order), or the reason why no attempt is made
       * now: `offline` or `hidden`.
       */
      readonly error: FeedError;
      /** The attempt that ended: 1 for the first since the feed was last healthy. */
      readonly attempt: number;
    }
  | ({ readonly kind: "gap" } & GapInfo)
  /** A full queue made the feed stop reading. Reported once per stop, with the subscription's name. */
  | { readonly kind: "slow"; readonly subscription: string; readonly pending: number }
  /** A full queue dropped events by its policy: `count` of them since the last report. */
  | { readonly kind: "dropped"; readonly subscription: string; readonly count: number }
  /** An event whose data could not be decoded; the stream continues. */
  | {
      readonly kind: "invalid";
      readonly error: FeedError;
      readonly type: string;
      readonly raw: string;
    }
  /** A callback, a hook or a store of the user threw; nothing else is affected. */
  | { readonly kind: "error"; readonly error: FeedError }
  | ({ readonly kind: "closed" } & CloseInfo);

/** The names of the statuses, for `feed.on()`. */
export type StatusKind = FeedStatus["kind"];

/** The status of one kind. */
export type StatusOf<K extends StatusKind> = Extract<FeedStatus, { readonly kind: K }>;
