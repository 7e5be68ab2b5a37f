// Fan-outs of one client, in a process of their own: node child.ts CONTENDER SMOKE SHAPE…
import { setImmediate as turn } from "node:timers/promises";
import { cut, Tally } from "../fixtures.ts";
import { cpuNs } from "../measure.ts";
import { adders, contenders, shapes } from "./contenders.ts";
import { samplesFor } from "./stream.ts";

const [name, smoke, ...names] = process.argv.slice(2);
const [warmNs, timedNs] = smoke === "smoke" ? [0, 0] : [150e6, 150e6];

const figures: Record<string, number> = {};
for (const shape of names) {
  figures[shape] = shape.startsWith("+") ? await adding(Number(shape)) : await measured(shape);
}
process.stdout.write(JSON.stringify(figures), () => process.exit());

async function measured(shapeName: string): Promise<number> {
  const shape = shapes[shapeName]!;
  const samples = samplesFor(shape.same);
  const pieces = cut(samples, 64 * 1024);
  let calls = 0;
  const tally = new Tally(samples.length * shape.sending);
  const { streams } = await contenders[name!]!(shape, (data) => {
    // The same event to all of them, one after the other: the last one checks it.
    if (++calls % shape.same === 0) tally.take(data);
  });

  async function during(limitNs: number): Promise<number> {
    const end = cpuNs() + limitNs;
    let passes = 0;
    for (; passes === 0 || cpuNs() < end; passes++) {
      for (const stream of streams) {
        const before = calls;
        stream.send(pieces);
        while (calls - before < samples.length * shape.same) await turn();
      }
    }
    return passes;
  }

  const warm = await during(warmNs);
  const start = cpuNs();
  const timed = await during(timedNs);
  const ns = cpuNs() - start;
  tally.expect(samples, (warm + timed) * shape.sending);
  return ns / (timed * shape.sending * samples.length);
}

/** What one of so many subscriptions costs to add. */
async function adding(count: number): Promise<number> {
  const most = smoke === "smoke" ? count / 100 : count;
  const once = async (): Promise<number> => {
    const add = await adders[name!]!();
    const start = cpuNs();
    for (let i = 0; i < most; i++) add();
    return (cpuNs() - start) / most;
  };
  // Compiled before it is timed, and as many subscriptions for each count.
  for (let i = 0; i < 10_000 / count; i++) await once();
  let sum = 0;
  const times = (3 * 10_000) / count;
  for (let i = 0; i < times; i++) sum += await once();
  return sum / times;
}
