// Our server beside its peers and its limits: node bench/server.ts [--smoke] [--rounds=7]
import {
  figures,
  interleave,
  median,
  print,
  ratio,
  save,
  settings,
  type Figures,
  type Rounds,
} from "./measure.ts";
import { contenders, ours } from "./server/contenders.ts";
import { sizes, tables, type Table } from "./server/workloads.ts";

const { smoke, rounds: count } = settings();
const child = new URL("server/child.ts", import.meta.url);
const names = Object.keys(contenders);

/** Node has raised what a process may open to the hard limit by itself. */
const { userLimits } = process.report.getReport() as unknown as {
  readonly userLimits: { readonly open_files: { readonly hard: number | "unlimited" } };
};
const { hard } = userLimits.open_files;
const fitting = sizes.filter((size) => smoke || hard === "unlimited" || size + 100 <= hard);
for (const size of sizes.filter((each) => !fitting.includes(each))) {
  console.error(`Left out: ${size} sessions. A process may open ${hard} files here: ulimit -n.`);
}

/** Every size in a process of its own. */
async function run(name: string): Promise<Figures> {
  const runs: Figures[] = [];
  const { most = Infinity } = contenders[name]!;
  for (const group of [...fitting.filter((size) => size <= most), "stopped"]) {
    runs.push(await figures(child, [name, smoke ? "smoke" : "full", String(group)]));
  }
  return Object.assign({}, ...runs) as Figures;
}

const rounds = await interleave(names, count, run);

function row(name: string, { per, digits }: Table, workloads: readonly string[]): string[] {
  const own = ours[contenders[name]!.beside];
  const cells = [name];
  for (const workload of workloads) {
    const its = rounds.get(name)![workload];
    if (!its) {
      cells.push("–", "", "");
      continue;
    }
    const share = ratio(rounds.get(own)![workload]!, its);
    cells.push((median(its) / per).toFixed(digits));
    if (name === own) cells.push("", "");
    else
      cells.push(`${share.median.toFixed(2)}×`, `${share.low.toFixed(2)}–${share.high.toFixed(2)}`);
  }
  return cells;
}

/** What one table shows. */
function only(workloads: readonly string[]): Rounds {
  return new Map(
    [...rounds].map(([name, all]) => {
      const shown = Object.entries(all).filter(([workload]) => workloads.includes(workload));
      return [name, Object.fromEntries(shown)] as const;
    }),
  );
}

if (smoke) {
  console.log(`Servers: all ${names.length} delivered what they should.`);
} else {
  console.log(`\nServers, medians of ${count} rounds; Node ${process.version}`);
  console.log("“ours” is what Steadfeed takes of it, round by round: below 1 is less");
  for (const table of tables) {
    const workloads = table.workloads.filter((each) => rounds.get(ours.node)![each]);
    console.log(`\n${table.unit}`);
    const head = ["", ...workloads.flatMap((workload) => [workload, "ours", "low–high"])];
    print([head, ...names.map((name) => row(name, table, workloads))]);
    save(table.file, only(workloads), `${table.raw}, one figure per round`);
  }
}
