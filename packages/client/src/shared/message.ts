import type { ServerSentEvent } from "@steadfeed/parser";
import { FeedError, type FeedErrorCode } from "../core/errors.ts";
import type { CloseReason, FeedStatus, GapInfo, OpenInfo, StatusOf } from "../core/status.ts";
import type { Whole } from "../feed/source.ts";

/** An error as it crosses from tab to tab: a clone would keep its message only. */
interface ErrorFacts {
  readonly code: FeedErrorCode;
  readonly message: string;
  readonly url: string | undefined;
  readonly status: number | undefined;
  readonly headers: Pairs | undefined;
  readonly body: string | undefined;
  readonly attempt: number | undefined;
}

/** What became of the leader's connection. */
export type LeaderStatus =
  | StatusOf<"connecting">
  | StatusOf<"still">
  | { readonly kind: "open"; readonly info: Omit<OpenInfo, "headers">; readonly headers: Pairs }
  | {
      readonly kind: "waiting";
      readonly delayMs: number;
      readonly attempt: number;
      readonly error: ErrorFacts;
    }
  | {
      readonly kind: "closed";
      readonly reason: CloseReason;
      readonly error: ErrorFacts | undefined;
      readonly whole: Whole;
    };
/** What is known of how it ended. */
export type LeaderClosed = Extract<LeaderStatus, { readonly kind: "closed" }>;
type Pairs = (readonly [string, string])[];

/** What came through the connection, in order. */
export type Item =
  | ServerSentEvent
  | { readonly comment: string }
  /** `id` is the cursor behind it. */
  | { readonly gap: GapInfo; readonly id: string };

/** What tabs say to each other. */
export type Message =
  /** Anyone to the leader: are you there, and how are things? */
  | { readonly kind: "ask" }
  /** Anyone to the leader: connect anew. */
  | { readonly kind: "reconnect" }
  | State
  | Batch;

/** The leader to all: how things are. */
export interface State {
  readonly kind: "state";
  readonly leader: string;
  /** It has just become the leader. */
  readonly announces: boolean;
  /** The cursor behind all that it has said. */
  readonly id: string;
  /** Nothing without an id of its own was said behind that. */
  readonly exact: boolean;
  /** Counts its statuses. */
  readonly change: number;
  readonly status: LeaderStatus;
}

/** The leader to all: what comes after the cursor `after`, and the cursor after it. */
export interface Batch {
  readonly kind: "batch";
  readonly leader: string;
  readonly after: string;
  readonly id: string;
  readonly items: readonly Item[];
}

/** Changes with the form of a message: tabs of two versions do not listen to each other. */
export const protocol = 2;

/** Whether a tab of this version posted it. Other code of the origin may post anything. */
export function isMessage(data: unknown): data is Message {
  try {
    const message = data as Message;
    if (message.kind === "state")
      return isText(message.leader, message.id) && isStatus(message.status);
    if (message.kind === "batch") {
      const { leader, after, id, items } = message;
      return isText(leader, after, id) && items.every(isItem);
    }
    return message.kind === "ask" || message.kind === "reconnect";
  } catch {
    // It lacks what was read of it.
    return false;
  }
}

const isText = (...values: unknown[]): boolean =>
  values.every((value) => typeof value === "string");

function isStatus(status: LeaderStatus): boolean {
  switch (status.kind) {
    case "connecting":
      return isText(status.lastEventId);
    case "still":
      return isText(status.phase) && typeof status.forMs === "number";
    case "open":
      return isText(status.info.url) && headersOf(status.headers) instanceof Headers;
    case "waiting":
      return typeof status.delayMs === "number" && isText(errorOf(status.error).code);
    case "closed":
      return (
        isText(status.reason) &&
        typeof status.whole === "object" &&
        (!status.error || isText(errorOf(status.error).code))
      );
    default:
      return false;
  }
}

function isItem(item: Item): boolean {
  if ("comment" in item) return isText(item.comment);
  if ("gap" in item) return isText(item.gap.reason, item.gap.lastEventId, item.id);
  return isText(item.type, item.data, item.lastEventId, item.id ?? "");
}

/** A feed's status, made fit to be cloned; `undefined` for one that is not about the connection. */
export function packed(status: FeedStatus): LeaderStatus | undefined {
  switch (status.kind) {
    case "connecting":
    case "still":
      return status;
    case "open": {
      const { headers, url, status: code, attempt, resumedFrom } = status;
      const info = { url, status: code, attempt, resumedFrom };
      return { kind: "open", info, headers: [...headers] };
    }
    case "waiting":
      return { ...status, error: factsOf(status.error) };
    case "closed": {
      const { reason, error, complete, leftover } = status;
      const facts = error instanceof FeedError ? factsOf(error) : undefined;
      const whole = { ...(complete && { complete }), ...(leftover && { leftover }) };
      return { kind: "closed", reason, error: facts, whole };
    }
    default:
      return undefined;
  }
}

export function errorOf({ code, message, headers: pairs, ...facts }: ErrorFacts): FeedError {
  return new FeedError(code, message, { ...facts, headers: pairs && headersOf(pairs) });
}

/** Throws for what are no headers. */
export const headersOf = (pairs: Pairs): Headers => new Headers(pairs as [string, string][]);

function factsOf(error: FeedError): ErrorFacts {
  const { code, message, url, status, headers, body, attempt } = error;
  return { code, message, url, status, headers: headers && [...headers], body, attempt };
}

/** What a leader said of its connection, as its own feed says it. */
export function infoOf({
  info,
  headers,
}: Extract<LeaderStatus, { readonly kind: "open" }>): OpenInfo {
  return { ...info, headers: headersOf(headers) };
}
