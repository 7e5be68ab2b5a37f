/** A position in a Redis stream: after an entry, or (written `~<id>`) just before one. */
export interface Position {
  readonly id: string;
  readonly before: boolean;
}

/** Each half of an id is a 64-bit number, which a `number` cannot hold exactly. */
const largest = "18446744073709551615";

/** The longest id of Redis: for measuring an event that has no id yet. */
export const longestId: string = `${largest}-${largest}`;

/** Parses an id, if it may be one of ours. It was sent by a reader: only an entry with this id proves it. */
export function positionOf(text: string): Position | undefined {
  const [, before, id, ms, seq] = /^(~?)((0|[1-9]\d{0,19})-(0|[1-9]\d{0,19}))$/.exec(text) ?? [];
  if (id === undefined || compareNumbers(ms!, largest) > 0 || compareNumbers(seq!, largest) > 0) {
    return undefined;
  }
  return { id, before: before === "~" };
}

export const justBefore = (id: string): string => `~${id}`;

/** Which of two ids, or of the positions before or after them, is older. Both must be of the same log. */
export function compare(one: string, other: string): number {
  const [ms, seq] = halves(one);
  const [otherMs, otherSeq] = halves(other);
  return compareNumbers(ms, otherMs) || compareNumbers(seq, otherSeq);
}

/** The creation time of an entry, in milliseconds since 1970 by the clock of Redis. */
export const timeOf = (id: string): number => Number(halves(id)[0]);

function halves(text: string): [ms: string, seq: string] {
  const dash = text.indexOf("-");
  return [text.slice(text.startsWith("~") ? 1 : 0, dash), text.slice(dash + 1)];
}

/** The longer of two decimals without leading zeros is larger. */
function compareNumbers(one: string, other: string): number {
  if (one.length !== other.length) return one.length - other.length;
  return one < other ? -1 : Number(one > other);
}
