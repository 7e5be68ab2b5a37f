/** The type of the event that says "events between your cursor and the oldest kept one are gone". */
export const GAP_TYPE = "steadfeed.gap";

/** What an event tells its readers. A string stands for an event with that data. */
export interface ServerEvent {
  /** The event type. Left out: `message`. No CR, LF or NUL, and not one of ours (`steadfeed.…`). */
  readonly type?: string | undefined;
  /** A string is sent as it is, a `Uint8Array` as base64, anything else as JSON. */
  readonly data: unknown;
  /** A new reconnection time for the readers, in milliseconds: an integer ≥ 0. */
  readonly retryMs?: number | undefined;
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

/** Throws `TypeError` for data that has no text, and for a type that is reserved. */
export function fieldsOf(event: ServerEvent | string): EventFields {
  if (typeof event === "string") return { type: undefined, data: event, retryMs: undefined };
  const { type, data, retryMs } = event;
  if (typeof type === "string" && type.startsWith("steadfeed.")) {
    throw new TypeError(
      `type must not begin with "steadfeed.", which is reserved: ${JSON.stringify(type)}.`,
    );
  }
  return { type, data: textOf(data), retryMs };
}

export function textOf(data: unknown): string {
  if (typeof data === "string") return data;
  if (data instanceof Uint8Array) return base64(data);
  const json: string | undefined = JSON.stringify(data);
  if (json !== undefined) return json;
  throw new TypeError(
    `data must be a string, bytes or a JSON value, not ${typeof data}: use "" for none.`,
  );
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  // In pieces: a call takes only so many arguments.
  for (let start = 0; start < bytes.length; start += 8192) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(binary);
}
