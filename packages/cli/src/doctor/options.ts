import type { ConnectionArguments } from "../core/connection.ts";

/** The options of `diagnose`, which are those of `steadfeed doctor`. */
export interface DiagnoseOptions extends ConnectionArguments {
  /**
   * How long a stream is watched, in milliseconds, from 1 to 2³¹−1. Default: 16 000, since servers send a comment every
   * 15 s at most.
   */
  readonly watchMs?: number;
  /** Watches for 130 s, longer than the other checks need, to meet the limits of proxies. Default: `false`. */
  readonly long?: boolean;
  /** A page's origin that must be able to read it, such as `https://example.com`. */
  readonly origin?: string;
  /** Whether those pages send cookies. Default: `false`. */
  readonly credentials?: boolean;
  /** Ends it: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

type Kind = "flag" | "text" | "lines" | "time" | "origin" | "signal";

const kinds: { readonly [K in keyof Required<DiagnoseOptions>]: Kind } = {
  watchMs: "time",
  long: "flag",
  origin: "origin",
  credentials: "flag",
  signal: "signal",
  header: "lines",
  token: "text",
  post: "text",
  method: "text",
  cacert: "text",
  cert: "text",
  key: "text",
  servername: "text",
  insecure: "flag",
  http1: "flag",
  proxy: "text",
  unixSocket: "text",
};

const longestMs = 2 ** 31 - 1;

/** What a value of each kind is, for the message, and whether a value is one. */
const tests: { readonly [K in Kind]: readonly [string, (value: unknown) => boolean] } = {
  flag: ["true or false", (value) => typeof value === "boolean"],
  text: ["a string", (value) => typeof value === "string"],
  lines: [
    'a list of lines "Name: value"',
    (value) => Array.isArray(value) && value.every((each) => typeof each === "string"),
  ],
  time: [
    `a number from 1 to ${longestMs}`,
    (value) => typeof value === "number" && value >= 1 && value <= longestMs,
  ],
  origin: [
    "an origin such as https://example.com",
    (value) => typeof value === "string" && URL.parse(value)?.origin === value,
  ],
  signal: ["an AbortSignal", (value) => value instanceof AbortSignal],
};

/** Throws `TypeError` for an unknown name or an invalid value. */
export function checkOptions(options: DiagnoseOptions): void {
  const isObject = typeof options === "object" && options !== null && !Array.isArray(options);
  if (!isObject || "then" in options)
    throw new TypeError("The options of diagnose must be an object.");
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(kinds, name)) throw new TypeError(unknown(name));
    const [what, fits] = tests[kinds[name as keyof DiagnoseOptions]];
    if (!fits(value)) throw new TypeError(`${name} must be ${what}, not ${String(value)}.`);
  }
}

function unknown(name: string): string {
  const names = Object.keys(kinds);
  const [start] = /^[a-z]{3,}/i.exec(name.toLowerCase()) ?? [name];
  const near = names.find((each) => {
    const known = each.toLowerCase();
    return known.startsWith(start) || start.startsWith(known);
  });
  const hint = near === undefined ? "" : ` did you mean ${near}?`;
  return `diagnose has no option ${name}:${hint} It has ${names.join(", ")}.`;
}
