import { describe, expect, onTestFinished, test } from "vitest";
import { MemorySink, read } from "../server/support.ts";
import { relay } from "../support/relay.ts";
import { redisServer, startRedis, type Redis, type RedisOptions } from "../support/redis.ts";
import { freshPrefix, open, settledWith } from "./support.ts";

/** A Redis that a test may harm. */
async function own(options?: RedisOptions): Promise<Redis> {
  const redis = await startRedis(options);
  onTestFinished(() => redis.remove());
  return redis;
}

describe.skipIf(!redisServer)("data that Redis has lost", () => {
  test("killed without a file: live and returning readers get a gap, and continue", async () => {
    const redis = await own();
    const { broker, log } = await open(redis);
    const live = await read(broker);
    await broker.publish("s", "1");
    const cursor = log.tail;
    await redis.kill();
    await redis.start();
    await expect.poll(() => live.got).toEqual(["1", "[reset]"]);
    await broker.publish("s", "2");
    await expect.poll(() => live.got).toEqual(["1", "[reset]", "2"]);
    const back = await read(broker, "s", { lastEventId: cursor });
    await expect.poll(() => back.got).toEqual(["[reset]", "2"]);
  });

  test("killed with a file: readers notice nothing", async () => {
    const redis = await own({ aof: true });
    const { broker, log } = await open(redis);
    const live = await read(broker);
    await broker.publish("s", "1");
    const cursor = log.tail;
    await redis.kill();
    await redis.start();
    await expect.poll(() => broker.state).toBe("up");
    await broker.publish("s", "2");
    await expect.poll(() => live.got).toEqual(["1", "2"]);
    const back = await read(broker, "s", { lastEventId: cursor });
    await expect.poll(() => back.got).toEqual(["2"]);
  });

  test("events kept while a reader's node was cut off, and then lost, are a gap for it", async () => {
    const redis = await own();
    const prefix = freshPrefix();
    const line = await relay(redis.port);
    const far = await open(line, { prefix });
    const near = await open(redis, { prefix });
    const live = await read(far.broker);
    await near.broker.publish("s", "1");
    await expect.poll(() => live.got).toEqual(["1"]);
    line.refuse(true);
    line.reset();
    for (const text of ["2", "3"]) await near.broker.publish("s", text);
    await redis.kill();
    await redis.start();
    await expect.poll(() => near.broker.state).toBe("up");
    await near.broker.publish("s", "4");
    line.refuse(false);
    await expect.poll(() => live.got).toEqual(["1", "[reset]", "4"]);
  });

  test.each([
    ["everything is flushed", "[reset]", (redis: Redis) => redis.call("FLUSHALL")],
    ["the log is deleted", "[reset]", (redis: Redis, key: string) => redis.call("DEL", key)],
    [
      "the log is emptied",
      "[trimmed]",
      (redis: Redis, key: string) => redis.call("XTRIM", key, "MAXLEN", "0"),
    ],
    [
      "the log is renamed",
      "[reset]",
      (redis: Redis, key: string) => redis.call("RENAME", key, `${key}:old`),
    ],
  ])("%s: the gap is sent without waiting for an event", async (_, gap, harm) => {
    const redis = await own();
    const { broker, log, key } = await open(redis);
    const live = await read(broker);
    await broker.publish("s", "1");
    const cursor = log.tail;
    await harm(redis, key);
    await expect.poll(() => live.got).toEqual(["1", gap]);
    await broker.publish("s", "2");
    await expect.poll(() => live.got).toEqual(["1", gap, "2"]);
    const back = await read(broker, "s", { lastEventId: cursor });
    await expect.poll(() => back.got).toEqual([gap, "2"]);
  });

  test("the log restarts in the past: readers get a gap, and the new events", async () => {
    const redis = await own();
    const { broker, key } = await open(redis);
    const live = await read(broker);
    await broker.publish("s", "1");
    // As by a clock that was set back.
    await redis.call("DEL", key);
    await redis.call("XADD", key, "1000-0", "to", "stream:s", "data", "old times");
    await expect.poll(() => live.got).toEqual(["1", "[reset]"]);
    await redis.call("XADD", key, "1001-0", "to", "stream:s", "data", "2");
    await expect.poll(() => live.got).toEqual(["1", "[reset]", "2"]);
  });

  test("lost, and then trimmed: a cursor of lost data gets a reset, also on a process that starts later", async () => {
    const redis = await own();
    const prefix = freshPrefix();
    const { broker, log, key } = await open(redis, { prefix });
    const cursor = log.tail;
    await redis.call("FLUSHALL");
    await expect.poll(() => log.tail).not.toBe(cursor);
    const between = await broker.publish("s", "1");
    for (const text of ["2", "3"]) await broker.publish("s", text);
    await redis.call("XTRIM", key, "MAXLEN", "1");
    const later = await open(redis, { prefix });
    const lost = await read(later.broker, "s", { lastEventId: cursor });
    const old = await read(later.broker, "s", { lastEventId: between.id });
    await expect
      .poll(() => [lost.got, old.got])
      .toEqual([
        ["[reset]", "3"],
        ["[trimmed]", "3"],
      ]);
  });

  test("another kind of value replaces the log: degraded, until it is removed", async () => {
    const redis = await own();
    const { broker, key } = await open(redis);
    const live = await read(broker);
    await broker.publish("s", "1");
    await redis.call("SET", key, "oh");
    await expect.poll(() => broker.state).toBe("degraded");
    await expect(broker.publish("s", "no")).rejects.toMatchObject({ code: "unavailable" });
    expect(live.over).toBeUndefined();
    await redis.call("DEL", key);
    await expect.poll(() => broker.state).toBe("up");
    await broker.publish("s", "2");
    await expect.poll(() => live.got).toEqual(["1", "[reset]", "2"]);
  });

  test("evicted: a gap", async () => {
    const redis = await own();
    const { broker, key } = await open(redis);
    const live = await read(broker);
    await broker.publish("s", "1");
    await redis.call("CONFIG", "SET", "maxmemory-policy", "allkeys-random");
    await redis.call("CONFIG", "SET", "maxmemory", "1");
    await redis.call("SET", "x", "y").catch(() => undefined);
    expect(await redis.call("EXISTS", key)).toBe(0);
    await redis.call("CONFIG", "SET", "maxmemory", "0");
    await expect.poll(() => live.got).toEqual(["1", "[reset]"]);
  });

  test("trimming overtakes a stalled reader: its gap says how far it fell behind", async () => {
    const redis = await own();
    const { broker, key } = await open(redis, { ringEvents: 4 });
    const sink = new MemorySink();
    sink.room = 1;
    await read(broker, "s", { sink });
    for (let i = 0; i < 20; i++) await broker.publish("s", String(i));
    await redis.call("XTRIM", key, "MAXLEN", "3");
    sink.room = Number.POSITIVE_INFINITY;
    sink.drain();
    await expect.poll(() => sink.got.at(-1)).toBe("19");
    const at = sink.got.indexOf("[trimmed]");
    expect(sink.got.slice(at)).toEqual(["[trimmed]", "17", "18", "19"]);
    expect(sink.got.slice(0, at)).toEqual(sink.got.slice(0, at).map((_, i) => String(i)));
  });

  test("trimming overtakes a reader between two pages: no page follows another without proof", async () => {
    const redis = await own();
    const prefix = freshPrefix();
    const { broker, log, key } = await open(redis, { prefix });
    const start = log.tail;
    await Promise.all(Array.from({ length: 50 }, (_, i) => broker.publish("s", String(i))));
    const { log: behind } = await open(redis, { prefix, ringEvents: 1 });
    const options = { to: ["stream:s"], limit: 10 } as const;
    const first = await behind.read(start, options);
    expect(first).toMatchObject({ contiguous: true, more: true });
    await redis.call("XTRIM", key, "MAXLEN", "30");
    const second = await behind.read(first.at, options);
    expect(second).toMatchObject({ contiguous: false, reason: "trimmed", more: true });
    expect(second.events.map(({ data }) => data)[0]).toBe("20");
    expect((await behind.read(second.at, options)).contiguous).toBe(true);
  });

  test("a lagging replica is promoted: readers ahead of it get a gap, and do not go back", async () => {
    const master = await own();
    const replica = await own({ args: ["--replicaof", "127.0.0.1", String(master.port)] });
    const line = await relay(master.port);
    const { broker, log, key } = await open(line);
    const live = await read(broker);
    const one = await broker.publish("s", "1");
    await expect
      .poll(async () =>
        (await replica.call<string>("INFO", "replication")).includes("master_link_status:up"),
      )
      .toBe(true);
    await expect.poll(() => replica.call("XLEN", key)).toBe(2);
    // From here on it gets nothing more.
    await replica.call("REPLICAOF", "NO", "ONE");
    await broker.publish("s", "2 is lost");
    await expect.poll(() => live.got).toEqual(["1", "2 is lost"]);
    const ahead = log.tail;
    await master.kill();
    line.to(replica.port);
    await expect
      .poll(() => settledWith(broker.publish("s", "3", { idempotencyKey: "3" })))
      .toBe("kept");
    await expect.poll(() => live.got).toEqual(["1", "2 is lost", "[reset]", "3"]);
    const back = await read(broker, "s", { lastEventId: ahead });
    await expect.poll(() => back.got.at(-1)).toBe("3");
    expect(back.got[0]).toMatch(/^\[/);
    expect(back.got).not.toContain("1");
    const old = await read(broker, "s", { lastEventId: one.id });
    await expect.poll(() => old.got).toEqual(["3"]);
  });

  test("a cursor ahead of this node's own reader resumes there, without a gap", async () => {
    const redis = await own();
    const prefix = freshPrefix();
    const line = await relay(redis.port);
    const slow = await open(line, { prefix, timeoutMs: 5000 });
    const quick = await open(redis, { prefix });
    await quick.broker.publish("s", "1");
    await expect.poll(() => slow.log.tail).toBe(quick.log.tail);
    line.stall("XREAD");
    const two = await quick.broker.publish("s", "2");
    await quick.broker.publish("s", "3");
    expect(slow.log.tail).not.toBe(quick.log.tail);
    const sink = await read(slow.broker, "s", { lastEventId: two.id });
    await expect.poll(() => sink.got).toEqual(["3"]);
    line.flow();
    await quick.broker.publish("s", "4");
    await expect.poll(() => sink.got).toEqual(["3", "4"]);
  });

  test("foreign entries in the log are harmless: no id, type or field breaks the wire", async () => {
    const redis = await own();
    const { broker, key, errors } = await open(redis);
    const live = await read(broker);
    await redis.call("XADD", key, "*", "what", "ever");
    await redis.call("XADD", key, "*", "to", "stream:s", "data", "x", "type", "a\nid: 1");
    await redis.call("XADD", key, "*", "to", "nowhere", "data", "x");
    await redis.call("XADD", key, "*", "to", "stream:s", "data", "x", "retry", "soon");
    await redis.call("XADD", key, "*", "kind", "later", "data", "of a later version");
    await redis.call("XADD", key, "*", "kind", "note", "data", "{");
    await redis.call("XADD", key, "*", "to", "stream:s", "data", "fine\nreally");
    await expect.poll(() => live.got).toEqual(["fine\nreally"]);
    expect(errors).toHaveLength(5);
  });

  test("readers of a quiet stream stay in the ring, however busy others are", async () => {
    const redis = await own();
    const { broker, key } = await open(redis, { ringEvents: 16 });
    const quiet = await read(broker, "quiet");
    for (let i = 0; i < 200; i++) await broker.publish("busy", String(i));
    await redis.call("XTRIM", key, "MAXLEN", "20");
    await broker.publish("quiet", "1");
    await expect.poll(() => quiet.got).toEqual(["1"]);
  });

  test("cleared events are not read by a process that starts later", async () => {
    const redis = await own();
    const prefix = freshPrefix();
    const one = await open(redis, { prefix });
    const start = one.log.tail;
    await one.broker.publish("s", "secret");
    await one.broker.stream("s").clear();
    await one.broker.publish("s", "open");
    const two = await open(redis, { prefix });
    const sink = await read(two.broker, "s", { lastEventId: start });
    await expect.poll(() => sink.got).toEqual(["[trimmed]", "open"]);
  });

  test("a stream that is removed ends on every node", async () => {
    const redis = await own();
    const prefix = freshPrefix();
    const one = await open(redis, { prefix });
    const two = await open(redis, { prefix });
    const sink = await read(two.broker, "s");
    await one.broker.stream("s").remove();
    await expect.poll(() => sink.over).toBe("end");
  });
});
