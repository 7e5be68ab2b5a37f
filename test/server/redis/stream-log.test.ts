import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { open } from "../../redis/support.ts";
import { redisServer, startRedis, type Redis } from "../../support/redis.ts";

describe.skipIf(!redisServer)("a log in a Redis Stream", () => {
  let redis: Redis;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis.remove());

  test("who has all that there is, is answered at once, and without Redis", async () => {
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

  test("a closed log rejects, and lets go of who still reads", async () => {
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
