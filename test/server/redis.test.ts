import { ServerError } from "@steadfeed/server";
import { redisLog } from "@steadfeed/server/redis";
import { createClient } from "@redis/client";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ownPort } from "../support/port.ts";
import { redisServer, startRedis, type Redis } from "../support/redis.ts";
import { append, data, logContract, readAll } from "./logs.ts";

test.each([
  [{ client: undefined }, /client/],
  [{ prefix: "a{b}" }, /prefix/],
  [{ maxEvents: 1, maxAgeMs: 1 }, /exclude each other/],
  [{ maxEvents: 0 }, /maxEvents/],
  [{ queueEvents: -1 }, /queueEvents/],
])("an invalid option is named: %o", async (options, named) => {
  const client = createClient();
  await expect(redisLog({ client, ...options } as never)).rejects.toThrow(named);
});

test("a server that cannot reach its Redis rejects at startup", async () => {
  const client = createClient({ url: `redis://127.0.0.1:${await ownPort()}` });
  const error: unknown = await redisLog({ client, timeoutMs: 1500 }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ServerError);
  expect(error).toMatchObject({ code: "unavailable", cause: { code: "ECONNREFUSED" } });
});

describe.skipIf(!redisServer)("with a Redis", () => {
  let redis: Redis;
  let count = 0;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis.remove());

  for (const ringEvents of [4096, 1]) {
    logContract(`redisLog with a ring of ${ringEvents}`, {
      make: async (options) => {
        const prefix = `p${count++}`;
        const log = await redisLog({
          client: redis.client(),
          prefix,
          ringEvents: Math.min(options?.keep ?? ringEvents, ringEvents),
        });
        onTestFinished(() => log.close?.());
        return {
          log,
          trim: async (keep) =>
            void (await redis.call("XTRIM", `{${prefix}}:log`, "MAXLEN", String(keep))),
        };
      },
    });
  }

  test("a publisher's own id is refused, with the reason", async () => {
    const log = await redisLog({ client: redis.client(), prefix: `p${count++}` });
    onTestFinished(() => log.close?.());
    await expect(append(log, "x", { id: "own" })).rejects.toThrow(TypeError);
  });

  test("a process that starts later continues where the others are", async () => {
    const prefix = `p${count++}`;
    const one = await redisLog({ client: redis.client(), prefix });
    onTestFinished(() => one.close?.());
    const start = one.tail;
    for (let i = 0; i < 5; i++) await append(one, `${i}`);
    const two = await redisLog({ client: redis.client(), prefix });
    onTestFinished(() => two.close?.());
    expect(two.tail).toBe(one.tail);
    expect(data(await readAll(two, start))).toEqual(["0", "1", "2", "3", "4"]);
  });
});
