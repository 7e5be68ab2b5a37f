import { bulk, perChunk } from "../client/workloads.ts";
import { middle, roleOf, share, shown, type Run } from "./results.ts";
import type { Target } from "./targets.ts";

const row = (cells: readonly string[]): string =>
  `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map((_, i) => (i === 0 ? "---" : "--:"))), ...rows.map(row)].join("\n");

const times = (value: number): string => `${value.toFixed(2)}×`;

function cell(run: Run, name: string, workload: string): string {
  const figure = middle(run, name, workload);
  if (figure === undefined) return "–";
  const text = shown(run.unit, figure);
  const beside = run.beside(name);
  const part = beside === name ? undefined : share(run, beside, name, workload);
  if (!part) return beside === name ? `**${text}**` : text;
  return `${text}<br>${times(part.median)} (${part.low.toFixed(2)}–${part.high.toFixed(2)})`;
}

/** A ratio this near to 1 shows no difference: rounds of one and the same contender differ by as much. */
const noDifference = 1.15;

/** Where a peer takes less, workload by workload, so that nobody has to look for it. */
function losses(run: Run): { readonly less: string[]; readonly even: string[] } {
  const said = { less: [] as string[], even: [] as string[] };
  for (const workload of run.workloads) {
    const peers = run.names.flatMap((name) => {
      const part = share(run, run.beside(name), name, workload);
      const counts = roleOf(name) === "peer" && name !== run.control && part;
      return counts && part.median > 1 ? [{ name, ratio: part.median }] : [];
    });
    for (const [kind, list] of [
      ["less", peers.filter(({ ratio }) => ratio > noDifference)],
      ["even", peers.filter(({ ratio }) => ratio <= noDifference)],
    ] as const) {
      const each = list.map(({ name, ratio }) => `${name} (ours takes ${times(ratio)})`);
      if (each.length > 0) said[kind].push(`${workload}: ${each.join(", ")}`);
    }
  }
  return said;
}

const bullets = (head: string, lines: readonly string[]): string =>
  lines.length > 0 ? `${head}\n\n${lines.map((line) => `- ${line}`).join("\n")}` : "";

function section(run: Run): string {
  const { less, even } = losses(run);
  const peers = run.names.some((name) => roleOf(name) === "peer");
  const parts = [
    `## ${run.title}`,
    run.how ?? "",
    `![${run.title}: ${run.unit}, shorter is better](performance/${run.file}.svg)`,
    table(
      [`${run.unit}, less is better`, ...run.workloads],
      run.names.map((name) => [name, ...run.workloads.map((each) => cell(run, name, each))]),
    ),
    bullets("**Where a peer takes less:**", less),
    bullets("**Where a peer takes a little less, which shows no difference:**", even),
    peers && less.length + even.length === 0 ? "No peer takes less." : "",
    origin(run),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** Runs may be from different days and machines. */
function origin({ date, node, machine, load, versions = {}, rounds }: Run): string {
  const count = Math.max(
    ...Object.values(rounds).flatMap((each) => Object.values(each).map(({ length }) => length)),
  );
  const facts = [
    date.slice(0, 10),
    `Node ${node.slice(1)}`,
    machine,
    ...(load === undefined ? [] : [`load ${load.toFixed(1)}`]),
    count === 1 ? "1 round" : `${count} rounds`,
    ...Object.entries(versions).map(([name, version]) => `${name} ${version}`),
  ];
  return `<sub>${facts.join(" · ")}</sub>`;
}

const verdict = ({ held }: Target): string =>
  held === undefined ? "–" : held ? "✓ held" : "**missed**";

/** All tables' losses at once, for those that read no table. */
function everyLoss(runs: readonly Run[]): string {
  const lines = runs.flatMap((run) => losses(run).less.map((line) => `${run.title}: ${line}`));
  return lines.length > 0
    ? `${lines.map((line) => `- ${line}`).join("\n")}\n\nEach by more than ${Math.round((noDifference - 1) * 100)} %. What is nearer shows no difference, and stands under its table.`
    : "Nowhere by more than 15 %. What is nearer stands under its table.";
}

/** What must be known before one figure of the page is repeated elsewhere. */
function headline(runs: readonly Run[]): string {
  const run = runs.find(({ file }) => file === "client-nodes");
  if (!run) return "";
  const ours = run.names[0]!;
  const cellOf = (what: string, node: number): string[] => {
    const workload = `${what}, Node ${node}`;
    const peers = run.names.filter((name) => roleOf(name) === "peer" && run.beside(name) === ours);
    const shares = peers.flatMap((name) => share(run, ours, name, workload)?.median ?? []);
    return shares.length > 0 ? [`**${times(Math.max(...shares))}** on Node ${node}`] : [];
  };
  const cellsOf = (what: string): string =>
    [26, 24, 22].flatMap((node) => cellOf(what, node)).join(", ");
  const cells = cellsOf(perChunk);
  if (cells === "") return "";
  return `Where each event is an HTTP chunk of its own, as a language model's answer comes, a feed takes of the best peer's CPU
${cells}. The first of these is a property of Node 26: its own \`fetch\`, which the peers use, takes several times as long for
a chunk there as in 24 and 22. A feed brings its own undici, and takes about the same in all three.

In bulk, where one read of the socket brings hundreds of events, it takes ${cellsOf(bulk)}.`;
}

export function page(runs: readonly Run[], targets: readonly Target[]): string {
  return `# Speed and memory

Written by \`pnpm bench --for-docs\`: measured beside the peers, and repeated by anybody with that command in 20 minutes.

${headline(runs)}

## What is to be reached

${table(
  ["", "to reach", "measured", ""],
  targets.map((each) => [each.what, each.asked, each.measured, verdict(each)]),
)}

## Where a peer takes less

${everyLoss(runs)}

## How to read the tables

- All contenders of a table ran in turns, round by round, each in a process of its own. A figure is the median of the rounds.
- Under it stands what ours takes of that contender: the median of the ratios of each round, with the lowest and the highest. Below
  1 ours takes less. Ratios compare within a table; times of different machines, or of a busy one, do not.
- *Again* is ours once more, in the same rounds: as far as its ratio is from 1, so far are the others to be trusted.
- Every contender first proves that it delivers every event, byte for byte; only then is it timed.
- A *limit* does less than a client has to: it shows what there is to gain.
- CPU is the time of the whole process with its threads; the server is another process.

${runs.map(section).join("\n\n")}
`;
}
