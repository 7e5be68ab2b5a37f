// One client and one stream at a time, in a process of its own: node child.ts CONTENDER ORIGIN SMOKE WORKLOAD…
import { Tally } from "../fixtures.ts";
import { cpuNs } from "../measure.ts";
import { contenders, type Sink } from "./contenders.ts";
import { indexOf, trial, workloads, writes } from "./workloads.ts";

const [name, origin, smoke, ...names] = process.argv.slice(2);
const { play, raw } = contenders[name!]!;
/** Warm-up after the first pass, until everything is compiled and the socket's buffers have grown, and then the timed part. */
const [warmNs, timedNs] = smoke === "smoke" ? [0, 0] : [250e6, 150e6];

const figures: Record<string, number> = {};
for (const workload of names) figures[workload] = await measured(workload);
// The streams are still open: only this ends the process.
process.stdout.write(JSON.stringify(figures), () => process.exit());

async function measured(workload: string): Promise<number> {
  const stream = workloads[workload]!;
  const json = stream.json ?? false;
  const samples = stream.samples(smoke === "smoke" ? trial : 1);
  const bytes = raw ? writes(stream, samples) : stream.pieces(samples);
  const passBytes = bytes.reduce((sum, { length }) => sum + length, 0);
  // The first pass is proved byte for byte.
  const tally = new Tally(samples.length);
  let began = 0;
  let passes = 0;
  let start: { readonly ns: number; readonly passes: number } | undefined;
  let perPass = 0;
  /** The clock is read after each round of the samples. */
  const passed = (): boolean => {
    passes++;
    const now = cpuNs();
    began ||= now;
    if (!start) {
      if (now - began >= warmNs) start = { ns: now, passes };
      return false;
    }
    if (now - start.ns < timedNs) return false;
    perPass = (now - start.ns) / (passes - start.passes);
    return true;
  };
  let at = 0;
  let received = 0;
  const sink: Sink = {
    json,
    take(value) {
      // A client may continue with buffered events.
      if (perPass > 0) return true;
      if (json) tally.takeDecoded(value, samples[at]!);
      else tally.take(value as string);
      if (++at < samples.length) return false;
      at = 0;
      return passed();
    },
    takeBytes(length) {
      if (perPass > 0) return true;
      received += length;
      for (; received >= passBytes; received -= passBytes) if (passed()) return true;
      return false;
    },
  };
  await play(`${origin}/${indexOf(workload)}`, sink);
  if (tally.events > 0) tally.expect(samples, passes);
  return perPass / samples.length;
}
