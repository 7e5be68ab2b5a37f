import { createClient } from "@redis/client";
import { expect, test } from "vitest";
import { resolveRedis } from "../../../packages/server/src/redis/settings.ts";

const client = createClient();

test("every limit has a default", () => {
  expect(resolveRedis({ client })).toMatchObject({
    retention: { events: 100_000 },
    ringEvents: 4096,
    ringBytes: 8 << 20,
    queueEvents: 0,
    timeoutMs: 3000,
    absentMs: 15_000,
  });
  expect(resolveRedis({ client, maxAgeMs: 5 }).retention).toEqual({ ms: 5 });
});

test("all keys of one prefix are in one slot of a cluster, and do not collide with others", () => {
  const { keys } = resolveRedis({ client, prefix: "mine" });
  const names = [keys.log, keys.cleared, keys.nodes, keys.node("n"), keys.once("k")];
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^\{mine\}:/);
});

test("an unknown option is named, with the nearest known one", () => {
  const mistake = (): unknown => resolveRedis({ client, maxAge: 5 } as { client: typeof client });
  expect(mistake).toThrow(TypeError);
  expect(mistake).toThrow("redisLog has no maxAge: did you mean maxAgeMs?");
});
