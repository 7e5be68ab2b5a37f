// Our client beside its peers and its limits: node bench/client.ts [--smoke] [--rounds=7]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { contenders, ours } from "./client-contenders.ts";
import { workloads } from "./client-source.ts";
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

const { smoke, rounds: count } = settings();
const child = new URL("client-child.ts", import.meta.url);
const all = Object.keys(workloads);
const entries = Object.entries(contenders);

const source = spawn(
  process.execPath,
  [...process.execArgv, fileURLToPath(new URL("client-source.ts", import.meta.url))],
  { stdio: ["pipe", "pipe", "inherit"] },
);
const [port] = (await once(source.stdout.setEncoding("utf8"), "data")) as [string];

/** Every workload in a process of its own, but for a trial. */
async function run(name: string): Promise<Figures> {
  if (smoke) return figures(child, [name, port.trim(), "smoke", ...all]);
  const runs: Figures[] = [];
  for (const workload of all)
    runs.push(await figures(child, [name, port.trim(), "full", workload]));
  return Object.assign({}, ...runs) as Figures;
}

const rounds = await interleave(Object.keys(contenders), count, run);
source.stdin.end();

function row([name, { beside }]: (typeof entries)[number]): string[] {
  const cells = [name];
  for (const workload of all) {
    const its = rounds.get(name)![workload]!;
    const share = ratio(rounds.get(ours[beside])![workload]!, its);
    const shown = [
      `${share.median.toFixed(2)}×`,
      `${share.low.toFixed(2)}–${share.high.toFixed(2)}`,
    ];
    cells.push(median(its).toFixed(0), ...(name === ours[beside] ? ["", ""] : shown));
  }
  return cells;
}

if (smoke) {
  console.log(`Clients: all ${entries.length} delivered what they should.`);
} else {
  console.log(
    `\nClients, CPU ns per 180 B event, medians of ${count} rounds; Node ${process.version}`,
  );
  console.log("“ours” is what Steadfeed takes of it, round by round: below 1 is less CPU");
  const head = ["", ...all.flatMap((workload) => [workload, "ours", "low–high"])];
  print([head, ...entries.map(row)]);
  save("client", rounds);
}
