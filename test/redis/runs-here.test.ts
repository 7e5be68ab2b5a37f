// Runs whose producer is in this process, on a real Redis that comes and goes.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { redisServer, startRedis, type Redis } from "../support/redis.ts";
import { freshPrefix, open, settledWith } from "./support.ts";

describe.skipIf(!redisServer)("a run on Redis", () => {
  let redis: Redis;
  beforeAll(async () => void (redis = await startRedis({ aof: true })));
  afterAll(() => redis.remove());

  const opened = async (prefix: string = freshPrefix()) => (await open(redis, { prefix })).broker;

  async function textOf(events: AsyncIterable<{ data: string }>): Promise<string> {
    let text = "";
    for await (const { data } of events) text += data;
    return text;
  }

  test("events published while Redis is away wait for it, and arrive once and in order", async () => {
    const broker = await opened();
    const run = await broker.run("away", { leaseMs: 20_000 });
    await run.publish("1");
    await redis.kill();
    const published = ["2", "3", "4"].map((data) => run.publish(data));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await redis.start();
    await Promise.all(published);
    await run.end();
    expect(await textOf(broker.runs.read("away"))).toBe("1234");
  });

  test("unawaited events are bounded: the log accepts at most 10 000 at once", async () => {
    const broker = await opened();
    const run = await broker.run("many");
    const published = Array.from({ length: 10_001 }, () => settledWith(run.publish("x")));
    expect(await published.at(-1)).toBe("unavailable");
    expect(await published[0]).not.toBe("unavailable");
    await Promise.all(published);
    await run.end();
    expect(await textOf(broker.runs.read("many"))).toHaveLength(10_000);
  });

  test("a source that is faster than Redis waits for it", async () => {
    const broker = await opened();
    const run = await broker.run("fast");
    await run.from(
      (async function* () {
        for (let n = 0; n < 2000; n++) yield "x";
      })(),
    );
    expect(await textOf(broker.runs.read("fast"))).toHaveLength(2000);
  });

  test("a second caller that joins sees the producer's end, although its process had no reader", async () => {
    const prefix = freshPrefix();
    const [here, there] = await Promise.all([opened(prefix), opened(prefix)]);
    const run = await here.run("shared", { leaseMs: 3000 });
    const joined = await there.run("shared", { exclusive: false });
    expect(joined.owner).toBe(false);
    const read = settledWith(textOf(there.runs.read("shared")));
    await run.publish("a");
    // Longer than the interval at which a process looks whether producers are alive.
    await new Promise((resolve) => setTimeout(resolve, 2300));
    await run.fail("no model");
    expect(await read).toBe("run-failed");
    expect(await joined.closed).toMatchObject({ reason: "failed" });
    await new Promise((resolve) => setTimeout(resolve, 2300));
  });

  test("a broker that closes while Redis is away gives up its runs, and a reader gets the failure", async () => {
    const broker = await opened();
    const run = await broker.run("left");
    await run.publish("a");
    const read = settledWith(textOf(broker.runs.read("left")));
    await redis.kill();
    const closing = broker.close({ graceMs: 100 });
    expect(await run.closed).toMatchObject({ reason: "lost" });
    await closing;
    // Which of them depends on whether Redis was being asked.
    expect(["closed", "unavailable", "uncertain"]).toContain(await read);
    await redis.start();
  });
});
