import type { Contract } from "./contract.ts";
import { own } from "./own.ts";
import { textOf } from "./text.ts";

/** The type of the event that says "events between your cursor and the oldest kept one are gone". */
export const GAP_TYPE = "steadfeed.gap";

/** The type of the block, without data, that ends a run: readers that follow the standard do not dispatch it. */
export const END_TYPE = "steadfeed.end";

/** What an event carries. A string stands for an event with that data. */
export interface ServerEvent {
  /** The event type. Left out: `message`. No CR, LF or NUL, and not one of ours (`steadfeed.…`). */
  readonly type?: string | undefined;
  /** A string is sent as it is, an `ArrayBuffer` or a view of one as base64, anything else as JSON; what JSON would lose is a `TypeError`. */
  readonly data: unknown;
  /** A new reconnection time for the readers, in milliseconds: an integer ≥ 0. */
  readonly retryMs?: number | undefined;
}

/** An event for one session alone, which may carry any id, or none. */
export interface SessionEvent extends ServerEvent {
  /** Becomes the reader's cursor. No CR, LF or NUL. Leave it out on a session of a broker, whose log gives the ids. */
  readonly id?: string | undefined;
}

/** An event as text, checked for what the encoder does not know. */
export interface EventFields {
  readonly type: string | undefined;
  readonly data: string;
  readonly retryMs: number | undefined;
}

/**
 * Why a reader could not simply go on: `trimmed`: too old · `reset`: of a log that is no more ·
 * `unknown`: never ours · `slow`: it fell behind, and `slow.policy` is `skip`
 */
export type GapReason = "trimmed" | "unknown" | "reset" | "slow";

/** What the data of a {@link GAP_TYPE} event says, as JSON. */
export interface Gap {
  readonly reason: GapReason;
  /** The cursor that could not be continued. */
  readonly from: string;
  /** The id of the oldest event from which on nothing is missing; empty when there is none yet. */
  readonly to: string;
}

const eventNames = ["type", "data", "retryMs"] as const;
/** What `publish` takes beside an event, and is looked for in one. */
const publishNames = ["id", "minVersion", "ttlMs", "idempotencyKey"] as const;
const sessionNames = [...eventNames, "id"] as unknown as readonly (keyof ServerEvent)[];

/**
 * An event as text. Throws `TypeError` for data that has no text, and for a type that is reserved; with a contract, also
 * what {@link Contract.textOf} throws.
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
    throw new TypeError(`type must be a string, not ${String(type)}.`);
  }
  if (typeof type === "string" && type.startsWith("steadfeed.")) {
    throw new TypeError(
      `type must not begin with "steadfeed.", which is reserved: ${JSON.stringify(type)}.`,
    );
  }
  const text = contract ? contract.textOf(data, type || "message", streams) : textOf(data);
  return { type, data: text, retryMs };
}

/** As {@link fieldsOf}, with an id of its own. Types that are not in the contract are left to the caller. */
export function sessionFields(
  event: SessionEvent | string,
  contract?: Contract,
  streams?: readonly string[],
): EventFields & { readonly id: string | undefined } {
  if (typeof event === "string") return sessionFields({ data: event }, contract, streams);
  const id = Object.hasOwn(event, "id") ? event.id : undefined;
  const known = contract?.knows(event.type || "message", streams ?? []) ? contract : undefined;
  return { ...fieldsOf(event, known, streams, sessionNames), id };
}
