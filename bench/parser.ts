// Our parser beside eventsource-parser with a streaming TextDecoder: node bench/parser.ts [--smoke] [--rounds=7]
import {
  figures,
  interleave,
  median,
  print,
  ratio,
  save,
  settings,
  type Figures,
} from "./measure.ts";
import { control, ours, parsers, theirs, workloads } from "./parser-contenders.ts";

const { smoke, rounds: count } = settings();
const child = new URL("parser-child.ts", import.meta.url);
const all = Object.keys(workloads);

/** Every workload in a process of its own, but for a trial. */
async function run(name: string): Promise<Figures> {
  if (smoke) return figures(child, [name, "smoke", ...all]);
  const runs: Figures[] = [];
  for (const workload of all) runs.push(await figures(child, [name, "full", workload]));
  return Object.assign({}, ...runs) as Figures;
}

const rounds = await interleave(Object.keys(parsers), count, run);
const rows = all.map((workload) => {
  const [mine, peer, again] = [ours, theirs, control].map((name) => rounds.get(name)![workload]!);
  const { median: gain, low, high } = ratio(peer!, mine!);
  return [
    workload,
    median(mine!).toFixed(0),
    median(peer!).toFixed(0),
    `${gain.toFixed(2)}×`,
    `${low.toFixed(2)}–${high.toFixed(2)}`,
    `${ratio(peer!, again!).median.toFixed(2)}×`,
  ];
});
if (smoke) {
  console.log(`Parsers: all ${Object.keys(parsers).length} delivered what they should.`);
} else {
  console.log(`\nParsers, CPU ns per event, medians of ${count} rounds; Node ${process.version}`);
  print([["", "ours", theirs, "faster", "low–high", "control"], ...rows]);
  save("parser", rounds);
}
