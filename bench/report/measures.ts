import { median } from "../measure.ts";
import { middle, roleOf, share, type Run } from "./results.ts";

export type Runs = ReadonlyMap<string, Run>;
export type Measure = (runs: Runs) => number | undefined;

/** What one contender takes of another. */
export const of =
  (file: string, workload: string, ours: string, theirs: string): Measure =>
  (runs) => {
    const run = runs.get(file);
    return run && share(run, ours, theirs, workload)?.median;
  };

/** What ours takes of the best peer that is set beside `ours`, or beside `like`. */
export const ofBest =
  (file: string, workload: string, ours: string, like = ours): Measure =>
  (runs) => {
    const run = runs.get(file);
    const peers = run?.names.filter((name) => roleOf(name) === "peer" && run.beside(name) === like);
    const shares = peers?.flatMap((name) => share(run!, ours, name, workload)?.median ?? []) ?? [];
    return shares.length > 0 ? Math.max(...shares) : undefined;
  };

export const inverse =
  (measure: Measure): Measure =>
  (runs) => {
    const value = measure(runs);
    return value && 1 / value;
  };

export const figure =
  (file: string, name: string, workload: string): Measure =>
  (runs) => {
    const run = runs.get(file);
    return run && middle(run, name, workload);
  };

/** Two figures of one run, put together round by round. */
export const between =
  (
    file: string,
    [name, workload]: readonly [string, string],
    [other, its]: readonly [string, string],
    how: (a: number, b: number) => number,
  ): Measure =>
  (runs) => {
    const rounds = runs.get(file)?.rounds;
    const [first, second] = [rounds?.[name]?.[workload], rounds?.[other]?.[its]];
    if (!first || !second) return undefined;
    return median(first.map((value, round) => how(value, second[round]!)));
  };

/** The highest share of one contender in another, of all workloads. */
export const worst =
  (file: string, ours: string, theirs: string): Measure =>
  (runs) => {
    const run = runs.get(file);
    const shares = run?.workloads.flatMap((each) => share(run, ours, theirs, each)?.median ?? []);
    return shares && shares.length > 0 ? Math.max(...shares) : undefined;
  };
