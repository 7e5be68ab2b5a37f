// Minutes of it, with a seed of its own each time; `pnpm chaos` runs one seed again.
import { expect, test } from "vitest";
import { faultsOf, storm } from "../chaos/storm.ts";
import { redisServer } from "../support/redis.ts";

test.for([
  { log: "memory", seconds: 90, feeds: 100 },
  { log: "redis", seconds: 60, feeds: 60 },
])("a long chaos run with the log in $log loses nothing silently", async (options, { skip }) => {
  skip(options.log === "redis" && redisServer === undefined, "no redis-server");
  const seed = Date.now() % 2 ** 31;
  const report = await storm({ ...options, seed });
  const { seconds, feeds, log } = options;
  const again = `pnpm chaos --seconds ${seconds} --seed ${seed} --feeds ${feeds} --log ${log}`;
  expect(faultsOf(report), `again: ${again}`).toEqual([]);
  expect(report.received).toBeGreaterThan(report.published);
});
