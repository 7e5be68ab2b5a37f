import { checkLimits, checkOptions } from "#checks";
import type { AllOptions, FeedOptions, ResolvedOptions } from "./options.ts";
import type { ResolvedRetry } from "./retry-options.ts";
import { knownOptions } from "./own.ts";

const retry: ResolvedRetry = Object.freeze({
  initialDelayMs: 1000,
  maxDelayMs: 30_000,
  factor: 2,
  jitter: "equal",
  maxAttempts: false,
  maxElapsedMs: false,
  stableAfterMs: 5000,
  maxServerRetryMs: 300_000,
  maxRetryAfterMs: 3_600_000,
  repeat: false,
});

/** The standard's rules: one delay, which the server may set, and no growth. */
const spec: ResolvedRetry = Object.freeze({
  ...retry,
  initialDelayMs: 3000,
  maxDelayMs: 0,
  factor: 1,
  jitter: "none",
  maxServerRetryMs: 2 ** 31 - 1,
});

/** Every option by name; `undefined` if it has no default. */
export const defaults: Omit<AllOptions, "retry" | "timeouts"> &
  Pick<ResolvedOptions, "retry" | "timeouts"> = Object.freeze({
  events: undefined,
  decode: undefined,
  method: "GET",
  headers: undefined,
  token: undefined,
  body: undefined,
  credentials: undefined,
  lastEventId: "",
  store: undefined,
  signal: undefined,
  fetch: undefined,
  node: undefined,
  redirect: "follow",
  validate: undefined,
  retry,
  timeouts: Object.freeze({ connectMs: 10_000, headersMs: false, idleMs: false }),
  resume: undefined,
  until: undefined,
  maxEventBytes: 2 ** 24,
  lingerMs: 0,
  dedupe: false,
  dispatchEmpty: false,
  hidden: "keep",
  ref: true,
});

/** The options of a feed that was given none. All such feeds share this object. */
const unset: ResolvedOptions = Object.freeze({
  ...(defaults as Omit<ResolvedOptions, "mode" | "decide">),
  mode: "steady",
  decide: undefined,
});

/** Reads the options of a feed. Throws `TypeError` for an invalid one; the message names the option and the fix. */
export function resolve(options: FeedOptions<Record<string, unknown>>): ResolvedOptions {
  const given = knownOptions<AllOptions>("Feed", options, defaults);
  if (given === defaults) return unset;
  checkOptions(given);
  const asked = given.retry;
  const limits = knownOptions("retry", typeof asked === "object" ? asked : {}, retry);
  const timeouts = knownOptions("timeouts", given.timeouts!, defaults.timeouts);
  checkLimits(limits, timeouts);
  const method = given.method!.toUpperCase();
  return {
    ...given,
    method,
    timeouts,
    retry: asked === "spec" ? spec : limits,
    mode: modeOf(asked, limits.repeat || /^(GET|HEAD)$/.test(method)),
    decide: typeof asked === "function" ? asked : undefined,
  } as ResolvedOptions;
}

function modeOf(asked: AllOptions["retry"], repeats: boolean): ResolvedOptions["mode"] {
  if (asked === false) return "never";
  if (!repeats) return "once";
  return asked === "spec" ? "spec" : "steady";
}
