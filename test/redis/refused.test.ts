import { createClient } from "@redis/client";
import { describe, expect, onTestFinished, test } from "vitest";
import { read } from "../server/support.ts";
import { redisServer, startRedis, type Redis } from "../support/redis.ts";
import { freshPrefix, open, settledWith } from "./support.ts";

async function own(): Promise<Redis> {
  const redis = await startRedis();
  onTestFinished(() => redis.remove());
  return redis;
}

describe.skipIf(!redisServer)("commands that Redis refuses in the background", () => {
  test("a full Redis: unwritten presence is reported once, shows in the state, and recovers", async () => {
    const redis = await own();
    const prefix = freshPrefix();
    const { broker, states, errors } = await open(redis, { prefix, absentMs: 900 });
    const other = await open(redis, { prefix });
    await redis.call("CONFIG", "SET", "maxmemory", "1");
    await read(broker, { streams: "s", client: "bob" });
    await expect.poll(() => broker.state).toBe("degraded");
    await expect.poll(() => errors.length).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(errors.map(String)).toEqual([
      expect.stringContaining("the presence of this process (OOM)"),
    ]);
    expect(states).toEqual(["degraded"]);
    // This process knows its own.
    expect(await broker.presence.has("bob")).toBe(true);
    await redis.call("CONFIG", "SET", "maxmemory", "0");
    await expect.poll(() => broker.state).toBe("up");
    await expect.poll(() => other.broker.presence.has("bob")).toBe(true);
  });

  test("a read-only user: the same", async () => {
    const redis = await own();
    await redis.call("ACL", "SETUSER", "reader", "on", ">pw", "~*", "&*", "+@all", "-@write");
    const prefix = freshPrefix();
    // There must be a log, and somebody who may make one.
    const other = await open(redis, { prefix });
    const client = createClient({ url: redis.url, username: "reader", password: "pw" });
    const { broker, errors } = await open(redis, { prefix, client });
    const sink = await read(broker, { streams: "s", client: "bob" });
    await expect.poll(() => broker.state).toBe("degraded");
    await expect.poll(() => errors.map(String)).toEqual([expect.stringContaining("NOPERM")]);
    await other.broker.publish("s", "1");
    await expect.poll(() => sink.got).toEqual(["1"]);
  });

  test("the commands listed in the docs are sufficient", async () => {
    const redis = await own();
    const { readFileSync } = await import("node:fs");
    const docs = readFileSync(new URL("../../docs/scaling.md", import.meta.url), "utf8");
    const rule = /ACL SETUSER steadfeed ([^\n]*)/.exec(docs)?.[1];
    expect(rule).toBeDefined();
    await redis.call("ACL", "SETUSER", "steadfeed", ...rule!.split(" "));
    const client = createClient({ url: redis.url, username: "steadfeed", password: "secret" });
    const { broker, log, errors } = await open(redis, { prefix: "steadfeed", client });
    const start = log.tail;
    const sink = await read(broker, { streams: "s", client: "bob" });
    await broker.publish("s", "1", { idempotencyKey: "1" });
    await expect.poll(() => broker.presence.clients()).toEqual(["bob"]);
    await redis.call("XTRIM", "{steadfeed}:log", "MAXLEN", "0");
    await expect.poll(() => sink.got).toEqual(["1", "[trimmed]"]);
    const back = await read(broker, "s", { lastEventId: start });
    await expect.poll(() => back.got).toEqual(["[trimmed]"]);
    await broker.stream("s").clear();
    await broker.disconnect("bob");
    await expect.poll(() => sink.over).toBe("end");
    expect(await settledWith(broker.presence.count())).toBe("kept");
    await broker.close();
    expect(errors).toEqual([]);
    const denied = await redis.call<unknown[]>("ACL", "LOG");
    expect(denied).toEqual([]);
  });
});
