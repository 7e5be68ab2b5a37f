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

const rows = Object.entries(contenders).map(([name, { beside }]) => {
  const cells = all.flatMap((workload) => {
    const mine = rounds.get(ours[beside])![workload]!;
    const its = rounds.get(name)![workload]!;
    const { median: share, low, high } = ratio(mine, its);
    const shown =
      name === ours[beside]
        ? ["", ""]
        : [`${share.toFixed(2)}×`, `${low.toFixed(2)}–${high.toFixed(2)}`];
    return [median(its).toFixed(0), ...shown];
  });
  return [name, ...cells];
});
if (smoke) {
  console.log(`Clients: all ${rows.length} delivered what they should.`);
} else {
  console.log(
    `\nClients, CPU ns per 180 B event, medians of ${count} rounds; Node ${process.version}`,
  );
  console.log("“ours” is what Steadfeed takes of it, round by round: below 1 is less CPU");
  print([["", ...all.flatMap((workload) => [workload, "ours", "low–high"])], ...rows]);
  save("client", rounds);
}
