import { idAt } from "../log/run-log.ts";
import { entryOf, type Address, type Draft, type Entry } from "../log/log.ts";

/** One entry of the Redis stream. An entry for no reader is still a position. */
export interface Slot {
  readonly id: string;
  /** Left out for messages between processes, and for entries that cannot be written to readers. */
  readonly entry?: Entry;
  /** A message between processes. */
  readonly note?: string;
  /** The earlier events of this address are forgotten. */
  readonly clear?: Address;
}

/** An entry of a Redis stream as Redis replies it: its id, and an alternating list of fields and values. */
export type RawEntry = readonly [id: string, fields: readonly string[] | null];

/** An event's fields. */
export function fieldsOf(draft: Draft): string[] {
  const { to, type, data, retryMs, minVersion, expiresAt } = draft;
  const fields = ["to", to, "data", data];
  if (type !== undefined) fields.push("type", type);
  if (retryMs !== undefined) fields.push("retry", String(retryMs));
  if (minVersion !== Number.NEGATIVE_INFINITY) fields.push("min", String(minVersion));
  if (expiresAt !== undefined) fields.push("until", String(expiresAt));
  return fields;
}

/** A placeholder entry that gives the stream a position. */
export const firstFields: readonly string[] = ["kind", "first"];

export const noteFields = (note: string): string[] => ["kind", "note", "data", note];

/** Called with a foreign entry, each time that it is read. */
export type Refused = (id: string, cause: unknown) => void;

/**
 * Parses an entry. Others can write to the stream: an entry that would break the wire, or that is not an event, is not
 * delivered, and `refused` is called.
 */
export function slotOf([id, fields]: RawEntry, refused: Refused): Slot {
  const values = new Map<string, string>();
  const texts = fields ?? [];
  for (let i = 0; i + 1 < texts.length; i += 2) values.set(texts[i]!, texts[i + 1]!);
  const kind = values.get("kind");
  const to = values.get("to");
  if (kind === "note") return { id, note: values.get("data") ?? "" };
  if (kind === "clear" && isAddress(to)) return { id, clear: to };
  if (kind !== undefined) return { id };
  try {
    const event = draftOf(to, values);
    return { id, entry: entryOf(event, idAt(event.to, id), id) };
  } catch (cause) {
    refused(id, cause);
    return { id };
  }
}

function draftOf(to: string | undefined, values: ReadonlyMap<string, string>): Draft {
  const data = values.get("data");
  if (!isAddress(to) || data === undefined) throw new TypeError("An event has `to` and `data`.");
  return {
    to,
    data,
    id: undefined,
    type: values.get("type"),
    retryMs: numberOf(values.get("retry")),
    minVersion: numberOf(values.get("min")) ?? Number.NEGATIVE_INFINITY,
    expiresAt: numberOf(values.get("until")),
    // Its size was checked when it was published.
    limitBytes: Number.POSITIVE_INFINITY,
  };
}

const isAddress = (to: string | undefined): to is Address =>
  to !== undefined && (to === "all" || /^(stream|run|client):./s.test(to));

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isNaN(number)) throw new TypeError(`Not a number: ${text.slice(0, 80)}`);
  return number;
}
