import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { read } from "../server/support.ts";
import { relay } from "../support/relay.ts";
import { redisServer, startRedis, type Redis } from "../support/redis.ts";
import { open, settledWith } from "./support.ts";

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!redisServer)("a connection that is closed from outside", () => {
  let redis: Redis;
  beforeAll(async () => void (redis = await startRedis({ args: ["--timeout", "1"] })));
  afterAll(() => redis.remove());

  test("Redis closes idle connections: ours never are", async () => {
    const { broker, states } = await open(redis);
    for (let i = 0; i < 12; i++) {
      await sleep(500);
      expect(broker.state).toBe("up");
    }
    expect(await settledWith(broker.publish("s", "1"))).toBe("kept");
    expect(states).toEqual([]);
  });

  test("closed anyway: it is reopened at once, and publishing waits for it", async () => {
    const { broker, states, errors } = await open(redis);
    const sink = await read(broker);
    const sent: string[] = [];
    for (let round = 0; round < 3; round++) {
      await sleep(1200);
      await redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      // What is on the way when a connection ends is uncertain, and told so.
      await sleep(5);
      for (let i = 0; i < 5; i++) {
        const text = `${round}.${i}`;
        sent.push(text);
        expect(await settledWith(broker.publish("s", text))).toBe("kept");
      }
    }
    await expect.poll(() => sink.got).toEqual(sent);
    expect([states, errors]).toEqual([[], []]);
  });

  test("a connection that a cloud drops silently is noticed although nothing is published", async () => {
    const line = await relay(redis.port);
    const { broker } = await open(line, { timeoutMs: 500 });
    line.stall();
    await expect.poll(() => broker.state, { timeout: 4000 }).toBe("degraded");
    line.flow();
    await expect.poll(() => broker.state).toBe("up");
  });
});
