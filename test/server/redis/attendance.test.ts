import { expect, onTestFinished, test } from "vitest";
import { until } from "../../support/collect.ts";
import { Attendance } from "../../../packages/server/src/redis/attendance.ts";
import { keys, linked } from "./fake.ts";

/** A Redis of hashes and sets, with no clock. */
function hashes(): {
  answer: (args: readonly string[]) => unknown;
  at: Map<string, Map<string, string>>;
} {
  const at = new Map<string, Map<string, string>>();
  const of = (key: string): Map<string, string> => {
    if (!at.has(key)) at.set(key, new Map());
    return at.get(key)!;
  };
  return {
    at,
    answer: ([command, key = "", ...rest]) => {
      if (command === "HSET") {
        for (let i = 0; i < rest.length; i += 2) of(key).set(rest[i]!, rest[i + 1]!);
      }
      if (command === "HDEL") for (const field of rest) of(key).delete(field);
      if (command === "SADD") for (const each of rest) of(key).set(each, "");
      if (command === "SREM") for (const each of rest) of(key).delete(each);
      if (command === "DEL") at.delete(key);
      if (command === "HGET") return at.get(key)?.get(rest[0]!) ?? null;
      if (command === "HKEYS" || command === "SMEMBERS") return [...(at.get(key)?.keys() ?? [])];
      if (at.get(key)?.size === 0) at.delete(key);
      return command === "EXISTS" || command === "PEXPIRE" ? Number(at.has(key)) : 1;
    },
  };
}

async function attendance(node: string, redis = hashes(), absentMs = 300) {
  const { link, connections } = linked(redis.answer);
  await link.ready();
  const here = new Attendance({ link, keys, node, absentMs, well: () => undefined });
  onTestFinished(() => here.close());
  const asked = (name: string): number =>
    connections[0]!.asked.filter(([command]) => command === name).length;
  return { here, asked, redis };
}

test("the counts of all nodes are added up, and clients are listed once", async () => {
  const { here: one, redis } = await attendance("one");
  const { here: two } = await attendance("two", redis);
  one.report("client:ann", 2);
  two.report("client:ann", 1);
  two.report("client:bob", 1);
  await until(async () => expect(await one.count("client:ann")).toBe(3));
  expect((await one.clients()).toSorted()).toEqual(["ann", "bob"]);
  two.report("client:ann", 0);
  await until(async () => expect(await one.count("client:ann")).toBe(2));
});

test("rapid joining and leaving is written once, or not at all", async () => {
  const { here, asked } = await attendance("one");
  for (let i = 0; i < 500; i++) here.report("client:ann", i % 2 ? 1 : 2);
  await until(() => expect(asked("HSET")).toBe(1));
  for (let i = 0; i < 500; i++) here.report("client:ann", i % 2 ? 1 : 2);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(asked("HSET")).toBe(1);
});

test("a node whose counts have expired does not count, and its name is removed", async () => {
  const { here, redis } = await attendance("one");
  redis.answer(["SADD", keys.nodes, "dead"]);
  expect(await here.count("all")).toBe(0);
  await until(() => expect(redis.at.get(keys.nodes)?.has("dead") ?? false).toBe(false));
});

test("data that Redis has lost is written again with the next heartbeat", async () => {
  const { here, redis } = await attendance("one");
  here.report("client:ann", 1);
  await until(async () => expect(await here.count("client:ann")).toBe(1));
  redis.at.clear();
  await until(async () => expect(await here.count("client:ann")).toBe(1));
});

test("many thousands are written in chunks", async () => {
  const { here, asked } = await attendance("one");
  for (let i = 0; i < 2500; i++) here.report(`client:${i}`, 1);
  await until(() => expect(asked("HSET")).toBe(3));
});

test("a node that closes leaves at once", async () => {
  const { here, redis } = await attendance("one");
  here.report("client:ann", 1);
  await until(() => expect(redis.at.has(keys.node("one"))).toBe(true));
  await here.close();
  expect([redis.at.has(keys.node("one")), redis.at.has(keys.nodes)]).toEqual([false, false]);
});
