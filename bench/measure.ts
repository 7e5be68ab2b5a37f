// Rounds of processes, medians, tables. CPU time, never the clock: other work on the machine must not count.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import type { AddressInfo, Server } from "node:net";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { versionOf } from "./contenders.ts";

export interface Settings {
  /** One round of tiny sizes, to check that everything runs. */
  readonly smoke: boolean;
  readonly rounds: number;
  /** Includes slow workloads, and those with little information. */
  readonly all: boolean;
}

export function settings(): Settings {
  const smoke = process.argv.includes("--smoke");
  const rounds = smoke ? 1 : Number(argument("rounds") ?? 7);
  return { smoke, rounds, all: process.argv.includes("--all") };
}

/** The value of `--name=value`. */
export function argument(name: string): string | undefined {
  const start = `--${name}=`;
  return process.argv.find((each) => each.startsWith(start))?.slice(start.length);
}

/** CPU time of this process, all its threads together, in ns. */
export function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** Collects garbage now. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

/** Nanoseconds per event, by workload. */
export type Figures = Readonly<Record<string, number>>;

/** Warnings that every run would print. */
const quiet = ["UNDICI-ES", "MaxListenersExceededWarning", "ExperimentalWarning"].map(
  (each) => `--disable-warning=${each}`,
);

/** Runs a file in a process of its own; it prints its figures as JSON. */
export function figures(file: URL, args: readonly string[], how: How = {}): Promise<Figures> {
  return printed([...process.execArgv, ...quiet, fileURLToPath(file), ...args], how);
}

/** Which Node runs a file, what its environment has beside ours, and where it looks for packages. */
export interface How {
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs Node with these arguments, and reads the figures that it prints. */
export async function printed(args: readonly string[], how: How = {}): Promise<Figures> {
  const { node = process.execPath, env, cwd } = how;
  const child = spawn(node, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
    cwd,
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => (text += more));
  const code = await new Promise<number | null>((done) => child.on("close", done));
  if (code !== 0) throw new Error(`${args.join(" ")}: ended with ${code}`);
  return JSON.parse(text) as Figures;
}

/**
 * A server in a process of its own, so that its work is not counted. It prints its port, and exits when its input ends.
 */
export async function serve(
  file: URL,
  args: readonly string[] = [],
): Promise<{ readonly port: string; stop(): void }> {
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(file), ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [port] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  return { port: port.trim(), stop: () => child.stdin.end() };
}

/** The other side of {@link serve}. */
export function listen(server: Server): void {
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () =>
    console.log((server.address() as AddressInfo).port),
  );
  process.stdin.resume().on("end", () => process.exit());
}

/** Each contender's figures, workload by workload, one per round. */
export type Rounds = ReadonlyMap<string, Readonly<Record<string, number[]>>>;

/**
 * Lets the contenders run in turns, each round beginning with another one. With `--minutes=N` no round is begun that
 * would end later, judged by those before, except for the first three.
 */
export async function interleave(
  names: readonly string[],
  count: number,
  run: (name: string) => Promise<Figures>,
): Promise<Rounds> {
  const rounds = new Map<string, Record<string, number[]>>(names.map((name) => [name, {}]));
  const startMs = performance.now();
  const limitMs = Number(argument("minutes") ?? Infinity) * 60_000;
  for (let round = 0; round < count; round++) {
    const tookMs = performance.now() - startMs;
    if (round >= 3 && tookMs + tookMs / round > limitMs) {
      process.stderr.write("no time for more rounds\n");
      break;
    }
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

/** Prints rows in columns, the first left-aligned and the others right-aligned. */
export function print(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  for (const row of rows) {
    const cells = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
    );
    console.log(cells.join("  ").trimEnd());
  }
}

/** Some workloads of all. */
export function only(rounds: Rounds, workloads: readonly string[]): Rounds {
  return new Map(
    [...rounds].map(([name, all]) => {
      const entries = workloads.filter((each) => all[each]).map((each) => [each, all[each]!]);
      return [name, Object.fromEntries(entries) as Record<string, number[]>];
    }),
  );
}

/** Notes for readers of the figures. */
export interface About {
  readonly title: string;
  /** The description of the run, in Markdown. */
  readonly how: string;
  /** Our contender that each is compared with. */
  readonly beside: Readonly<Record<string, string>>;
  /** The contender that is a repetition of another one. */
  readonly control?: string;
  /** The peers' npm packages. */
  readonly packages: readonly string[];
}

/** A stored run. Less is better in every unit. */
export interface Result extends Partial<About> {
  readonly date: string;
  readonly node: string;
  readonly machine: string;
  /** The load of the machine: the runnable processes of the last 15 minutes. */
  readonly load?: number;
  readonly unit: string;
  readonly versions?: Readonly<Record<string, string>>;
  readonly rounds: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

/** Stores every figure of a run, one per round, and the machine, in `bench/results`. */
export function save(
  name: string,
  rounds: Rounds,
  unit = "CPU ns per event",
  about: Partial<About> = {},
): void {
  const folder = new URL("results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const packages = about.packages ?? [];
  const run: Result = {
    date: new Date().toISOString(),
    node: process.version,
    machine: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`,
    load: loadavg()[2]!,
    unit,
    ...about,
    versions: Object.fromEntries(packages.map((each) => [each, versionOf({ package: each })])),
    rounds: Object.fromEntries(rounds),
  };
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(run, undefined, 2)}\n`);
}

/** Prints a stored run: medians, and our ratio to each contender, round by round. */
export function tell(name: string, rounds: Rounds, unit: string, about: About): void {
  console.log(`\n${about.title}: ${unit}, medians; Node ${process.version}`);
  console.log("“ours” is what Steadfeed takes of it, round by round: below 1 is less");
  const workloads = [...new Set([...rounds.values()].flatMap((all) => Object.keys(all)))];
  const cells = (contender: string, workload: string): string[] => {
    const own = about.beside[contender]!;
    const its = rounds.get(contender)![workload];
    const mine = rounds.get(own)![workload];
    if (!its || !mine) return ["–", "", ""];
    const figure = median(its).toFixed(0);
    if (own === contender) return [figure, "", ""];
    const { median: share, low, high } = ratio(mine, its);
    return [figure, `${share.toFixed(2)}×`, `${low.toFixed(2)}–${high.toFixed(2)}`];
  };
  const rows = [...rounds.keys()].map((contender) =>
    [contender].concat(workloads.flatMap((workload) => cells(contender, workload))),
  );
  print([["", ...workloads.flatMap((each) => [each, "ours", "low–high"])], ...rows]);
  save(name, rounds, unit, about);
}
