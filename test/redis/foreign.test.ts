import { describe, expect, onTestFinished, test } from "vitest";
import { read } from "../server/support.ts";
import { redisServer, startRedis, type Redis } from "../support/redis.ts";
import { freshPrefix, open } from "./support.ts";

async function own(): Promise<Redis> {
  const redis = await startRedis();
  onTestFinished(() => redis.remove());
  return redis;
}

const largest = "18446744073709551615";

describe.skipIf(!redisServer)("foreign entries in the log", () => {
  test.each([
    ["16 digits of time", "9999999999999999-0"],
    ["19 digits of number", "9000000000000-9223372036854775807"],
    ["20 digits of time", "18446744073709551614-1"],
    ["the last number of its millisecond", `9000000000000-${largest}`],
  ])("%s: skipped once, reported once, and delivery continues", async (_, id) => {
    const redis = await own();
    const { broker, key, errors } = await open(redis);
    const live = await read(broker);
    await broker.publish("s", "1");
    await redis.call("XADD", key, id, "what", "ever");
    await broker.publish("s", "2");
    const three = await broker.publish("s", "3");
    await expect.poll(() => live.got).toEqual(["1", "2", "3"]);
    const back = await read(broker, "s", { lastEventId: three.id });
    await broker.publish("s", "4");
    await expect.poll(() => [live.got, back.got]).toEqual([["1", "2", "3", "4"], ["4"]]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(live.got).toHaveLength(4);
    expect(errors).toHaveLength(1);
  });

  test("read repeatedly by returning readers, it is still reported once", async () => {
    const redis = await own();
    const { broker, log, key, errors } = await open(redis, { ringEvents: 1 });
    const start = log.tail;
    await redis.call("XADD", key, "*", "what", "ever");
    for (const text of ["1", "2", "3"]) await broker.publish("s", text);
    for (let i = 0; i < 5; i++) {
      const sink = await read(broker, "s", { lastEventId: start });
      await expect.poll(() => sink.got).toEqual(["1", "2", "3"]);
    }
    expect(errors).toHaveLength(1);
  });

  test("the highest possible id: publishing reports that no further ids exist", async () => {
    const redis = await own();
    const { broker, key } = await open(redis);
    const live = await read(broker);
    await redis.call("XADD", key, `${largest}-${largest}`, "to", "stream:s", "data", "last");
    await expect.poll(() => live.got).toEqual(["last"]);
    await expect(broker.publish("s", "no")).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("no ids left") as string,
    });
    expect(live.got).toEqual(["last"]);
  });

  test("an id that Redis cannot have assigned is unknown", async () => {
    const redis = await own();
    const { broker } = await open(redis);
    await broker.publish("s", "1");
    const sink = await read(broker, "s", { lastEventId: "18446744073709551616-0" });
    await expect.poll(() => sink.got).toEqual(["[unknown]", "1"]);
  });

  test("a lone surrogate is not a name: two of them would be equal in Redis", async () => {
    const redis = await own();
    const { broker } = await open(redis);
    const half = "a\ud800";
    await expect(broker.publish(half, "1")).rejects.toThrow(TypeError);
    await expect(broker.send(half, "1")).rejects.toThrow(TypeError);
    expect(() => broker.subscribe(half)).toThrow(TypeError);
    await expect(broker.publish("s", "1", { idempotencyKey: half })).rejects.toThrow(TypeError);
    await expect(open(redis, { prefix: freshPrefix() + half })).rejects.toThrow(/prefix/);
  });
});
