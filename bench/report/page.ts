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

/** Where a peer takes less, said in so many words: nobody has to look for it. */
export function losses(run: Run): string[] {
  return run.workloads.flatMap((workload) => {
    const better = run.names.flatMap((name) => {
      const part = share(run, run.beside(name), name, workload);
      if (roleOf(name) !== "peer" || !part || part.median <= 1) return [];
      return [`${name} (ours takes ${times(part.median)})`];
    });
    return better.length > 0 ? [`${workload}: ${better.join(", ")}`] : [];
  });
}

function section(run: Run): string {
  const behind = losses(run);
  const peers = run.names.some((name) => roleOf(name) === "peer");
  const parts = [
    `## ${run.title}`,
    run.how ?? "",
    `![${run.title}: ${run.unit}, shorter is better](performance/${run.file}.svg)`,
    table(
      [`${run.unit}, less is better`, ...run.workloads],
      run.names.map((name) => [name, ...run.workloads.map((each) => cell(run, name, each))]),
    ),
    ...(behind.length > 0
      ? [`**Where a peer takes less:**\n\n${behind.map((each) => `- ${each}`).join("\n")}`]
      : peers
        ? ["No peer takes less."]
        : []),
    origin(run),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** Runs need not be of one day, nor of one machine. */
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

export function page(runs: readonly Run[], targets: readonly Target[]): string {
  return `# Speed and memory

Written by \`pnpm bench:report\` from what \`pnpm bench\` measured: repeat it beside the peers with these two commands.

## What was to be reached

${table(
  ["", "to reach", "measured", ""],
  targets.map((each) => [each.what, each.asked, each.measured, verdict(each)]),
)}

## How to read the tables

- All contenders of a table ran in turns, round by round, each in a process of its own. A figure is the median of the rounds.
- Under it stands what ours takes of that contender: the median of the ratios of each round, with the lowest and the highest. Below
  1 ours takes less. Ratios compare within a table; times of different machines, or of a busy one, do not.
- *Again* is ours once more, in the same rounds: as far as its ratio is from 1, so far are the others to be trusted.
- Every contender first proves that it delivers every event, letter by letter; only then is it timed.
- A *limit* does less than a client has to: it shows what there is to gain.
- CPU is the time of the whole process with its threads; the server is another process.

${runs.map(section).join("\n\n")}
`;
}
