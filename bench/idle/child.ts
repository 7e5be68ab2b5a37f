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

/** After what opening has left to do. */
async function settled(): Promise<NodeJS.MemoryUsage> {
  for (let i = 0; i < 3; i++) {
    await sleep(count / 20);
    collectGarbage();
  }
  return process.memoryUsage();
}

// Code is loaded and compiled, and the heap has its size, before it is measured.
for (let i = 0; i < count / 10; i++) await opened();
const before = await settled();

async function openTo(more: number): Promise<NodeJS.MemoryUsage> {
  for (let left = more; left > 0; left -= 50) {
    await Promise.all(Array.from({ length: Math.min(left, 50) }, opened));
  }
  return settled();
}

const start = cpuNs();
const some = await openTo(count);
const cpu = (cpuNs() - start) / count;
const many = await openTo(2 * count);
const figures = {
  "heap, 1 000 feeds": (some.heapUsed - before.heapUsed) / count,
  "RSS, 1 000 feeds": (some.rss - before.rss) / count,
  "RSS, 3 000 feeds": (many.rss - before.rss) / (3 * count),
  "to open": cpu,
};
process.stdout.write(JSON.stringify(figures), () => process.exit());
