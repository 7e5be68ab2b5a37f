import { median } from "../measure.ts";
import { middle, roleOf, share, shown, type Run } from "./results.ts";

/** One row of what was to be reached. */
export interface Target {
  readonly what: string;
  readonly asked: string;
  readonly measured: string;
  /** `undefined` if it was not measured. */
  readonly held: boolean | undefined;
}

type Runs = ReadonlyMap<string, Run>;
type Measure = (runs: Runs) => number | undefined;

const not = "not measured here";

/** What ours takes of a contender. */
const of =
  (file: string, workload: RegExp, ours: RegExp, theirs: RegExp): Measure =>
  (runs) => {
    const run = runs.get(file);
    const [mine, its] = [ours, theirs].map((name) => run?.names.find((each) => name.test(each)));
    const asked = run?.workloads.find((each) => workload.test(each));
    return run && mine && its && asked ? share(run, mine, its, asked)?.median : undefined;
  };

/** What ours takes of the best peer that is set beside it. */
const ofBest =
  (file: string, workload: string, ours: string): Measure =>
  (runs) => {
    const run = runs.get(file);
    const peers = run?.names.filter((name) => roleOf(name) === "peer" && run.beside(name) === ours);
    const shares = peers?.flatMap((name) => share(run!, ours, name, workload)?.median ?? []) ?? [];
    return shares.length > 0 ? Math.max(...shares) : undefined;
  };

const inverse =
  (measure: Measure): Measure =>
  (runs) => {
    const value = measure(runs);
    return value && 1 / value;
  };

const figure =
  (file: string, name: RegExp, workload: RegExp): Measure =>
  (runs) => {
    const run = runs.get(file);
    const mine = run?.names.find((each) => name.test(each));
    const its = run?.workloads.find((each) => workload.test(each));
    return run && mine && its ? middle(run, mine, its) : undefined;
  };

/** The ratio or the difference of two workloads of one contender, round by round. */
const between =
  (file: string, name: string, a: string, b: string, how: (a: number, b: number) => number) =>
  (runs: Runs): number | undefined => {
    const [first, second] = [a, b].map((each) => runs.get(file)?.rounds[name]?.[each]);
    if (!first || !second) return undefined;
    return median(first.map((value, round) => how(value, second[round]!)));
  };

/** The slowest of all workloads. */
const leastGain: Measure = (runs) => {
  const run = runs.get("parser");
  if (!run) return undefined;
  const [mine, its] = ["@steadfeed/parser", "eventsource-parser"] as const;
  return Math.min(...run.workloads.flatMap((each) => share(run, its, mine, each)?.median ?? []));
};

const callback = "Steadfeed, callback";
const iterator = "Steadfeed, for await";
const pieces = "180 B, one per piece";
const bulk = "180 B, bulk";
const parser = (workload: RegExp): Measure =>
  inverse(of("parser", workload, /^@steadfeed/, /^eventsource-parser$/));
const client = (workload: RegExp, theirs: RegExp): Measure =>
  of("client", workload, /^Steadfeed, callback$/, theirs);

type Row = readonly [
  what: string,
  than: "at most" | "at least",
  limit: number,
  unit: string,
  measure: Measure,
];

const rows: readonly Row[] = [
  [
    "Parser, one event per chunk, against eventsource-parser",
    "at least",
    1.1,
    "×",
    parser(/^180 B events, one/),
  ],
  ["Parser, 7-byte chunks", "at least", 1.3, "×", parser(/^180 B events, 7 B/)],
  ["Parser, its worst workload", "at least", 0.97, "×", leastGain],
  [
    "Client, callback, one event per chunk: CPU of the best peer",
    "at most",
    0.85,
    "×",
    ofBest("client", pieces, callback),
  ],
  ["… of eventsource", "at most", 0.4, "×", client(/^180 B, one/, /^eventsource$/)],
  [
    "… of undici's dispatch, unparsed",
    "at most",
    1.1,
    "×",
    client(/^180 B, one/, /undici dispatch/),
  ],
  [
    "Client, callback, bulk: CPU of the best peer",
    "at most",
    0.8,
    "×",
    ofBest("client", bulk, callback),
  ],
  [
    "… of undici's dispatch, unparsed",
    "at most",
    1.1,
    "×",
    client(/^180 B, bulk$/, /undici dispatch/),
  ],
  [
    "Client, `for await`, one event per chunk: CPU of the best peer's",
    "at most",
    0.8,
    "×",
    ofBest("client", pieces, iterator),
  ],
  [
    "Client, `for await`, bulk: CPU of the best peer's",
    "at most",
    0.8,
    "×",
    ofBest("client", bulk, iterator),
  ],
  [
    "1 000 subscriptions of other types: CPU of none",
    "at most",
    1.05,
    "×",
    between(
      "fanout",
      "Steadfeed",
      "1, and 1 000 of other types",
      "1 subscription",
      (a, b) => a / b,
    ),
  ],
  [
    "Each of 1 000 subscriptions of the type",
    "at most",
    30,
    "ns",
    between("fanout", "Steadfeed", "1 000 of the type", "1 subscription", (a, b) => (a - b) / 999),
  ],
  [
    "Idle feed: memory of eventsource-client's",
    "at most",
    0.8,
    "×",
    of("idle", /RSS/, /^Steadfeed$/, /^eventsource-client$/),
  ],
  [
    "Chromium, bulk: events per second of the native `EventSource`",
    "at least",
    1,
    "×",
    inverse(of("chromium", /^180 B, bulk$/, /^Steadfeed$/, /^EventSource/)),
  ],
  [
    "Server, 1 event per tick: CPU of better-sse",
    "at most",
    0.7,
    "×",
    of("server", /^1.000 sessions, 1 event/, /^Steadfeed/, /^better-sse/),
  ],
  [
    "Server, 16 events per tick, against better-sse",
    "at least",
    6,
    "×",
    inverse(of("server", /^1.000 sessions, 16/, /^Steadfeed/, /^better-sse/)),
  ],
  [
    "Server, idle session",
    "at most",
    12 * 1024,
    "bytes",
    figure("server-memory", /^Steadfeed/, /^1.000 idle/),
  ],
  [
    "… of better-sse's",
    "at most",
    0.6,
    "×",
    of("server-memory", /^1.000 idle/, /^Steadfeed/, /^better-sse/),
  ],
  [
    "Web handler, 1 event per tick: CPU of Hono's streamSSE",
    "at most",
    0.45,
    "×",
    of("server", /^1.000 sessions, 1 event/, /^Steadfeed.*web/i, /hono/i),
  ],
  [
    "Through Redis, from publish to client, p50",
    "at most",
    5e6,
    "ns",
    figure("redis", /steadfeed/i, /p50/),
  ],
];

export function targets(runs: readonly Run[]): Target[] {
  const byFile: Runs = new Map(runs.map((run) => [run.file, run]));
  return rows.map(([what, than, limit, unit, measure]) => {
    const value = measure(byFile);
    const show = (each: number): string =>
      unit === "×" ? `${Number(each.toFixed(2))}×` : shown(unit, each);
    const held =
      value === undefined ? undefined : than === "at most" ? value <= limit : value >= limit;
    return {
      what,
      asked: `${than} ${show(limit)}`,
      measured: value === undefined ? not : show(value),
      held,
    };
  });
}
