import type { Expected, ExpectedEvent } from "./row.ts";

/** What reading a stream reports, in the shape the parser's options have. */
export interface Sink {
  onEvent(event: ExpectedEvent): void;
  onRetry(ms: number): void;
  onComment(text: string): void;
}

/** Everything that came out of one stream. */
export interface Outcome extends Required<Expected> {
  /** One letter for each report, in order: `e`vent, `r`etry, `c`omment. */
  readonly order: string;
  readonly errors: readonly string[];
}

/** Writes down what a parser reports, for {@link difference}. */
export class Recorder implements Sink {
  readonly events: ExpectedEvent[] = [];
  readonly retries: number[] = [];
  readonly comments: string[] = [];
  readonly errors: string[] = [];
  order = "";

  readonly onEvent = (event: ExpectedEvent): void => {
    this.events.push(event);
    this.order += "e";
  };
  readonly onRetry = (ms: number): void => {
    this.retries.push(ms);
    this.order += "r";
  };
  readonly onComment = (text: string): void => {
    this.comments.push(text);
    this.order += "c";
  };
  readonly onError = (error: unknown): void => {
    this.errors.push(String(error));
  };

  outcome(lastEventId: string): Outcome {
    const { events, retries, comments, errors, order } = this;
    return { events, retries, comments, errors, order, lastEventId };
  }
}

/** The first thing in which an outcome is not the expected one, in words; nothing if they are the same. */
export function difference(
  actual: Outcome,
  expected: Expected & { readonly order?: string },
): string | undefined {
  const { events, retries = [], comments = [], lastEventId, order } = expected;
  return (
    (actual.errors.length > 0 ? `errors: ${actual.errors.join("; ")}` : undefined) ??
    differentItem("event", actual.events, events, sameEvent) ??
    differentItem("retry", actual.retries, retries, Object.is) ??
    differentItem("comment", actual.comments, comments, Object.is) ??
    differentItem("lastEventId", [actual.lastEventId], [lastEventId], Object.is) ??
    (order !== undefined && actual.order !== order
      ? `reported in the order ${short(actual.order)}, expected ${short(order)}`
      : undefined)
  );
}

function differentItem<T>(
  what: string,
  actual: readonly T[],
  expected: readonly T[],
  same: (a: T, b: T) => boolean,
): string | undefined {
  const length = Math.max(actual.length, expected.length);
  for (let index = 0; index < length; index++) {
    if (index >= actual.length) return `${what} ${index} missing: ${short(expected[index])}`;
    if (index >= expected.length) return `${what} ${index} too many: ${short(actual[index])}`;
    if (same(actual[index] as T, expected[index] as T)) continue;
    return `${what} ${index} is ${short(actual[index])}, expected ${short(expected[index])}`;
  }
  return undefined;
}

const sameEvent = (a: ExpectedEvent, b: ExpectedEvent): boolean =>
  a.type === b.type &&
  a.data === b.data &&
  a.lastEventId === b.lastEventId &&
  a.id === b.id &&
  "id" in a === "id" in b;

function short(value: unknown): string {
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length <= 200 ? text : `${text.slice(0, 160)}… (${text.length} characters)`;
}
