import { describe, isOptions } from "./check.ts";
import { nearest } from "./nearest.ts";

/**
 * The own properties of a user's object, so that a changed `Object.prototype` adds none. Throws `TypeError` for a value
 * that is not an object, and for an unknown name.
 */
export function own<T extends object>(
  what: string,
  given: T,
  names: readonly (keyof T & string)[],
): Partial<T> {
  if (!isOptions(given)) throw new TypeError(`${what} must be an object, not ${describe(given)}.`);
  const read = new Bare() as Partial<T>;
  for (const name of Object.keys(given) as (keyof T & string)[]) {
    const value = given[name];
    if (value === undefined) continue;
    if (!names.includes(name)) throw new TypeError(unknown(what, name, names));
    read[name] = value;
  }
  return read;
}

/** Inherits nothing, as `Object.create(null)` does, which engines make a slower hash table of. */
const Bare = /* @__PURE__ */ bare();

function bare(): new () => object {
  // A class cannot be without a prototype.
  const Options = function () {} as unknown as new () => object;
  Options.prototype = Object.create(null) as object;
  return Options;
}

const unknown = (what: string, name: string, names: readonly string[]): string =>
  `${what} has no ${name}: ${hint(what, name, names)} It has ${names.join(", ")}.`;

/** The object that has an option of this name, or else the most similar name. */
function hint(what: string, name: string, names: readonly string[]): string {
  // The result of a hook, and an event, have no options: one of their own names is meant.
  const owner = isAnswer(what)
    ? undefined
    : Object.entries(owners).find(([, all]) => all.includes(name));
  return owner ? `it belongs to ${owner[0]}.` : `did you mean ${nearest(name, names)}?`;
}

const isAnswer = (what: string): boolean => /^(admi|renderError|An event)/.test(what);

/** The options that belong to a single object. */
const owners: Readonly<Record<string, readonly string[]>> = {
  Broker: [
    "log",
    "onConnect",
    "onDisconnect",
    "onError",
    "onState",
    "logger",
    "hookMs",
    "heartbeatMs",
    "retryMs",
    "slow",
    "streams",
    "duplicateClient",
    "limits",
  ],
  "nodeHandler and webHandler": [
    "admit",
    "cors",
    "cursorParams",
    "methods",
    "profile",
    "renderError",
  ],
  runHandler: ["start", "afterEnd", "path"],
  "memoryLog or redisLog": ["maxEvents", "maxBytes"],
  publish: ["idempotencyKey", "minVersion"],
};
