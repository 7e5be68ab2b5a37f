/** A place in a Redis stream: behind an entry, or (written `~<id>`) just before one. */
export interface Position {
  readonly id: string;
  readonly before: boolean;
}

/** Longer than any id that Redis gives, for measuring what has none yet. */
export const longestId = "999999999999999-999999999999999";

/** What a text names, if it may be one of ours. It is a reader's claim: only an entry with this id proves it. */
export function positionOf(text: string): Position | undefined {
  const [, before, id] = /^(~?)((?:0|[1-9]\d{0,14})-(?:0|[1-9]\d{0,14}))$/.exec(text) ?? [];
  return id === undefined ? undefined : { id, before: before === "~" };
}

export const justBefore = (id: string): string => `~${id}`;

/** Which of two ids, or places before or behind them, is older; they must be of one life of the stream. */
export function compare(one: string, other: string): number {
  const [ms, seq] = numbers(one);
  const [otherMs, otherSeq] = numbers(other);
  return ms - otherMs || seq - otherSeq;
}

function numbers(text: string): [ms: number, seq: number] {
  const dash = text.indexOf("-");
  return [Number(text.slice(text.startsWith("~") ? 1 : 0, dash)), Number(text.slice(dash + 1))];
}
