// One server in a process of its own: node server/child.ts CONTENDER SMOKE (SESSIONS | stopped)
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { cpuNs } from "../measure.ts";
import { contenders } from "./contenders.ts";
import { quotes } from "./events.ts";
import type { Answer, Ask } from "./readers.ts";
import { bursts, delivery, idle, idleHeap, reconnection, stopped, type Size } from "./workloads.ts";

const [name, smoke, group] = process.argv.slice(2);
const isSmoke = smoke === "smoke";
const atLeastNs = isSmoke ? 1e6 : 300e6;

const { port, publish } = await contenders[name!]!.start();
const readers = fork(new URL("readers.ts", import.meta.url));

const proved = 32;
const events = quotes(1024);
let next = 0;
let sessions = 0;

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

const result = group === "stopped" ? await aside() : await crowd(Number(group) as Size);
readers.kill();
process.stdout.write(JSON.stringify(result), () => process.exit());

async function ask(what: Ask): Promise<Answer> {
  const answered = once(readers, "message") as Promise<[Answer]>;
  readers.send(what);
  const [reply] = await answered;
  if (reply.failed !== undefined) throw new Error(reply.failed);
  return reply;
}

/** Publishes in one tick, and is done when the readers' process has everything, so it is never far ahead. */
async function tick(burst: number): Promise<void> {
  const received = ask({ events: burst * sessions });
  publish(Array.from({ length: burst }, () => events[next++ % events.length]!));
  await received;
}

async function open(
  count: number,
  more: { proof?: boolean; lastEventId?: string } = {},
): Promise<void> {
  await ask({ open: count, port, ...more });
  sessions = count;
}

async function close(): Promise<void> {
  await ask({ close: true });
  sessions = 0;
  await sleep(isSmoke ? 20 : 200);
}

/** Every byte of the first events, for some readers, one by one and at once; it warms everything up as well. */
async function prove(): Promise<string> {
  await open(isSmoke ? 4 : 100, { proof: true });
  for (let i = 0; i < proved / 2; i++) await tick(1);
  await tick(proved / 2);
  const { lastEventId } = await ask({ proved });
  await close();
  return lastEventId ?? "";
}

async function crowd(size: Size): Promise<Record<string, number>> {
  const count = isSmoke ? 10 : size;
  const figures: Record<string, number> = {};
  const lastEventId = await prove();
  const before = await settled(() => process.memoryUsage());
  await open(count);
  const after = await settled(() => process.memoryUsage());
  figures[idleHeap(size)] = (after.heapUsed - before.heapUsed) / count;
  figures[idle(size)] = (after.rss - before.rss) / count;
  if (size === 1_000) {
    const start = cpuNs();
    await ask({ close: true });
    await open(count, { lastEventId });
    figures[reconnection] = (cpuNs() - start) / count;
  }
  for (const burst of bursts) {
    await during(atLeastNs / 2, () => tick(burst));
    const start = cpuNs();
    const ticks = await during(atLeastNs, () => tick(burst));
    figures[delivery(size, burst)] = (cpuNs() - start) / (ticks * burst * count);
  }
  return figures;
}

/** The memory that a reader retains if it takes nothing, compared with one that takes everything. */
async function aside(): Promise<Record<string, number>> {
  const burst = 80;
  const ticks = isSmoke ? 1 : Math.ceil((32 << 20) / (burst * 200));
  await prove();
  await open(1);
  for (let i = 0; i < ticks; i++) await tick(burst);
  const before = await settled(held);
  await ask({ stop: 1, port });
  await sleep(100);
  for (let i = 0; i < ticks; i++) await tick(burst);
  return { [stopped]: (await settled(held)) - before };
}

function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Without garbage that waits for its collection. */
async function settled<T>(measure: () => T): Promise<T> {
  await sleep(isSmoke ? 1 : 300);
  gc();
  gc();
  return measure();
}

async function during(limitNs: number, run: () => Promise<void>): Promise<number> {
  const end = cpuNs() + limitNs;
  let runs = 0;
  for (; cpuNs() < end || runs < 3; runs++) await run();
  return runs;
}
