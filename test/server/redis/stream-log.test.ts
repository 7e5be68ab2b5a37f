import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../support/collect.ts";
import type { RedisClient } from "@steadfeed/server/redis";
import { freshPrefix, open } from "../../redis/support.ts";
import { redisServer, startRedis, type Redis } from "../../support/redis.ts";
import { deferred, read } from "../support.ts";

/** A client whose pages of old entries are on their way for as long as `held` is pending. */
function holding(
  client: RedisClient,
  held: () => Promise<void> | undefined,
): { readonly client: RedisClient; readonly answered: () => number } {
  let connections = 0;
  let answered = 0;
  const duplicate: RedisClient["duplicate"] = (overrides) => {
    const connection = client.duplicate(overrides);
    // The first one is only looked at, the third one follows the log.
    if (connections++ !== 1) return connection;
    const send = connection.sendCommand.bind(connection);
    connection.sendCommand = async (args, options) => {
      const reply = await send(args, options);
      if (args[0] === "XRANGE" && held()) {
        answered++;
        await held();
      }
      return reply;
    };
    return connection;
  };
  return { client: { options: client.options, duplicate }, answered: () => answered };
}

describe.skipIf(!redisServer)("a log in a Redis Stream", () => {
  let redis: Redis;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis.remove());

  test("a reader that is up to date is answered at once, without Redis", async () => {
    const { log, broker } = await open(redis);
    const start = log.tail;
    await broker.publish("s", "1");
    const options = { to: ["stream:s"], limit: 9 } as const;
    const page = log.read(start, options);
    expect(page).toMatchObject({ contiguous: true, events: [{ data: "1" }] });
    // One piece of work for all who ask for the same.
    expect(log.read(start, options)).toBe(page);
    expect(log.read(log.tail, options)).toMatchObject({ events: [], more: false });
    for (const after of ["0-0", ""]) {
      const later = log.read(after, options);
      expect(later).toBeInstanceOf(Promise);
      await later;
    }
    await broker.publish("s", "2");
    expect(log.read(start, options)).not.toBe(page);
  });

  test("a reader that shares a page requested before the newest event gets that event too", async () => {
    const prefix = freshPrefix();
    const writing = await open(redis, { prefix });
    const start = writing.log.tail;
    for (const n of ["1", "2", "3"]) await writing.broker.publish("s", n);

    let held: Promise<void> | undefined;
    const { client, answered } = holding(redis.client(), () => held);
    const { log, broker } = await open(redis, { prefix, client, ringEvents: 1 });
    const go = deferred<void>();
    held = go.promise;
    const first = await read(broker, "s", { lastEventId: start });
    await until(() => expect(answered()).toBeGreaterThan(0));
    const { id } = await writing.broker.publish("s", "4");
    await until(() => expect(log.tail).toBe(id));
    const second = await read(broker, "s", { lastEventId: start });
    go.resolve();
    for (const sink of [first, second]) {
      await until(() => expect(sink.got).toEqual(["1", "2", "3", "4"]));
    }
  });

  test("a client factory that makes no connection rejects when the log is opened, and nowhere else", async () => {
    const broken = new Error("No such option: tls");
    const duplicate = (): never => {
      throw broken;
    };
    await expect(open(redis, { client: { duplicate }, timeoutMs: 50 })).rejects.toBe(broken);
  });

  test("a closed log rejects, and releases its readers", async () => {
    const { log, broker } = await open(redis);
    const page = Promise.resolve(log.read("0-0", { to: ["all"], limit: 9 })).then(
      () => "read",
      (error: { code: string }) => error.code,
    );
    await broker.close();
    expect(["read", "closed"]).toContain(await page);
    await expect(async () => log.read("0-0", { to: ["all"], limit: 9 })).rejects.toMatchObject({
      code: "closed",
    });
  });
});
