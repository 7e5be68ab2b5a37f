import { own } from "./own.ts";

/** The type of the event that says "events between your cursor and the oldest kept one are gone". */
export const GAP_TYPE = "steadfeed.gap";

/** What an event tells its readers. A string stands for an event with that data. */
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
const sessionNames = [...eventNames, "id"] as unknown as readonly (keyof ServerEvent)[];

/** Throws `TypeError` for data that has no text, and for a type that is reserved. */
export function fieldsOf(
  event: ServerEvent | string,
  names: readonly (keyof ServerEvent)[] = eventNames,
): EventFields {
  if (typeof event === "string") return { type: undefined, data: event, retryMs: undefined };
  const { type, data, retryMs } = own("An event", event, names);
  if (type !== undefined && typeof type !== "string") {
    throw new TypeError(`type must be a string, not ${String(type)}.`);
  }
  if (typeof type === "string" && type.startsWith("steadfeed.")) {
    throw new TypeError(
      `type must not begin with "steadfeed.", which is reserved: ${JSON.stringify(type)}.`,
    );
  }
  return { type, data: textOf(data), retryMs };
}

/** As {@link fieldsOf}, with an id of its own. */
export function sessionFields(
  event: SessionEvent | string,
): EventFields & { readonly id: string | undefined } {
  if (typeof event === "string") return { ...fieldsOf(event), id: undefined };
  const id = Object.hasOwn(event, "id") ? event.id : undefined;
  return { ...fieldsOf(event, sessionNames), id };
}

export function textOf(data: unknown): string {
  if (typeof data === "string") return data;
  if (isBytes(data)) return base64(data);
  const json: string | undefined = JSON.stringify(data, asJson);
  if (json !== undefined) return json;
  throw new TypeError(
    `data must be a string, bytes or a JSON value, not ${typeof data}: use "" for none.`,
  );
}

const isBytes = (value: unknown): value is ArrayBuffer | ArrayBufferView =>
  value instanceof ArrayBuffer || ArrayBuffer.isView(value);

/** Kinds that JSON would write as `{}`, or without what matters, even where they have properties of their own. */
const lossy =
  /^\[object (?:Map|Set|Error|DOMException|Promise|Blob|File|URLSearchParams|FormData)\]$/;

/** What JSON would lose is a `TypeError`, at any depth; bytes are base64 there too. `this` has the value before `toJSON`. */
function asJson(this: unknown, key: string, value: unknown): unknown {
  const given = (this as Record<string, unknown>)[key];
  if (isBytes(given)) return base64(given);
  if (typeof value !== "object" || value === null || !isLost(value)) return value;
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  throw new TypeError(
    `data must be JSON: ${kind === "Object" ? "an object without properties of its own" : kind} at ${key || "the top"} would be published as {}. Make it a plain object, an array or text.`,
  );
}

function isLost(value: object): boolean {
  const kind = Object.prototype.toString.call(value);
  if (value instanceof Error || lossy.test(kind)) return true;
  if (Array.isArray(value) || /^\[object (?:Number|String|Boolean|BigInt)\]$/.test(kind))
    return false;
  for (const key in value) if (Object.hasOwn(value, key)) return false;
  const proto: unknown = Object.getPrototypeOf(value);
  // A plain object, of another realm too.
  return proto !== null && Object.getPrototypeOf(proto) !== null;
}

function base64(data: ArrayBuffer | ArrayBufferView): string {
  const bytes = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
  let binary = "";
  // In pieces: a call takes only so many arguments.
  for (let start = 0; start < bytes.length; start += 8192) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(binary);
}
