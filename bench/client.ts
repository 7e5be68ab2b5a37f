// Our client beside its peers and its limits: node bench/client.ts [--smoke] [--rounds=7] [--table=client-nodes] [--all]
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contenders, control, ours } from "./client/contenders.ts";
import { tables, type Column, type Over, type Table } from "./client/tables.ts";
import { trial } from "./client/workloads.ts";
import { selfSigned } from "./losses/certificate.ts";
import { argument, figures, interleave, serve, settings, tell, type Figures } from "./measure.ts";
import { nodeOf } from "./nodes.ts";

const { smoke, rounds: count, all } = settings();
const child = new URL("client/child.ts", import.meta.url);

const folder = mkdtempSync(join(tmpdir(), "steadfeed-bench-"));
const [key, cert] = ["key", "cert"].map((name) => join(folder, `${name}.pem`)) as [string, string];
const pair = selfSigned();
writeFileSync(key, pair.key);
writeFileSync(cert, pair.cert);

for (const table of tables(all)) {
  if ((argument("table") ?? table.file) === table.file) await run(table);
}
rmSync(folder, { recursive: true });

async function run({ file, title, how, columns: asked }: Table): Promise<void> {
  const nodes = new Map<number | undefined, string | undefined>([[undefined, process.execPath]]);
  for (const { node } of asked) if (node && !nodes.has(node)) nodes.set(node, await found(node));
  const columns = asked.filter(({ node }) => nodes.get(node) !== undefined);
  const names = Object.keys(contenders).filter((name) =>
    columns.some((column) => column.contenders.includes(name)),
  );

  const sources = new Map<Over, Awaited<ReturnType<typeof serve>>>();
  for (const { over } of columns) if (!sources.has(over)) sources.set(over, await source(over));

  const measured = async (name: string, group: readonly Column[]): Promise<Figures> => {
    const { over, node } = group[0]!;
    const origin = over === "tcp" ? "http://127.0.0.1" : "https://localhost";
    const url = `${origin}:${sources.get(over)!.port}`;
    const args = [name, url, smoke ? "smoke" : "full", ...group.map(({ workload }) => workload)];
    const by = { node: nodes.get(node)!, env: { NODE_EXTRA_CA_CERTS: cert } };
    const measuredNs = await figures(child, args, by);
    return Object.fromEntries(group.map((each) => [each.name, measuredNs[each.workload]!]));
  };
  const rounds = await interleave(names, count, async (name): Promise<Figures> => {
    const its = columns.filter((column) => column.contenders.includes(name));
    // Every column in a process of its own, but for a trial.
    const groups = smoke ? byOver(its) : its.map((each) => [each]);
    const runs: Figures[] = [];
    for (const group of groups) runs.push(await measured(name, group));
    return Object.assign({}, ...runs) as Figures;
  });
  for (const each of sources.values()) each.stop();

  if (smoke) return console.log(`${title}: all ${names.length} delivered what they should.`);
  const packages = names.flatMap((name) => contenders[name]!.package ?? []);
  tell(file, rounds, "CPU ns per event", {
    title,
    how,
    beside: Object.fromEntries(names.map((name) => [name, ours[contenders[name]!.beside]])),
    control,
    packages: [...new Set(packages)],
  });
}

function byOver(columns: readonly Column[]): Column[][] {
  return (["tcp", "tls", "h2"] as const)
    .map((over) => columns.filter((column) => column.over === over))
    .filter(({ length }) => length > 0);
}

/** When it is only tried, nothing is fetched. */
async function found(node: number): Promise<string | undefined> {
  if (smoke && !process.versions.node.startsWith(`${node}.`)) return undefined;
  return nodeOf(node);
}

function source(over: Over): ReturnType<typeof serve> {
  const secure = over === "tcp" ? [] : [over, key, cert];
  return serve(new URL("client/source.ts", import.meta.url), [`${smoke ? trial : 1}`, ...secure]);
}
