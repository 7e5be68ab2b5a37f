// Our server beside its peers and its limits: node bench/server.ts [--smoke] [--rounds=7] [--all]
import { figures, interleave, only, settings, tell, type Figures } from "./measure.ts";
import { contenders, control, ours } from "./server/contenders.ts";
import { sizes, tables } from "./server/workloads.ts";

const { smoke, rounds: count, all } = settings();
const child = new URL("server/child.ts", import.meta.url);
const names = Object.keys(contenders).filter((name) => all || !contenders[name]!.more);

/** Node itself has raised the limit of open files to the hard limit. */
const { userLimits } = process.report.getReport() as unknown as {
  readonly userLimits: { readonly open_files: { readonly hard: number | "unlimited" } };
};
const { hard } = userLimits.open_files;
const asked = sizes.filter((size) => all || smoke || size === 1_000);
const fitting = asked.filter((size) => smoke || hard === "unlimited" || size + 100 <= hard);
for (const size of asked.filter((each) => !fitting.includes(each))) {
  console.error(`Left out: ${size} sessions. A process may open ${hard} files here: ulimit -n.`);
}

/** Every size in a process of its own. */
async function run(name: string): Promise<Figures> {
  const runs: Figures[] = [];
  const { most = Infinity } = contenders[name]!;
  const groups = fitting.filter((size) => size <= most);
  for (const group of [...groups, ...(all || smoke ? ["stopped"] : [])]) {
    runs.push(await figures(child, [name, smoke ? "smoke" : "full", String(group)]));
  }
  return Object.assign({}, ...runs) as Figures;
}

const rounds = await interleave(names, count, run);

if (smoke) {
  console.log(`Servers: all ${names.length} delivered what they should.`);
} else {
  const beside = Object.fromEntries(names.map((name) => [name, ours[contenders[name]!.beside]]));
  const packages = ["better-sse", "express-sse", "hono", "@hono/node-server"];
  for (const { file, unit, workloads, title, how } of tables) {
    tell(file, only(rounds, workloads), unit, { title, how, beside, control, packages });
  }
}
