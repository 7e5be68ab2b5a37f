import { isOptions, must, shown } from "./must.ts";
import type { StatusKind } from "./status.ts";

const policies: readonly string[] = ["pause", "drop-oldest", "drop-newest", "latest", "error"];

/** Throws `TypeError` for a capacity that is not a positive integer, and for an unknown policy. */
export function checkQueue({ capacity, overflow }: QueueOptions): void {
  must(
    Number.isSafeInteger(capacity) && capacity >= 1,
    `capacity must be an integer ≥ 1, not ${shown(capacity)}.`,
  );
  must(
    policies.includes(overflow),
    `overflow must be one of ${policies.join(", ")}, not ${shown(overflow)}.`,
  );
}

/**
 * Throws `TypeError` for a consumer that events can't be delivered to, and for queue options next to a channel, which
 * has its own. `consumer`: the second argument, if it is a callback or a channel.
 */
export function checkConsumer(consumer: unknown, second: unknown, third: object | undefined): void {
  const isGiven = consumer !== undefined || second === undefined;
  must(
    isGiven || (isOptions(second) && !third && !("send" in second)),
    "The second argument of subscribe must be a callback, a Channel of this package, or options.",
  );
  const hasQueue = ["capacity", "overflow"].some((name) => third?.[name as never] !== undefined);
  must(
    typeof consumer !== "object" || !hasQueue,
    "capacity and overflow belong to the channel: give them to new Channel().",
  );
}

/** Throws `TypeError` for the result of a schema that is no object. */
export function checkResult(result: unknown): void {
  must(
    typeof result === "object" && result !== null,
    `its schema returned ${typeof result}, which is not a result`,
  );
}

interface QueueOptions {
  readonly capacity: number;
  readonly overflow: string;
}

interface ConsumerOptions {
  readonly signal?: unknown;
  readonly filter?: unknown;
  readonly name?: unknown;
  readonly timeoutMs?: unknown;
}

/** Throws `TypeError` for invalid options of a consumer. */
export function checkConsuming({ signal, filter, name, timeoutMs }: ConsumerOptions): void {
  must(isSignal(signal), "signal must be an AbortSignal.");
  must(filter === undefined || typeof filter === "function", "filter must be a function.");
  must(name === undefined || typeof name === "string", "name must be a text.");
  must(
    timeoutMs === undefined || (Number.isFinite(timeoutMs) && (timeoutMs as number) >= 0),
    `timeoutMs must be a number ≥ 0, not ${shown(timeoutMs)}.`,
  );
}

export function isSignal(signal: unknown): boolean {
  if (signal === undefined) return true;
  const { addEventListener, removeEventListener } = Object(signal) as Partial<AbortSignal>;
  return typeof addEventListener === "function" && typeof removeEventListener === "function";
}

const kinds: Readonly<Record<StatusKind | "comment" | "*", true>> = {
  idle: true,
  connecting: true,
  still: true,
  open: true,
  waiting: true,
  paused: true,
  closed: true,
  gap: true,
  slow: true,
  dropped: true,
  invalid: true,
  error: true,
  comment: true,
  "*": true,
};

/** Throws `TypeError` for an unknown kind of status, and for a listener that is not a function. */
export function checkListener(kind: string, call: unknown): void {
  const known = Object.keys(kinds).join(", ");
  must(
    typeof kind === "string" && Object.hasOwn(kinds, kind),
    `on() knows ${known}, not ${shown(kind)}.`,
  );
  must(typeof call === "function", `on(${JSON.stringify(kind)}) needs a function.`);
}

/** Throws `TypeError` for an empty list of types, and for anything that is not the name of a type. */
export function checkTypes(types: readonly string[]): void {
  must(
    types.length > 0 && types.every((type) => typeof type === "string" && type !== ""),
    "subscribe needs an event type, a list of types, or '*' for all.",
  );
}

/** Throws `TypeError` for an event type that is not in the stream's contract. */
export function checkEventTypes(stream: string, events: object = {}, types: unknown): void {
  const strange = [types]
    .flat()
    .find((type) => type !== "*" && !Object.hasOwn(events, String(type)));
  const all = Object.keys(events).join(", ");
  must(
    strange === undefined,
    `The stream ${stream} has no event type ${shown(strange)} in the contract: it has ${all}.`,
  );
}
