import type { ServerSentEvent } from "@steadfeed/parser";
import { FeedError, type FeedErrorCode } from "../core/errors.ts";
import type { CloseReason, FeedStatus, GapInfo, OpenInfo, StatusOf } from "../core/status.ts";
import type { EndFacts } from "../feed/source.ts";

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
      readonly facts: EndFacts;
    };
/** The end of the leader's connection. */
export type LeaderClosed = Extract<LeaderStatus, { readonly kind: "closed" }>;
type Pairs = [string, string][];

/** An item that was received over the connection. */
export type Item =
  | ServerSentEvent
  | { readonly comment: string; readonly id?: undefined }
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

/** From the leader to all tabs: its state. Both ends keep theirs up to date. */
export interface State {
  readonly kind: "state";
  readonly leader: string;
  /** `true` if it has just become the leader. */
  announces: boolean;
  /** The cursor after all the items that it has posted. */
  id: string;
  /** `true` if no item without an id was posted after that cursor. */
  exact: boolean;
  /** The number of its statuses so far. */
  change: number;
  status: LeaderStatus;
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

/** A feed's status in a form that can be cloned; `undefined` for a status that is not about the connection. */
export function packed(status: FeedStatus): LeaderStatus | undefined {
  switch (status.kind) {
    case "connecting":
    case "still":
      return status;
    case "open": {
      const { kind, headers, ...info } = status;
      return { kind, info, headers: [...headers] };
    }
    case "waiting":
      return { ...status, error: factsOf(status.error) };
    case "closed": {
      const { kind, reason, error, lastEventId: _, ...facts } = status;
      return {
        kind,
        reason,
        error: (error as FeedError | undefined) && factsOf(error as FeedError),
        facts,
      };
    }
    default:
      return undefined;
  }
}

/** The leader's status in the form in which a feed reports it. */
export function unpacked(status: Exclude<LeaderStatus, LeaderClosed>): FeedStatus {
  switch (status.kind) {
    case "connecting":
    case "still":
      return status;
    case "open": {
      const { kind, headers, info } = status;
      return { kind, ...info, headers: new Headers(headers) };
    }
    default:
      // It waits.
      return { ...status, error: errorOf(status.error) };
  }
}

export function errorOf({ code, message, headers: pairs, ...facts }: ErrorFacts): FeedError {
  return new FeedError(code, message, { ...facts, headers: pairs && new Headers(pairs) });
}

function factsOf(error: FeedError): ErrorFacts {
  const { code, message, url, status, headers, body, attempt } = error;
  return { code, message, url, status, headers: headers && [...headers], body, attempt };
}
