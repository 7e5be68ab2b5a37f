import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { read } from "../server/support.ts";
import { redisServer, startRedis, type Redis } from "../support/redis.ts";
import { freshPrefix, open } from "./support.ts";

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!redisServer)("maxAgeMs in a quiet log", () => {
  let redis: Redis;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis.remove());

  test.each([4096, 1])("an older event is not replayed (a ring of %d)", async (ringEvents) => {
    const { broker, log } = await open(redis, { maxAgeMs: 300, ringEvents });
    const start = log.tail;
    const live = await read(broker);
    for (const text of ["1", "2", "3"]) await broker.publish("s", text);
    await expect.poll(() => live.got).toEqual(["1", "2", "3"]);
    await sleep(500);
    const back = await read(broker, "s", { lastEventId: start });
    await expect.poll(() => back.got).toEqual(["[trimmed]"]);
    const first = await read(broker, { streams: "s", from: "earliest" });
    await broker.publish("s", "4");
    await expect.poll(() => [back.got, first.got]).toEqual([["[trimmed]", "4"], ["4"]]);
    // One that had all misses nothing.
    await expect.poll(() => live.got.at(-1)).toBe("4");
    const lastEventId = live.events.at(-1)!.id!;
    await sleep(500);
    const current = await read(broker, "s", { lastEventId });
    await broker.publish("s", "5");
    await expect.poll(() => current.got).toEqual(["5"]);
    expect(live.got).toEqual(["1", "2", "3", "4", "5"]);
  });

  test("a process that starts later, or returns to another stream, reports the gap", async () => {
    const prefix = freshPrefix();
    const one = await open(redis, { prefix, maxAgeMs: 300 });
    const start = one.log.tail;
    await one.broker.publish("s", "old");
    await sleep(500);
    const two = await open(redis, { prefix, maxAgeMs: 300 });
    const late = await read(two.broker, "s", { lastEventId: start });
    await expect.poll(() => late.got).toEqual(["[trimmed]"]);
    const quiet = await read(two.broker, "quiet", { lastEventId: start });
    await two.broker.publish("quiet", "1");
    await expect.poll(() => quiet.got).toEqual(["1"]);
  });
});
