import { checkBody } from "./checks-body.ts";
import { isSignal } from "./checks-consumer.ts";
import {
  checkAccept,
  checkAuthorization,
  checkHeaders,
  checkToken,
  isToken,
} from "./checks-headers.ts";
import { isOptions, must, shown } from "./must.ts";
import type { AllOptions } from "./options.ts";

export { checkBody } from "./checks-body.ts";
export { checkClient } from "./checks-client.ts";
export {
  checkConsumer,
  checkConsuming,
  checkEventTypes,
  checkListener,
  checkQueue,
  checkResult,
  checkTypes,
} from "./checks-consumer.ts";
export { checkToken, headersOf } from "./checks-headers.ts";
export { checkNames } from "./checks-names.ts";
export { warnOf } from "./checks-node.ts";
export { checkOnStatus, checkResumption } from "./checks-resumption.ts";
export { checkKey, checkSharing, isMessage } from "./checks-shared.ts";
export { checkSameOptions, checkShown } from "./checks-shown.ts";
export { urlOf } from "./checks-url.ts";

/** Throws `TypeError` for an invalid value. The message names the valid ones. */
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
  must(
    store === undefined || !(Symbol.iterator in store),
    "store must have a get() without a key, and a set(id): of a Map give { get: () => map.get(key), set: (id) => map.set(key, id) }.",
  );
  if (decode !== undefined) oneOf("decode", decode, ["text", "json", "base64"]);
  for (const [type, decoder] of Object.entries<unknown>(events ?? {})) {
    must(
      typeof decoder === "function" || isSchema(decoder),
      `events.${type} must be a schema or a function of the text, not ${shown(decoder)}.`,
    );
  }
  must(events === undefined || isOptions(events), "events must be an object: a decoder by type.");
  must(
    Number.isSafeInteger(maxEventBytes) && Number(maxEventBytes) >= 1,
    `maxEventBytes must be an integer ≥ 1, not ${shown(maxEventBytes)}.`,
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
  must(node === undefined || isOptions(node), "node must be an object.");
  oneOf("redirect", given.redirect, ["follow", "error"]);
  if (given.credentials !== undefined) {
    oneOf("credentials", given.credentials, ["omit", "same-origin", "include"]);
  }
  must(typeof method === "string", `method must be an HTTP method, not ${shown(method)}.`);
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
    checkHeaders(headers);
    checkAccept(headers);
    checkAuthorization(headers, token);
  }
  must(isSignal(signal), "signal must be an AbortSignal.");
}

function checkRetry({ retry, timeouts, hidden, resume }: AllOptions): void {
  must(
    isOptions(retry) || typeof retry === "function" || retry === "spec" || retry === false,
    "retry must be an object, a function, 'spec' or false.",
  );
  must(isOptions(timeouts), "timeouts must be an object.");
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

/** Throws `TypeError` for an invalid value in `retry` or `timeouts`. */
export function checkLimits(...groups: readonly object[]): void {
  for (const [name, value] of groups.flatMap((limits) => Object.entries(limits))) {
    if (name === "jitter") oneOf(name, value, ["equal", "full", "none"]);
    else if (name === "repeat") checkFlag(name, value);
    else checkNumber(name, value);
  }
}

const isSchema = (decoder: unknown): boolean =>
  typeof decoder === "object" && decoder !== null && "~standard" in decoder;

function oneOf(name: string, value: unknown, known: readonly string[]): void {
  const names = known.map((each) => `'${each}'`);
  const all = `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
  must(known.includes(value as string), `${name} must be ${all}, not ${shown(value)}.`);
}

function checkFlag(name: string, value: unknown): void {
  must(typeof value === "boolean", `${name} must be true or false, not ${shown(value)}.`);
}

const timers: readonly string[] = ["connectMs", "headersMs", "idleMs"];
const mayBeFalse: ReadonlySet<string> = new Set(["maxAttempts", "maxElapsedMs", ...timers]);
const atLeastOne: ReadonlySet<string> = new Set(["factor", ...timers]);

function checkNumber(name: string, value: unknown): void {
  if (value === false && mayBeFalse.has(name)) return;
  const least = atLeastOne.has(name) ? 1 : 0;
  const off = mayBeFalse.has(name) ? ", or false to turn it off" : "";
  const fits = typeof value === "number" && value >= least && Number.isFinite(value);
  must(fits, `${name} must be a number ≥ ${least}${off}, not ${shown(value)}.`);
}
