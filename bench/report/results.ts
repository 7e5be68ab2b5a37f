import { readdirSync, readFileSync } from "node:fs";
import { median, ratio, type Result } from "../measure.ts";

/** A result, and our contender that each contender is compared with. */
export interface Run extends Omit<Result, "beside"> {
  readonly file: string;
  readonly title: string;
  readonly workloads: readonly string[];
  readonly names: readonly string[];
  beside(name: string): string;
}

export type Role = "ours" | "limit" | "peer";

export function roleOf(name: string): Role {
  if (/steadfeed/i.test(name)) return "ours";
  return name.startsWith("limit") ? "limit" : "peer";
}

/** Every result in a folder, in the order of the page. */
export function readRuns(folder: URL): Run[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  const runs = files.map((file) =>
    toRun(file.slice(0, -5), JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Result),
  );
  const first = [
    "client",
    "chromium",
    "parser",
    "fanout",
    "latency",
    "idle",
    "cold",
    "memory",
    "server",
    "redis",
  ];
  const place = ({ file }: Run): number => first.findIndex((each) => file.startsWith(each));
  return runs.toSorted((a, b) => place(a) - place(b) || a.file.localeCompare(b.file));
}

export function toRun(file: string, { beside = {}, ...result }: Result): Run {
  const names = Object.keys(result.rounds);
  const first = names.find((name) => roleOf(name) === "ours") ?? names[0]!;
  const workloads = [...new Set(names.flatMap((name) => Object.keys(result.rounds[name]!)))];
  return {
    ...result,
    file,
    title: result.title ?? file,
    names,
    workloads,
    // Where the result does not say: ours is measured by itself, others beside the first of ours.
    beside: (name) => beside[name] ?? (roleOf(name) === "ours" ? name : first),
  };
}

export function middle(run: Run, name: string, workload: string): number | undefined {
  const figures = run.rounds[name]?.[workload];
  return figures && median(figures);
}

/** Our ratio to another contender, round by round. */
export function share(
  run: Run,
  ours: string,
  theirs: string,
  workload: string,
): ReturnType<typeof ratio> | undefined {
  const mine = run.rounds[ours]?.[workload];
  const its = run.rounds[theirs]?.[workload];
  return mine && its && mine.length === its.length ? ratio(mine, its) : undefined;
}

/** The display units of a figure, by its measured unit. */
const scales: Readonly<Record<string, readonly (readonly [number, string])[]>> = {
  ns: [
    [1, "ns"],
    [1e3, "µs"],
    [1e6, "ms"],
  ],
  bytes: [
    [1, "B"],
    [1024, "KB"],
    [1024 ** 2, "MB"],
  ],
};

/** A figure of a run with its unit, to three digits. */
export function shown(unit: string, figure: number): string {
  const scale = scales[/\b(ns|bytes)\b/.exec(unit)?.[1] ?? ""] ?? [[1, ""] as const];
  const [size, name] = scale.findLast(([each]) => Math.abs(figure) >= each) ?? scale[0]!;
  const digits = Number((figure / size).toPrecision(3));
  return `${digits} ${name}`.trim();
}
