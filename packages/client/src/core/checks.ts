import { checkBody } from "./checks-body.ts";
import { checkAccept, checkAuthorization, checkToken, isToken } from "./checks-headers.ts";
import type { AllOptions } from "./options.ts";
import type { StatusKind } from "./status.ts";

export { checkBody } from "./checks-body.ts";
export { checkToken, headersOf } from "./checks-headers.ts";
export { checkNames } from "./checks-names.ts";
export { warnOf } from "./checks-node.ts";
export { checkOnStatus, checkResumption } from "./checks-resumption.ts";
export { checkShared, checkShown } from "./checks-shown.ts";

/** Throws `TypeError` for a value that can't work, and says what can. */
export function checkOptions(given: AllOptions): void {
  checkRequest(given);
  checkRetry(given);
  const { lastEventId, store, decode, events, maxEventBytes, lingerMs } = given;
  must(
    typeof lastEventId === "string",
    "lastEventId must be a string: give a store as the store option.",
  );
  must(
    store === undefined || (typeof store?.get === "function" && typeof store.set === "function"),
    "store must be an object with the functions get() and set().",
  );
  if (decode !== undefined) oneOf("decode", decode, ["text", "json", "base64"]);
  must(events === undefined || isObject(events), "events must be an object: a decoder by type.");
  for (const [type, decoder] of Object.entries<unknown>(events ?? {})) {
    must(
      typeof decoder === "function" || isObject(decoder),
      `events.${type} must be a schema or a function of the text, not ${String(decoder)}.`,
    );
  }
  must(
    Number.isSafeInteger(maxEventBytes) && Number(maxEventBytes) >= 1,
    `maxEventBytes must be an integer ≥ 1, not ${String(maxEventBytes)}.`,
  );
  checkNumber("lingerMs", lingerMs);
  for (const name of ["dedupe", "dispatchEmpty", "ref"] as const) checkFlag(name, given[name]);
  for (const name of ["until", "validate", "fetch", "resume"] as const) {
    const value = given[name];
    must(value === undefined || typeof value === "function", `${name} must be a function.`);
  }
}

function checkRequest({ method = "", body, fetch, node, ...given }: AllOptions): void {
  must(
    !fetch || !node,
    "fetch and node exclude each other: give TLS and proxy settings to the fetch, or leave it out.",
  );
  must(node === undefined || isObject(node), "node must be an object.");
  oneOf("redirect", given.redirect, ["follow", "error"]);
  if (given.credentials !== undefined) {
    oneOf("credentials", given.credentials, ["omit", "same-origin", "include"]);
  }
  must(!/^(CONNECT|TRACE|TRACK)$/i.test(method), `method ${method} is not allowed, as in fetch.`);
  must(isToken.test(method), `method must be an HTTP method, not ${JSON.stringify(method)}.`);
  must(
    body === undefined || !/^(GET|HEAD)$/i.test(method),
    `body needs a method that has one, such as 'POST', not ${method}.`,
  );
  if (typeof body !== "function") checkBody(body);
  const { headers, token, signal } = given;
  if (typeof token !== "function") checkToken(token);
  if (typeof headers !== "function") {
    checkAccept(headers);
    checkAuthorization(headers, token);
  }
  must(
    signal === undefined || typeof signal?.addEventListener === "function",
    "signal must be an AbortSignal.",
  );
}

function checkRetry({ retry, timeouts, hidden, resume }: AllOptions): void {
  must(
    isObject(retry) || typeof retry === "function" || retry === "spec" || retry === false,
    "retry must be an object, a function, 'spec' or false.",
  );
  must(isObject(timeouts), "timeouts must be an object.");
  must(
    !resume || retry !== false,
    "resume needs a retry other than false: a broken answer is asked for again.",
  );
  oneOf("hidden", hidden, ["keep", "pause"]);
  must(
    hidden === "keep" || retry !== false,
    "hidden: 'pause' needs a retry other than false: what is paused is asked for again.",
  );
}

/** Throws `TypeError` for a value of `retry` or `timeouts` that can't work. */
export function checkLimits(...groups: readonly object[]): void {
  for (const [name, value] of groups.flatMap((limits) => Object.entries(limits))) {
    if (name === "jitter") oneOf(name, value, ["equal", "full", "none"]);
    else if (name === "repeat") checkFlag(name, value);
    else checkNumber(name, value);
  }
}

function must(holds: boolean, message: string): asserts holds {
  if (!holds) throw new TypeError(message);
}

function oneOf(name: string, value: unknown, known: readonly string[]): void {
  const names = known.map((each) => `'${each}'`);
  const all = `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
  must(known.includes(value as string), `${name} must be ${all}, not ${String(value)}.`);
}

function checkFlag(name: string, value: unknown): void {
  must(typeof value === "boolean", `${name} must be true or false, not ${String(value)}.`);
}

function isObject<T>(value: T): value is T & object {
  return typeof value === "object" && value !== null;
}

const timers: readonly string[] = ["connectMs", "headersMs", "idleMs"];
const mayBeFalse: ReadonlySet<string> = new Set(["maxAttempts", "maxElapsedMs", ...timers]);
const atLeastOne: ReadonlySet<string> = new Set(["factor", ...timers]);

function checkNumber(name: string, value: unknown): void {
  if (value === false && mayBeFalse.has(name)) return;
  const least = atLeastOne.has(name) ? 1 : 0;
  const off = mayBeFalse.has(name) ? ", or false to turn it off" : "";
  const fits = typeof value === "number" && value >= least && Number.isFinite(value);
  must(fits, `${name} must be a number ≥ ${least}${off}, not ${String(value)}.`);
}

const policies: readonly string[] = ["pause", "drop-oldest", "drop-newest", "latest", "error"];

/** Throws `TypeError` for a capacity that is no count, and for an unknown policy. */
export function checkQueue(capacity: number, overflow: string): void {
  must(
    Number.isSafeInteger(capacity) && capacity >= 1,
    `capacity must be an integer ≥ 1, not ${String(capacity)}.`,
  );
  must(
    policies.includes(overflow),
    `overflow must be one of ${policies.join(", ")}, not ${overflow}.`,
  );
}

/** Throws `TypeError` for what can't be delivered to, and for a queue beside that of a channel. `consumer`: what was found to be one. */
export function checkConsumer(
  consumer: unknown,
  second: object | undefined,
  third: object | undefined,
): void {
  must(
    consumer !== undefined || !second || !(third || "send" in second),
    "The second argument of subscribe must be a callback, a Channel of this package, or options.",
  );
  const hasQueue = ["capacity", "overflow"].some((name) => third?.[name as never] !== undefined);
  must(
    typeof consumer !== "object" || !hasQueue,
    "capacity and overflow belong to the channel: give them to new Channel().",
  );
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

/** Throws `TypeError` for a kind of status that is not known, and for what is no function. */
export function checkListener(kind: string, call: unknown): void {
  const known = Object.keys(kinds).join(", ");
  must(Object.hasOwn(kinds, kind), `on() knows ${known}, not ${JSON.stringify(kind)}.`);
  must(typeof call === "function", `on(${JSON.stringify(kind)}) needs a function.`);
}

/** Throws `TypeError` for what names no type. */
export function checkTypes(types: readonly string[]): void {
  must(
    types.length > 0 && types.every((type) => typeof type === "string" && type !== ""),
    "subscribe needs an event type, a list of types, or '*' for all.",
  );
}

/** Throws `TypeError` for an event type that the contract of a stream does not have. */
export function checkEventTypes(stream: string, events: object = {}, types: unknown): void {
  const strange = [types]
    .flat()
    .find((type) => type !== "*" && !Object.hasOwn(events, String(type)));
  const all = Object.keys(events).join(", ");
  must(
    strange === undefined,
    `The stream ${stream} has no event type ${String(strange)} in the contract: it has ${all}.`,
  );
}
