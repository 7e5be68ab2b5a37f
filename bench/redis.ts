// Several servers on one Redis under load, with every event counted: node bench/redis.ts [seed] [--latency] [--smoke]
import { startNode } from "../test/support/nodes.ts";
import { WireReader } from "../test/support/reader.ts";
import { redisServer, startRedis } from "../test/support/redis.ts";
import { storm, type StormOptions } from "../test/support/storm.ts";
import { save } from "./measure.ts";

const argument = process.argv.slice(2).find((each) => !each.startsWith("--"));
const seed = Number(argument ?? Date.now() % 1e6);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const large: StormOptions = {
  seed,
  nodes: 2,
  clients: 300,
  eventsPerSecond: 1500,
  seconds: 10,
  reconnectsPerSecond: 150,
  pausing: 0.15,
  patienceMs: 180_000,
};

const killed: StormOptions["disturb"] = async (redis) => {
  await redis.kill();
  await sleep(1000);
  await redis.start();
};
const paused: StormOptions["disturb"] = async (_, [node]) => {
  node!.freeze();
  await sleep(10_000);
  node!.thaw();
};

const storms: readonly [name: string, options: StormOptions][] = [
  ["default retention", large],
  ["maxEvents 1 000, ring of 256", { ...large, maxEvents: 1000, ringEvents: 256 }],
  ["Redis killed, without AOF", { ...large, disturb: killed }],
  ["Redis killed, with AOF", { ...large, aof: true, disturb: killed }],
  ["a node paused for 10 s", { ...large, disturb: paused }],
];

/** From before `publish` on one node to the reader's callback on the other, in milliseconds, sorted. */
async function latencies(times: number): Promise<number[]> {
  const redis = await startRedis();
  const nodes = await Promise.all([startNode({ url: redis.url }), startNode({ url: redis.url })]);
  const took: number[] = [];
  const reader = new WireReader(
    () => `${nodes[1].url}?stream=s`,
    20,
    (each) => {
      if (!("gap" in each))
        took.push(performance.timeOrigin + performance.now() - Number(each.data));
    },
  );
  while (reader.lastEventId === "") await sleep(20);
  await nodes[0].ask("ticks", times, 5);
  for (let waits = 0; took.length < times && waits < 50; waits++) await sleep(100);
  if (took.length !== times) throw new Error(`${took.length} of ${times} events came`);
  reader.stop();
  await Promise.all(nodes.map((node) => node.kill()));
  await redis.remove();
  return took.toSorted((one, other) => one - other);
}

if (!redisServer) {
  console.warn("Redis is left out: install redis-server, or name one in REDIS_SERVER.");
  process.exit();
}
const smoke = process.argv.includes("--smoke");
if (!smoke) console.log(`seed ${seed}`);
const took = await latencies(smoke ? 20 : 1000);
if (smoke) {
  console.log("Redis: every event came.");
  process.exit();
}
const at = (share: number): number => took[Math.floor(took.length * share)]!;
console.log(
  `publish → reader on the other node: p50 ${at(0.5).toFixed(2)} ms, p99 ${at(0.99).toFixed(2)} ms, n ${took.length}`,
);
const figures = { p50: [at(0.5) * 1e6], p99: [at(0.99) * 1e6] };
save("redis", new Map([["Steadfeed", figures]]), "ns from publish to a reader on the other node", {
  title: "Through Redis",
  how: "Two processes share a log in Redis: one publishes every 5 ms, a reader is connected to the other.",
});
if (!process.argv.includes("--latency")) {
  for (const [name, options] of storms) console.log(name, await storm(options));
}
