// Many quiet streams in one process: node child.ts CONTENDER PORT FEEDS
import { setTimeout as sleep } from "node:timers/promises";
import { collectGarbage, cpuNs } from "../measure.ts";
import { contenders } from "./contenders.ts";

const [name, port, feeds] = process.argv.slice(2);
const open = contenders[name!]!;
const count = Number(feeds);

async function opened(): Promise<void> {
  const data = await open(`http://127.0.0.1:${port}/`);
  if (data !== "a") throw new Error(`${data} came, a was sent`);
}

/** After what is left of opening is over. */
async function settled(): Promise<NodeJS.MemoryUsage> {
  for (let i = 0; i < 3; i++) {
    await sleep(count / 10);
    collectGarbage();
  }
  return process.memoryUsage();
}

// Code is loaded and compiled, and the heap has its size, before it is measured.
for (let i = 0; i < count / 10; i++) await opened();
const before = await settled();
const start = cpuNs();
for (let left = count; left > 0; left -= 50) {
  await Promise.all(Array.from({ length: Math.min(left, 50) }, opened));
}
const cpu = (cpuNs() - start) / count;
const after = await settled();
const figures = {
  "memory (RSS)": (after.rss - before.rss) / count,
  "of it, JavaScript": (after.heapUsed - before.heapUsed) / count,
  "to open": cpu,
};
process.stdout.write(JSON.stringify(figures), () => process.exit());
