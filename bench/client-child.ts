// One client and one stream at a time, in a process of its own: node client-child.ts CONTENDER PORT SMOKE WORKLOAD…
import { contenders } from "./client-contenders.ts";
import { samples, workloads } from "./client-source.ts";
import { Tally } from "./fixtures.ts";
import { cpuNs } from "./measure.ts";

const [name, port, smoke, ...names] = process.argv.slice(2);
/** How often the samples come: until all is compiled and the socket's buffers have grown, and while it is timed. */
const [warm, timed] = smoke === "smoke" ? [1, 1] : [72, 144];

const figures: Record<string, number> = {};
for (const workload of names) figures[workload] = await measured(workload);
// The streams stand open: only this ends the process.
process.stdout.write(JSON.stringify(figures), () => process.exit());

async function measured(workload: string): Promise<number> {
  const bytes = samples.reduce((sum, { text }) => sum + text.length, 0);
  const proved = warm * samples.length;
  const tally = new Tally(proved);
  let received = 0;
  let startNs = 0;
  let ns = 0;
  /** Starts and stops the watch, and says when it is over. */
  const passed = (count: number, each: number): boolean => {
    if (startNs === 0 && count >= warm * each) startNs = cpuNs();
    if (count < (warm + timed) * each) return false;
    ns ||= cpuNs() - startNs;
    return true;
  };
  const take = (data: string): boolean => {
    tally.take(data);
    return passed(tally.events, samples.length);
  };
  const takeBytes = (length: number): boolean => passed((received += length), bytes);
  const path = `${Object.keys(workloads).indexOf(workload)}/${warm + timed}`;
  await contenders[name!]!.play(`http://127.0.0.1:${port}/${path}`, take, takeBytes);
  if (received === 0) tally.expect(samples, warm + timed);
  return ns / (timed * samples.length);
}
