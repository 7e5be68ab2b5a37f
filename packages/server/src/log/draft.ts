import { fieldsOf, type ServerEvent } from "../core/event.ts";
import type { Address, Draft } from "./log.ts";
import { requireCount } from "../core/options.ts";

export interface PublishOptions {
  /** Your own id for the event: unique among those kept, without control characters and blanks around it. Order is by position, not by id. `memoryLog` only. */
  readonly id?: string | undefined;
  /** Only for sessions of this version or a later one. */
  readonly minVersion?: number | undefined;
  /** After so many milliseconds the event is not worth delivering any more. Default: it stays. */
  readonly ttlMs?: number | undefined;
  /**
   * Publishing again with the same key, within ten minutes, keeps nothing and gives the first event's id:
   * so an attempt that may have succeeded can be made once more. 1 to 256 characters.
   */
  readonly idempotencyKey?: string | undefined;
}

export interface Published {
  /** The event's id, which its readers come back with. */
  readonly id: string;
  /** How many open sessions of this process it is for. Those who come back later are not counted. */
  readonly sessions: number;
  /** Set when an event with the same `idempotencyKey` is kept already. */
  readonly duplicate?: boolean;
}

/** Throws `TypeError` for an event that cannot be written and for an option that makes no sense. */
export function draftOf(
  to: Address,
  event: ServerEvent | string,
  options: PublishOptions,
  limitBytes: number,
): Draft {
  const { id, minVersion = Number.NEGATIVE_INFINITY, ttlMs, idempotencyKey } = options;
  if (typeof minVersion !== "number" || Number.isNaN(minVersion)) {
    throw new TypeError(`minVersion must be a number, not ${String(minVersion)}.`);
  }
  if (idempotencyKey !== undefined && !/^\P{Cs}{1,256}$/su.test(idempotencyKey)) {
    throw new TypeError("idempotencyKey must have 1 to 256 characters, none of them half of one.");
  }
  const expiresAt = ttlMs === undefined ? undefined : Date.now() + requireCount("ttlMs", ttlMs, 1);
  return { ...fieldsOf(event), to, id, minVersion, expiresAt, limitBytes, idempotencyKey };
}
