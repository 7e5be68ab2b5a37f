import { createClient } from "@redis/client";
import type { Broker } from "@steadfeed/server";
import { redisLog } from "@steadfeed/server/redis";
import {
  afterAll,
  beforeAll,
  beforeEach,
  afterEach,
  describe,
  expect,
  onTestFinished,
  test,
} from "vitest";
import { read } from "../server/support.ts";
import { relay } from "../support/relay.ts";
import { redisServer, startRedis, type Redis } from "../support/redis.ts";
import { freshPrefix, open, settledWith } from "./support.ts";

/** Until both lines of a broker's log are known to be gone; of one alone it may not be heard at once. */
async function noticed(broker: Broker): Promise<void> {
  await expect.poll(() => broker.state).toBe("degraded");
  await expect.poll(() => settledWith(broker.presence.count())).toBe("unavailable");
}

describe.skipIf(!redisServer)("Redis is away", () => {
  let redis: Redis;
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  beforeAll(async () => void (redis = await startRedis({ aof: true })));
  afterAll(() => redis.remove());
  beforeEach(() => void process.on("unhandledRejection", note));
  afterEach(() => {
    process.off("unhandledRejection", note);
    if (unhandled.length > 0) throw new Error("unhandled", { cause: unhandled.splice(0) });
  });

  test("killed: publishing rejects at once, sessions stay open, and everything continues when it is back", async () => {
    const { broker, states } = await open(redis);
    const sink = await read(broker);
    await broker.publish("s", "1");
    await redis.kill();
    await noticed(broker);
    const before = performance.now();
    expect(await settledWith(broker.publish("s", "lost"))).toBe("unavailable");
    // Not after timeoutMs.
    expect(performance.now() - before).toBeLessThan(2000);
    expect(broker.tryPublish("s", "lost too")).toBe(false);
    expect(await settledWith(broker.presence.count())).toBe("unavailable");
    expect(sink.over).toBeUndefined();
    // Who comes now can read what this process has.
    const late = await read(broker, "s", { lastEventId: "0-1" });
    await redis.start();
    await expect.poll(() => broker.state).toBe("up");
    await broker.publish("s", "2");
    await expect.poll(() => sink.got).toEqual(["1", "2"]);
    await expect.poll(() => late.got.at(-1)).toBe("2");
    expect(states).toEqual(["degraded", "up"]);
  });

  test("away for long: reconnects are attempted repeatedly, without a busy loop", async () => {
    const line = await relay(redis.port);
    const { broker } = await open(line);
    const sink = await read(broker);
    line.refuse(true);
    line.reset();
    await expect.poll(() => broker.state).toBe("degraded");
    const before = line.connections;
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const attempts = line.connections - before;
    expect(attempts).toBeGreaterThan(0);
    expect(attempts).toBeLessThan(30);
    line.refuse(false);
    await expect.poll(() => broker.state).toBe("up");
    await broker.publish("s", "1");
    await expect.poll(() => sink.got).toEqual(["1"]);
  });

  test("silent: pending calls reject as uncertain, and later calls reject at once", async () => {
    const { broker } = await open(redis, { timeoutMs: 1500 });
    const sink = await read(broker);
    redis.freeze();
    try {
      expect(await settledWith(broker.publish("s", "who knows"))).toBe("uncertain");
      await noticed(broker);
      expect(await settledWith(broker.publish("s", "no"))).toBe("unavailable");
    } finally {
      redis.thaw();
    }
    await expect.poll(() => broker.state).toBe("up");
    await broker.publish("s", "on");
    await expect.poll(() => sink.got.at(-1)).toBe("on");
    expect(sink.got.filter((text) => text === "who knows").length).toBeLessThanOrEqual(1);
  });

  test("a connection that is reset recovers, and missed events are read", async () => {
    const line = await relay(redis.port);
    const prefix = freshPrefix();
    const { broker } = await open(line, { prefix });
    const other = await open(redis, { prefix });
    const sink = await read(broker);
    for (let i = 0; i < 5; i++) {
      line.reset();
      await other.broker.publish("s", String(i));
    }
    await expect.poll(() => sink.got).toEqual(["0", "1", "2", "3", "4"]);
  });

  test("a black-holed connection is noticed, and replaced", async () => {
    const line = await relay(redis.port);
    const prefix = freshPrefix();
    const { broker } = await open(line, { prefix, timeoutMs: 1500 });
    const other = await open(redis, { prefix });
    const sink = await read(broker);
    line.stall();
    await other.broker.publish("s", "1");
    await expect.poll(() => broker.state).toBe("degraded");
    line.flow();
    await expect.poll(() => sink.got).toEqual(["1"]);
    await expect.poll(() => broker.state).toBe("up");
  });

  test("on request, publishing waits for Redis, in order, and up to a limit", async () => {
    const line = await relay(redis.port);
    const { broker } = await open(line, { queueEvents: 3 });
    const sink = await read(broker);
    line.refuse(true);
    line.reset();
    await noticed(broker);
    const waiting = ["1", "2", "3"].map((text) => settledWith(broker.publish("s", text)));
    expect(await settledWith(broker.publish("s", "4"))).toBe("unavailable");
    line.refuse(false);
    expect(await Promise.all(waiting)).toEqual(["kept", "kept", "kept"]);
    await expect.poll(() => sink.got).toEqual(["1", "2", "3"]);
  });

  test("calls still waiting when the broker closes reject with that reason", async () => {
    const line = await relay(redis.port);
    const { broker } = await open(line, { queueEvents: 3 });
    line.refuse(true);
    line.reset();
    await noticed(broker);
    const waiting = settledWith(broker.publish("s", "1"));
    await broker.close();
    expect(await waiting).toBe("closed");
  });

  test("a lost reply leaves no doubt if the call is repeated with the same key", async () => {
    const line = await relay(redis.port);
    const { broker, log } = await open(line);
    const start = log.tail;
    const sink = await read(broker);
    for (const idempotencyKey of [undefined, "k"]) {
      line.loseAnswerTo("pay once");
      expect(await settledWith(broker.publish("s", "pay once", { idempotencyKey }))).toBe(
        "uncertain",
      );
      await expect.poll(() => broker.state).toBe("up");
      const again = await broker.publish("s", "pay once", { idempotencyKey });
      expect(again.duplicate).toBe(idempotencyKey === undefined ? undefined : true);
    }
    expect(log.tail).not.toBe(start);
    // Twice without a key, once with one.
    await expect.poll(() => sink.got).toEqual(["pay once", "pay once", "pay once"]);
  });

  test.each([
    [
      "it has no memory left",
      ["CONFIG", "SET", "maxmemory", "1"],
      ["CONFIG", "SET", "maxmemory", "0"],
      "OOM",
    ],
    [
      "it became a replica",
      ["REPLICAOF", "127.0.0.1", "1"],
      ["REPLICAOF", "NO", "ONE"],
      "READONLY",
    ],
    [
      "too few replicas follow",
      ["CONFIG", "SET", "min-replicas-to-write", "3"],
      ["CONFIG", "SET", "min-replicas-to-write", "0"],
      "NOREPLICAS",
    ],
  ])("%s: nothing was stored, and the reason is reported", async (_, breaks, heals, code) => {
    const { broker } = await open(redis);
    const sink = await read(broker);
    await broker.publish("s", "1");
    await redis.call(...breaks);
    onTestFinished(async () => void (await redis.call(...heals)));
    const publish = (key?: string): Promise<unknown> =>
      broker.publish("s", "no", { idempotencyKey: key });
    for (const key of [undefined, "k"]) {
      await expect(publish(key)).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringContaining(code),
      });
    }
    expect(sink.over).toBeUndefined();
    await redis.call(...heals);
    await expect.poll(() => settledWith(broker.publish("s", "2"))).toBe("kept");
    await expect.poll(() => sink.got.at(-1)).toBe("2");
    expect(sink.got).not.toContain("no");
  });

  test("demoted during a read: the reader continues, also when it is promoted again", async () => {
    const { broker } = await open(redis);
    const sink = await read(broker);
    // It unblocks those who wait, with an error.
    await redis.call("REPLICAOF", "127.0.0.1", "1");
    onTestFinished(async () => void (await redis.call("REPLICAOF", "NO", "ONE")));
    await redis.call("REPLICAOF", "NO", "ONE");
    await expect.poll(() => settledWith(broker.publish("s", "1"))).toBe("kept");
    await expect.poll(() => sink.got).toEqual(["1"]);
    expect(broker.state).toBe("up");
  });

  test("while loading: it counts as away until it has loaded", async () => {
    const { broker, key } = await open(redis);
    const sink = await read(broker);
    await broker.publish("s", "1");
    // So that loading takes its time.
    await redis.call("DEBUG", "POPULATE", "20000", "x", "10");
    await redis.call("CONFIG", "SET", "key-load-delay", "100");
    await redis
      .call("CONFIG", "SET", "loading-process-events-interval-bytes", "1024")
      .catch(() => 0);
    const loading = redis.call("DEBUG", "LOADAOF").catch((error: unknown) => error);
    const codes = new Set<unknown>();
    await expect
      .poll(async () => {
        codes.add(await settledWith(broker.publish("s", "2")));
        return codes;
      })
      .toContain("kept");
    await loading;
    await redis.call("CONFIG", "SET", "key-load-delay", "0");
    for (const code of codes) expect(["kept", "unavailable", "uncertain"]).toContain(code);
    await expect.poll(() => sink.got.at(-1)).toBe("2");
    expect(await redis.call("TYPE", key)).toBe("stream");
  });

  test.each([
    ["no password", "NOAUTH"],
    ["not allowed to", "NOPERM"],
  ])("%s: it is reported at startup", async (what, code) => {
    const own = await startRedis();
    onTestFinished(() => own.remove());
    if (code === "NOAUTH") await own.call("ACL", "SETUSER", "default", ">secret");
    else await own.call("ACL", "SETUSER", "default", "-xlen", "-xrevrange");
    const client = createClient({ url: own.url });
    await expect(redisLog({ client, timeoutMs: 1500 })).rejects.toMatchObject({
      code: "unavailable",
      cause: { message: expect.stringContaining(code) },
    });
    expect(what).not.toBe("");
  });

  test("the right to write is withdrawn, and granted again", async () => {
    const own = await startRedis();
    onTestFinished(() => own.remove());
    const { broker } = await open(own);
    const sink = await read(broker);
    await own.call("ACL", "SETUSER", "default", "-xadd", "-xread");
    await expect(broker.publish("s", "no")).rejects.toMatchObject({ code: "unavailable" });
    await expect.poll(() => broker.state).toBe("degraded");
    expect(sink.over).toBeUndefined();
    await own.call("ACL", "SETUSER", "default", "+xadd", "+xread");
    await expect.poll(() => broker.state).toBe("up");
    await broker.publish("s", "1");
    await expect.poll(() => sink.got).toEqual(["1"]);
  });

  test("a process that closes its broker ends", async () => {
    const { broker } = await open(redis);
    await broker.publish("s", "1");
    await broker.close();
    await expect
      .poll(
        () => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length,
      )
      .toBeLessThanOrEqual(1);
  });
});
