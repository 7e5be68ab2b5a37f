import { Broker, type Log, type LogState } from "@steadfeed/server";
import { redisLog, type RedisLogOptions } from "@steadfeed/server/redis";
import { createClient } from "@redis/client";
import { onTestFinished } from "vitest";
import { type Redis } from "../support/redis.ts";

export interface Opened {
  readonly broker: Broker;
  readonly log: Log;
  /** What its state became, in order. */
  readonly states: LogState[];
  readonly errors: unknown[];
  readonly key: string;
}

let count = 0;
export const freshPrefix = (): string => `t${process.pid}-${count++}`;

/** A broker on a Redis, until the test ends. */
export async function open(
  redis: Pick<Redis, "url">,
  options: Partial<RedisLogOptions> = {},
): Promise<Opened> {
  const { prefix = freshPrefix(), client = createClient({ url: redis.url }) } = options;
  const log = await redisLog({ ...options, client, prefix });
  const states: LogState[] = [];
  const errors: unknown[] = [];
  const broker = new Broker({
    log,
    onState: (state) => void states.push(state),
    onError: (error) => void errors.push(error),
  });
  onTestFinished(() => broker.close({ graceMs: 0 }));
  return { broker, log, states, errors, key: `{${prefix}}:log` };
}

export const settledWith = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "kept",
    (error: unknown) => (error as { code?: string }).code ?? error,
  );
