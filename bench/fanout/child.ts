// One fan-out in a process of its own: node child.ts CONTENDER SMOKE SHAPE
import { setImmediate as turn } from "node:timers/promises";
import { Tally } from "../fixtures.ts";
import { cpuNs } from "../measure.ts";
import { contenders, shapes } from "./contenders.ts";
import { samples } from "./stream.ts";

const [name, smoke, shapeName] = process.argv.slice(2);
const shape = shapes[shapeName!]!;
const [warmNs, timedNs] = smoke === "smoke" ? [0, 0] : [400e6, 400e6];

/** Each event comes so often. */
const each = shape.same;
let seen = 0;
let calls = 0;
const tally = new Tally(samples.length * shape.sending);
const { streams } = await contenders[name!]!(shape, (data) => {
  calls++;
  // The same event to all, one after the other: the first of them proves it.
  if (++seen % each === 0) tally.take(data);
});

async function pass(): Promise<void> {
  for (const stream of streams) {
    const before = calls;
    stream.send();
    while (calls < before + samples.length * each) await turn();
  }
}

async function during(limitNs: number): Promise<number> {
  const end = cpuNs() + limitNs;
  let passes = 0;
  for (; passes === 0 || cpuNs() < end; passes++) await pass();
  return passes;
}

const warm = await during(warmNs);
const start = cpuNs();
const timed = await during(timedNs);
const ns = cpuNs() - start;
tally.expect(samples, (warm + timed) * shape.sending);
const perEvent = ns / (timed * shape.sending * samples.length);
process.stdout.write(JSON.stringify({ [shapeName!]: perEvent }), () => process.exit());
