// Our parser next to eventsource-parser with a streaming TextDecoder: node bench/parser.ts [--smoke] [--rounds=7]
import { figures, interleave, settings, tell, type Figures } from "./measure.ts";
import { control, lean, ours, parsers, theirs, workloads } from "./parser-contenders.ts";

const { smoke, rounds: count } = settings();
const child = new URL("parser-child.ts", import.meta.url);
const all = Object.keys(workloads);

/** Every workload in a process of its own, except in a smoke run. */
async function run(name: string): Promise<Figures> {
  if (smoke) return figures(child, [name, "smoke", ...all]);
  const runs: Figures[] = [];
  for (const workload of all) runs.push(await figures(child, [name, "full", workload]));
  return Object.assign({}, ...runs) as Figures;
}

const rounds = await interleave(Object.keys(parsers), count, run);
if (smoke) {
  console.log(`Parsers: all ${Object.keys(parsers).length} delivered what they should.`);
} else {
  tell("parser", rounds, "CPU ns per event", {
    title: "The parser in Node",
    how: "Bytes to events, in one process: beside eventsource-parser after a streaming `TextDecoder`.",
    beside: { [ours]: ours, [lean]: lean, [theirs]: ours, [control]: theirs },
    control,
    packages: ["eventsource-parser"],
  });
}
