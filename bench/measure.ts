// Rounds of processes, medians, tables. CPU time, never the clock: other work on the machine must not count.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

export interface Settings {
  /** One round of tiny sizes, to see that everything runs. */
  readonly smoke: boolean;
  readonly rounds: number;
}

export function settings(): Settings {
  const smoke = process.argv.includes("--smoke");
  const rounds = process.argv.find((each) => each.startsWith("--rounds="))?.slice(9);
  return { smoke, rounds: smoke ? 1 : Number(rounds ?? 7) };
}

/** CPU time that this process has used, all its threads together, in ns. */
export function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** Nanoseconds per event, by workload. */
export type Figures = Readonly<Record<string, number>>;

/** Runs a file in a process of its own; it prints its figures as JSON. */
export async function figures(file: URL, args: readonly string[]): Promise<Figures> {
  const flags = [...process.execArgv, "--disable-warning=UNDICI-ES"];
  const child = spawn(process.execPath, [...flags, fileURLToPath(file), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => (text += more));
  const code = await new Promise<number | null>((done) => child.on("close", done));
  if (code !== 0) throw new Error(`${args.join(" ")}: ended with ${code}`);
  return JSON.parse(text) as Figures;
}

/** Each contender's figures, workload by workload, one per round. */
export type Rounds = ReadonlyMap<string, Readonly<Record<string, number[]>>>;

/** Lets the contenders run in turns, each round beginning with another one. */
export async function interleave(
  names: readonly string[],
  count: number,
  run: (name: string) => Promise<Figures>,
): Promise<Rounds> {
  const rounds = new Map<string, Record<string, number[]>>(names.map((name) => [name, {}]));
  for (let round = 0; round < count; round++) {
    const start = round % names.length;
    for (const name of [...names.slice(start), ...names.slice(0, start)]) {
      const mine = rounds.get(name)!;
      for (const [workload, ns] of Object.entries(await run(name)))
        (mine[workload] ??= []).push(ns);
    }
    process.stderr.write(`round ${round + 1} of ${count}\n`);
  }
  return rounds;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The median of the ratios of two contenders, round by round, with the lowest and the highest. */
export function ratio(
  mine: readonly number[],
  theirs: readonly number[],
): { readonly median: number; readonly low: number; readonly high: number } {
  const ratios = mine.map((ns, round) => ns / theirs[round]!);
  return { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) };
}

/** Prints rows in columns, the first to the left and the others to the right. */
export function print(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  for (const row of rows) {
    const cells = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
    );
    console.log(cells.join("  ").trimEnd());
  }
}

/** Keeps every figure of a run, and what it ran on, in `bench/results`. */
export function save(
  name: string,
  rounds: Rounds,
  unit = "CPU ns per event, one figure per round",
): void {
  const folder = new URL("results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const run = {
    date: new Date().toISOString(),
    node: process.version,
    machine: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`,
    unit,
    rounds: Object.fromEntries(rounds),
  };
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(run, undefined, 2)}\n`);
}
