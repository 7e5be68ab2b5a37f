import { Broker } from "@steadfeed/server";
import { redisLog, type RedisLogOptions } from "@steadfeed/server/redis";
import * as six from "@redis/client";
import { Cluster, Redis as IORedis } from "ioredis";
import * as four from "redis-4";
import * as five from "redis-5";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { read } from "../server/support.ts";
import { redisServer, startRedis, type Redis } from "../support/redis.ts";
import { freshPrefix } from "./support.ts";

const sentinel = { name: "main", sentinelRootNodes: [{ host: "127.0.0.1", port: 1 }] };
const cluster = { rootNodes: [{ url: "redis://127.0.0.1:1" }] };

describe.skipIf(!redisServer)("the Redis client given to redisLog", () => {
  let redis: Redis;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis.remove());

  const connections = async (): Promise<number> =>
    (await redis.call<string>("CLIENT", "LIST")).trim().split("\n").length;

  test.each<[string, RegExp, (url: string) => unknown]>([
    ["none", /undefined/, () => undefined],
    ["a URL", /string/, (url) => url],
    ["options", /createClient/, (url) => ({ url })],
    [
      "one that is not awaited",
      /await/,
      (url) => {
        const client = six.createClient({ url });
        return client.connect().finally(() => client.destroy());
      },
    ],
    ["redis 4", /redis 4/, (url) => four.createClient({ url })],
    ["redis 4, legacy", /redis 4/, (url) => four.createClient({ url, legacyMode: true })],
    ["redis 4, cluster", /createCluster/, () => four.createCluster(cluster)],
    ["ioredis", /ioredis/, (url) => new IORedis(url, { lazyConnect: true })],
    [
      "ioredis, cluster",
      /ioredis/,
      () => new Cluster([{ host: "127.0.0.1", port: 1 }], { lazyConnect: true }),
    ],
    ["5, cluster", /createCluster/, () => five.createCluster(cluster)],
    ["6, cluster", /createCluster/, () => six.createCluster(cluster)],
    ["5, sentinel", /createSentinel/, () => five.createSentinel(sentinel)],
    ["6, sentinel", /createSentinel/, () => six.createSentinel(sentinel)],
    ["5, pool", /createClientPool/, (url) => five.createClientPool({ url })],
    ["6, pool", /createClientPool/, (url) => six.createClientPool({ url })],
    ["6, legacy", /legacy/, (url) => six.createClient({ url }).legacy()],
    ["a library that gives promises", /duplicate/, () => ({ duplicate: async () => ({}) })],
  ])("%s is refused by name, and no connection stays open", async (_, named, make) => {
    const before = await connections();
    const client = make(redis.url);
    const error: unknown = await redisLog({ client } as RedisLogOptions).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toMatch(/^client\b/);
    expect((error as TypeError).message).toMatch(named);
    await expect.poll(connections).toBe(before);
  });

  test.each([
    ["@redis/client 5", (url: string) => five.createClient({ url })],
    ["@redis/client 5 in RESP 3", (url: string) => five.createClient({ url, RESP: 3 })],
    ["@redis/client 6", (url: string) => six.createClient({ url })],
    ["@redis/client 6 in RESP 2", (url: string) => six.createClient({ url, RESP: 2 })],
  ])("%s: publish, replay, clear, presence, and no connection stays open", async (_, make) => {
    const before = await connections();
    const log = await redisLog({ client: make(redis.url), prefix: freshPrefix(), ringEvents: 1 });
    const broker = new Broker({ log });
    onTestFinished(() => broker.close());
    const start = log.tail;
    const live = await read(broker);
    for (const text of ["1", "2", "3"]) await broker.publish("s", text, { idempotencyKey: text });
    expect(await broker.publish("s", "3", { idempotencyKey: "3" })).toMatchObject({
      duplicate: true,
    });
    const late = await read(broker, "s", { lastEventId: start });
    await expect
      .poll(() => [live.got, late.got])
      .toEqual([
        ["1", "2", "3"],
        ["1", "2", "3"],
      ]);
    await expect.poll(() => broker.presence.count("s")).toBe(2);
    await broker.stream("s").clear();
    const afterwards = await read(broker, "s", { lastEventId: start });
    await expect.poll(() => afterwards.got).toEqual(["[trimmed]"]);
    await broker.close();
    await expect.poll(connections).toBe(before);
  });
});
