// One parser, one workload, in a process of its own: node parser-child.ts PARSER SMOKE WORKLOAD…
import { Tally, type Sample } from "./fixtures.ts";
import { cpuNs } from "./measure.ts";
import { parsers, workloads } from "./parser-contenders.ts";

const [name, smoke, ...names] = process.argv.slice(2);
const isSmoke = smoke === "smoke";
const atLeastNs = isSmoke ? 1e6 : 120e6;

const figures: Record<string, number> = {};
for (const workload of names) figures[workload] = await measured(workload);
console.log(JSON.stringify(figures));

async function measured(workload: string): Promise<number> {
  const { samples, pieces } = workloads[workload]!(isSmoke ? 0.02 : 1);
  await prove(samples, pieces);
  const tally = new Tally(0);
  const push = await parsers[name!]!((data) => tally.take(data));
  const pass = (): void => {
    for (const piece of pieces) push(piece);
  };
  // Compiled before it is timed.
  let passes = during(atLeastNs, pass);
  const start = cpuNs();
  const timed = during(atLeastNs, pass);
  const ns = cpuNs() - start;
  passes += timed;
  tally.expect(samples, passes);
  return ns / (timed * samples.length);
}

function during(limitNs: number, pass: () => void): number {
  const end = cpuNs() + limitNs;
  let passes = 0;
  for (; cpuNs() < end || passes === 0; passes++) pass();
  return passes;
}

/** Every character of every event, twice. */
async function prove(samples: readonly Sample[], pieces: readonly Uint8Array[]): Promise<void> {
  const tally = new Tally(2 * samples.length);
  const push = await parsers[name!]!((data) => tally.take(data));
  for (const piece of [...pieces, ...pieces]) push(piece);
  tally.expect(samples, 2);
}
