import { requireCount } from "../core/check.ts";
import { own } from "../core/own.ts";
import { requireClient, type RedisClient } from "./connection.ts";

/** The retention in Redis: a number of newest events, or a maximum age in milliseconds. */
export type Retention = { readonly events: number } | { readonly ms: number };

/** The options of `redisLog`. */
export interface RedisLogOptions {
  /**
   * `createClient({ url })` of `@redis/client` or `redis`, 5 or 6. Only its address and settings are used, and it need
   * not be connected.
   */
  readonly client: RedisClient;
  /** The prefix of all keys: processes with the same prefix share a log. Default: `steadfeed`. */
  readonly prefix?: string | undefined;
  /** The approximate number of events kept in Redis, of all streams together. Default: 100 000. */
  readonly maxEvents?: number | undefined;
  /**
   * Keep events for this long instead, in milliseconds, however many there are. Older ones are not read, even if Redis
   * still has them.
   */
  readonly maxAgeMs?: number | undefined;
  /** The number of events kept in this process, from which readers resume without a request to Redis. Default: 4096. */
  readonly ringEvents?: number | undefined;
  /** Their size limit in bytes. Default: 8 MiB. */
  readonly ringBytes?: number | undefined;
  /** The number of events that may wait while Redis is away. Default: 0, publishing rejects at once. */
  readonly queueEvents?: number | undefined;
  /** Redis counts as away after so many milliseconds without a reply. Default: 3000. */
  readonly timeoutMs?: number | undefined;
  /** The sessions of a process count as gone after so many milliseconds without a heartbeat. Default: 15 000. */
  readonly absentMs?: number | undefined;
}

export interface ResolvedRedis {
  readonly client: RedisClient;
  readonly keys: Keys;
  readonly retention: Retention;
  readonly ringEvents: number;
  readonly ringBytes: number;
  readonly queueEvents: number;
  readonly timeoutMs: number;
  readonly absentMs: number;
}

/** The names of the keys, all in one slot of a cluster. */
export interface Keys {
  readonly log: string;
  readonly cleared: string;
  /** Holds the id of the log's first entry. */
  readonly born: string;
  readonly nodes: string;
  node(node: string): string;
  once(key: string): string;
  run(id: string): string;
}

const optionNames = [
  "client",
  "prefix",
  "maxEvents",
  "maxAgeMs",
  "ringEvents",
  "ringBytes",
  "queueEvents",
  "timeoutMs",
  "absentMs",
] as const;

/** Fills in the defaults. Throws `TypeError` that names the option and the fix. */
export function resolveRedis(options: RedisLogOptions): ResolvedRedis {
  const given = own("redisLog", options, optionNames);
  const { client, prefix = "steadfeed", maxEvents, maxAgeMs } = given;
  const { ringEvents = 4096, ringBytes = 8 << 20, queueEvents = 0 } = given;
  const { timeoutMs = 3000, absentMs = 15_000 } = given;
  requireClient(client);
  if (typeof prefix !== "string" || prefix === "" || /[{}\p{Cs}]/u.test(prefix)) {
    throw new TypeError("prefix must be a string without braces or lone surrogates.");
  }
  if (maxEvents !== undefined && maxAgeMs !== undefined) {
    throw new TypeError("maxEvents and maxAgeMs exclude each other: give one.");
  }
  return {
    client,
    keys: keysOf(prefix),
    retention:
      maxAgeMs === undefined
        ? { events: requireCount("maxEvents", maxEvents ?? 100_000, 1) }
        : { ms: requireCount("maxAgeMs", maxAgeMs, 1) },
    ringEvents: requireCount("ringEvents", ringEvents, 1),
    ringBytes: requireCount("ringBytes", ringBytes, 1),
    queueEvents: requireCount("queueEvents", queueEvents, 0),
    timeoutMs: requireCount("timeoutMs", timeoutMs, 1, 600_000),
    absentMs: requireCount("absentMs", absentMs, 100, 3_600_000),
  };
}

export function keysOf(prefix: string): Keys {
  const base = `{${prefix}}`;
  return {
    log: `${base}:log`,
    cleared: `${base}:cleared`,
    born: `${base}:born`,
    nodes: `${base}:nodes`,
    node: (node) => `${base}:node:${node}`,
    once: (key) => `${base}:once:${key}`,
    run: (id) => `${base}:run:${id}`,
  };
}
