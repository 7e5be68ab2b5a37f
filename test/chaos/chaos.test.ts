// Some seconds of it at each change; `pnpm chaos` is the long form.
import { expect, test } from "vitest";
import { redisServer } from "../support/redis.ts";
import { faultsOf, storm } from "./storm.ts";

test.for([
  { log: "memory", seconds: 20, feeds: 60, kinds: 9 },
  { log: "redis", seconds: 10, feeds: 40, kinds: 9 },
])(
  "random faults between server and readers: each subscriber gets every event once, or a gap: the log in $log",
  { timeout: 300_000 },
  async ({ kinds, ...options }, { skip }) => {
    skip(options.log === "redis" && redisServer === undefined, "no redis-server");
    const seed = Date.now() % 2 ** 31;
    const report = await storm({ ...options, seed });
    const { seconds, feeds, log } = options;
    const again = `pnpm chaos --seconds ${seconds} --seed ${seed} --feeds ${feeds} --log ${log}`;
    expect(faultsOf(report), `again: ${again}`).toEqual([]);
    // It was a storm.
    expect(Object.keys(report.faultsSurvived).length).toBeGreaterThan(kinds);
    expect(report.received).toBeGreaterThan(report.published);
    expect(Object.keys(report.gaps).length).toBeGreaterThan(0);
  },
);
