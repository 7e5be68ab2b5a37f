import { describe } from "./check.ts";
import type { Contract } from "./contract.ts";
import { own } from "./own.ts";
import { textOf } from "./text.ts";

/** The type of the event that reports a gap: events between the cursor and the oldest kept one are gone. */
export const GAP_TYPE = "steadfeed.gap";

/** The type of the block, without data, that ends a run: readers that follow the standard do not dispatch it. */
export const END_TYPE = "steadfeed.end";

/** The content of an event. A string stands for an event with that data. */
export interface ServerEvent {
  /** The event type. Left out: `message`. No CR, LF or NUL, and not one of ours (`steadfeed.…`). */
  readonly type?: string | undefined;
  /**
   * A string is sent unchanged, an `ArrayBuffer` or a view of one as base64, any other value as JSON. Data that JSON
   * would lose throws a `TypeError`.
   */
  readonly data: unknown;
  /** A new reconnection time for the readers, in milliseconds: an integer ≥ 0. */
  readonly retryMs?: number | undefined;
}

/** An event for one session only, which may carry any id, or none. */
export interface SessionEvent extends ServerEvent {
  /** Becomes the reader's cursor. No CR, LF or NUL. Leave it out on a session of a broker, whose log gives the ids. */
  readonly id?: string | undefined;
}

/** An event as this process reads it from a stream. */
export interface ReceivedEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

/** An event as text, after the checks that the encoder does not make. */
export interface EventFields {
  readonly type: string | undefined;
  readonly data: string;
  readonly retryMs: number | undefined;
}

/**
 * Why a reader could not resume: `trimmed`: its cursor is too old · `reset`: its log no longer exists · `unknown`: the
 * cursor was never one of ours · `slow`: it fell behind, and `slow.policy` is `skip`
 */
export type GapReason = "trimmed" | "unknown" | "reset" | "slow";

/** The data of a {@link GAP_TYPE} event, as JSON. */
export interface Gap {
  readonly reason: GapReason;
  /** The cursor that could not be continued. */
  readonly from: string;
  /** The id of the first event from which on nothing is missing; empty if there is none yet. */
  readonly to: string;
}

const eventNames = ["type", "data", "retryMs"] as const;
/** Options of `publish`. An event with one of these fields is a mistake. */
const publishNames = ["id", "minVersion", "ttlMs", "idempotencyKey"] as const;
const sessionNames = [...eventNames, "id"] as unknown as readonly (keyof ServerEvent)[];

/**
 * An event as text. Throws `TypeError` for data without a text form and for a reserved type; with a contract, also the
 * errors of {@link Contract.textOf}.
 */
export function fieldsOf(
  event: ServerEvent | string,
  contract?: Contract,
  streams?: readonly string[],
  names: readonly (keyof ServerEvent)[] = eventNames,
): EventFields {
  if (typeof event === "string") return fieldsOf({ data: event }, contract, streams);
  const misplaced = publishNames.find(
    (name) => !names.includes(name as never) && Object.hasOwn(Object(event) as object, name),
  );
  if (misplaced !== undefined) {
    throw new TypeError(
      `An event has no ${misplaced}: give it to publish(stream, event, { ${misplaced} }).`,
    );
  }
  const { type, data, retryMs } = own("An event", event, names);
  if (type !== undefined && typeof type !== "string") {
    throw new TypeError(`type must be a string, not ${describe(type)}.`);
  }
  if (typeof type === "string" && type.startsWith("steadfeed.")) {
    throw new TypeError(
      `type must not begin with "steadfeed.", which is reserved: ${JSON.stringify(type)}.`,
    );
  }
  const text = contract ? contract.textOf(data, type || "message", streams) : textOf(data);
  return { type, data: text, retryMs };
}

/** As {@link fieldsOf}, with an id of its own. Types outside the contract are up to the caller. */
export function sessionFields(
  event: SessionEvent | string,
  contract?: Contract,
  streams?: readonly string[],
): EventFields & { readonly id: string | undefined } {
  if (typeof event === "string") return sessionFields({ data: event }, contract, streams);
  const id = Object.hasOwn(Object(event) as object, "id") ? event.id : undefined;
  const known = contract?.knows(event?.type || "message", streams ?? []) ? contract : undefined;
  return { ...fieldsOf(event, known, streams, sessionNames), id };
}
