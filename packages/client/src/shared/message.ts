import type { ServerSentEvent } from "@steadfeed/parser";
import { FeedError, type FeedErrorCode } from "../core/errors.ts";
import type { CloseReason, FeedStatus, GapInfo, OpenInfo, StatusOf } from "../core/status.ts";
import type { Whole } from "../feed/source.ts";

/** An error as it is sent between tabs: a structured clone would only keep its message. */
interface ErrorFacts {
  readonly code: FeedErrorCode;
  readonly message: string;
  readonly url: string | undefined;
  readonly status: number | undefined;
  readonly headers: Pairs | undefined;
  readonly body: string | undefined;
  readonly attempt: number | undefined;
}

/** The status of the leader's connection. */
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
/** The end of the leader's connection. */
export type LeaderClosed = Extract<LeaderStatus, { readonly kind: "closed" }>;
type Pairs = (readonly [string, string])[];

/** An item that was received over the connection. */
export type Item =
  | ServerSentEvent
  | { readonly comment: string }
  /** `id`: the cursor after the gap. */
  | { readonly gap: GapInfo; readonly id: string };

/** The messages between tabs. */
export type Message =
  /** From any tab to the leader: post your state. */
  | { readonly kind: "ask" }
  /** From any tab to the leader: connect again. */
  | { readonly kind: "reconnect" }
  | State
  | Batch;

/** From the leader to all tabs: its state. */
export interface State {
  readonly kind: "state";
  readonly leader: string;
  /** `true` if it has just become the leader. */
  readonly announces: boolean;
  /** The cursor after all the items that it has posted. */
  readonly id: string;
  /** `true` if no item without an id was posted after that cursor. */
  readonly exact: boolean;
  /** The number of its statuses so far. */
  readonly change: number;
  readonly status: LeaderStatus;
}

/** From the leader to all tabs: the items after the cursor `after`, and the cursor after them. */
export interface Batch {
  readonly kind: "batch";
  readonly leader: string;
  readonly after: string;
  readonly id: string;
  readonly items: readonly Item[];
}

/** The version of the messages. Tabs with different versions ignore each other. */
export const protocol = 2;

/** True if a tab of this version posted it. Other code of the origin may post anything. */
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
    // It lacks a property.
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

/** A feed's status in a form that can be cloned; `undefined` for a status that is not about the connection. */
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

/** Throws for invalid headers. */
export const headersOf = (pairs: Pairs): Headers => new Headers(pairs as [string, string][]);

function factsOf(error: FeedError): ErrorFacts {
  const { code, message, url, status, headers, body, attempt } = error;
  return { code, message, url, status, headers: headers && [...headers], body, attempt };
}

/** The leader's answer in the form in which a feed reports it. */
export function infoOf({
  info,
  headers,
}: Extract<LeaderStatus, { readonly kind: "open" }>): OpenInfo {
  return { ...info, headers: headersOf(headers) };
}
