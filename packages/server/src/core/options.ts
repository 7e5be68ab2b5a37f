import { describe, isTexts, requireCount, requireOneOf } from "./check.ts";
import type { Contract, StreamsContract } from "./contract.ts";
import { own } from "./own.ts";
import { resolveStreams } from "./streams.ts";

/** The policy for a reader that takes nothing for `timeoutMs` × `tolerance`. */
export type SlowPolicy = "resume" | "skip" | "disconnect";

/** The treatment of slow readers. */
export interface SlowOptions {
  /**
   * How long a full socket may make no progress before it counts as one strike, in milliseconds. Progress: it takes a
   * part of what waits for the reader, also in the midst of a large event: 64 KB of it in Node, or as much as the
   * operating system accepts at a time if that is more; the whole event elsewhere. Default: 30 000.
   */
  readonly timeoutMs?: number | undefined;
  /** Strikes in a row until the policy applies. Progress, as above, resets the count. Default: 4. */
  readonly tolerance?: number | undefined;
  /**
   * `disconnect` (default): the response ends with reason `slow`; the reader may reconnect and resume. `resume`: it may
   * stay, and continues where it stopped. `skip`: it may stay, and continues at the newest event, with a gap. All three
   * cost the socket's buffer, and no time of other readers.
   */
  readonly policy?: SlowPolicy | undefined;
}

/** The options of one response. */
export interface SessionOptions {
  /** The interval of heartbeats, in milliseconds. `false`: none. Default: 15 000. */
  readonly heartbeatMs?: number | false | undefined;
  /** The reconnection time sent to every reader, in milliseconds, an integer ≥ 0. Default: `false`, the reader's own. */
  readonly retryMs?: number | false | undefined;
  readonly slow?: SlowOptions | undefined;
}

/** The limits, each with its effect. */
export interface Limits {
  /** Sessions of this broker. Over it: 503 with `Retry-After`. Default: 50 000. */
  readonly sessions?: number | undefined;
  /** Sessions of one client. Over it: 429. Default: 100. */
  readonly sessionsPerClient?: number | undefined;
  /** Streams of one session. Over it: 400. Default: 32. */
  readonly streamsPerSession?: number | undefined;
  /** One event on the wire, in bytes. Over it: `event-too-large`. Default: 1 MiB. */
  readonly eventBytes?: number | undefined;
  /** A reader's `Last-Event-ID`, in characters. A longer one gets a gap. Default: 256. */
  readonly cursorChars?: number | undefined;
}

/** The policy for a client that connects twice. */
export type DuplicateClient = "allow" | "replace" | "reject";

/** The settings of a broker, beside its log and hooks. */
export interface BrokerSettings<
  S extends StreamsContract = StreamsContract,
> extends SessionOptions {
  /**
   * `auto` (default): any name is a stream. A list: only these; other names are refused with 404. A contract: only its
   * streams, with the events that it describes. Their data is JSON.
   */
  readonly streams?: "auto" | Iterable<string> | S | undefined;
  /** Whether published events are checked by the contract. Invalid without one. Default: `true`. */
  readonly check?: boolean | undefined;
  /** A second session of one client: `allow` (default), `replace` the first, or `reject` the second with 409. */
  readonly duplicateClient?: DuplicateClient | undefined;
  readonly limits?: Limits | undefined;
}

/** Which other origins may read, and how. */
export interface CorsOptions {
  /** The origins that may read: `*`, a list, or a test of one origin. */
  readonly origins: "*" | readonly string[] | ((origin: string) => boolean);
  /** Whether cookies may be sent. Invalid with `*`. Default: `false`. */
  readonly credentials?: boolean | undefined;
  /** Request headers of your own that a page may send, besides those of a feed. Default: none. */
  readonly headers?: readonly string[] | undefined;
  /** How long a browser may remember the answer to a preflight, in milliseconds. Default: a day. */
  readonly maxAgeMs?: number | undefined;
}

/** The format of the bytes: `standard`, or `go` for readers that use r3labs/sse or SubChord/go-sse. */
export type ProfileName = "standard" | "go";

/** The options that the handlers of both platforms share. */
export interface HttpSettings {
  /** The origins of other pages that may read. Default: `false`, none. */
  readonly cors?: CorsOptions | false | undefined;
  /** Default: `standard`. */
  readonly profile?: ProfileName | undefined;
  /** Methods that open a stream; HEAD and OPTIONS are always answered. Default: GET. */
  readonly methods?: readonly ("GET" | "POST")[] | undefined;
  /** Query parameters that carry a cursor when the `Last-Event-ID` header is missing. `false`: none. Default: `lastEventId`. */
  readonly cursorParams?: readonly string[] | false | undefined;
}

type Settled<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };
export type ResolvedSlow = Settled<SlowOptions>;
export type ResolvedSession = Settled<Omit<SessionOptions, "slow">> & {
  readonly slow: ResolvedSlow;
};
export type ResolvedBroker = ResolvedSession &
  Settled<Omit<BrokerSettings, keyof SessionOptions | "limits" | "streams" | "check">> & {
    readonly streams: "auto" | Iterable<string>;
    /** The contract of the streams, if there is one. */
    readonly contract: Contract | undefined;
    readonly limits: Settled<Limits>;
  };
export type ResolvedHttp = Settled<Omit<HttpSettings, "cors">> & {
  readonly cors: Settled<CorsOptions> | false;
};

export const sessionNames = ["heartbeatMs", "retryMs", "slow"] as const;
export const brokerNames = [
  "heartbeatMs",
  "retryMs",
  "slow",
  "streams",
  "check",
  "duplicateClient",
  "limits",
] as const;
export const httpNames = ["cors", "profile", "methods", "cursorParams"] as const;

const day = 86_400_000;
const headerName = /^[!#$%&'*+.^`|~\w-]+$/;
/** The longest delay that every timer keeps; a longer one would fire at once. */
export const longestMs: number = 2 ** 31 - 1;

export const defaults: { readonly slow: ResolvedSlow; readonly limits: Settled<Limits> } =
  Object.freeze({
    slow: Object.freeze({ timeoutMs: 30_000, tolerance: 4, policy: "disconnect" as const }),
    limits: Object.freeze({
      sessions: 50_000,
      sessionsPerClient: 100,
      streamsPerSession: 32,
      eventBytes: 1 << 20,
      cursorChars: 256,
    }),
  });

/** Fills in the defaults. Throws `TypeError` that names the option and the fix. */
export function resolveSession(options: SessionOptions): ResolvedSession {
  const { heartbeatMs = 15_000, retryMs = false } = options;
  const { timeoutMs, tolerance, policy } = filled("slow", options.slow, defaults.slow);
  return {
    heartbeatMs: heartbeatMs !== false && requireCount("heartbeatMs", heartbeatMs, 1, longestMs),
    retryMs: retryMs === false ? false : requireCount("retryMs", retryMs, 0),
    slow: {
      timeoutMs: requireCount("slow.timeoutMs", timeoutMs, 1, longestMs),
      tolerance: requireCount("slow.tolerance", tolerance, 1),
      policy: requireOneOf("slow.policy", policy, ["resume", "skip", "disconnect"]),
    },
  };
}

/** Fills in the defaults. Throws `TypeError` that names the option and the fix. */
export function resolveBroker(options: BrokerSettings): ResolvedBroker {
  const { duplicateClient = "allow" } = options;
  const limits = filled("limits", options.limits, defaults.limits);
  for (const [name, value] of Object.entries(limits)) requireCount(`limits.${name}`, value, 1);
  return {
    ...resolveSession(options),
    ...resolveStreams(options),
    duplicateClient: requireOneOf("duplicateClient", duplicateClient, [
      "allow",
      "replace",
      "reject",
    ]),
    limits,
  };
}

/** Fills in the defaults. Throws `TypeError` that names the option and the fix. */
export function resolveHttp(options: HttpSettings): ResolvedHttp {
  const {
    cors = false,
    profile = "standard",
    methods = ["GET"],
    cursorParams = ["lastEventId"],
  } = options;
  if (cursorParams !== false && !isTexts(cursorParams)) {
    throw new TypeError(
      `cursorParams must be a list of names, or false, not ${describe(cursorParams)}.`,
    );
  }
  if (!isTexts(methods)) throw new TypeError(`methods must be a list, not ${describe(methods)}.`);
  if (methods.length === 0) throw new TypeError("methods must have one: GET, or POST.");
  for (const method of methods) requireOneOf("methods", method, ["GET", "POST"]);
  return {
    profile: requireOneOf("profile", profile, ["standard", "go"]),
    methods,
    cursorParams,
    cors: cors !== false && resolveCors(cors),
  };
}

function resolveCors(cors: CorsOptions): Settled<CorsOptions> {
  const given = own("cors", cors, ["origins", "credentials", "headers", "maxAgeMs"]);
  const { origins, credentials = false, headers = [], maxAgeMs = day } = given;
  if (origins !== "*" && !isTexts(origins) && typeof origins !== "function") {
    throw new TypeError(
      `cors.origins must be "*", a list of origins or a function, not ${describe(origins)}.`,
    );
  }
  // Browsers send the bare origin: a path, a slash or a wildcard would never match.
  const wrong =
    isTexts(origins) && origins.find((each) => !/^(null|[^/*\s]+:\/\/[^/*\s]+)$/.test(each));
  if (typeof wrong === "string") {
    throw new TypeError(
      `cors.origins must have origins such as "https://example.com", not ${describe(wrong)}.`,
    );
  }
  if (typeof credentials !== "boolean") {
    throw new TypeError(`cors.credentials must be true or false, not ${describe(credentials)}.`);
  }
  if (origins === "*" && credentials) {
    throw new TypeError(`cors.credentials cannot go with cors.origins "*": list the origins.`);
  }
  if (!Array.isArray(headers) || !headers.every((name) => headerName.test(name))) {
    throw new TypeError(`cors.headers must be a list of header names, not ${describe(headers)}.`);
  }
  return { origins, credentials, headers, maxAgeMs: requireCount("cors.maxAgeMs", maxAgeMs, 0) };
}

/** A group of options with its defaults. An explicit `undefined` means the default. */
function filled<T extends object>(name: string, given: object | undefined, base: T): T {
  const names = Object.keys(base) as (keyof T & string)[];
  return given === undefined ? base : { ...base, ...own(name, given as T, names) };
}
