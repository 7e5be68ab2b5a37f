import { batches, dispatch, ours } from "../client/contenders.ts";
import { bulk, bulkByClose, perChunk, perWrite, small9 } from "../client/workloads.ts";
import { ours as parser, theirs as otherParser } from "../parser-contenders.ts";
import { ours as servers } from "../server/contenders.ts";
import { delivery, idleHeap } from "../server/workloads.ts";
import {
  between,
  figure,
  inverse,
  of,
  ofBest,
  worst,
  type Measure,
  type Runs,
} from "./measures.ts";
import { shown, type Run } from "./results.ts";

/** One row of what is to be reached. */
export interface Target {
  readonly what: string;
  readonly asked: string;
  readonly measured: string;
  /** `undefined` if it was not measured. */
  readonly held: boolean | undefined;
}

type Row = readonly [
  what: string,
  than: "at most" | "at least",
  limit: number,
  unit: string,
  measure: Measure,
];

const { callback, iterator } = ours;
const one = "Steadfeed";
const best = (workload: string, name: string, like = name): Measure =>
  ofBest("client", workload, name, like);
const secure = (workload: string): Measure => ofBest("client-secure", `${workload}, TLS`, callback);
const server = (burst: number, name: string, theirs: string): Measure =>
  of("server", delivery(1_000, burst), name, theirs);
const first = (run: "import" | "first event"): string => `${run}, CPU`;

const rows: readonly Row[] = [
  [
    "Callback, one event per chunk: CPU of the best peer’s, Node 26",
    "at most",
    0.12,
    "×",
    best(perChunk, callback),
  ],
  ["… Node 24", "at most", 0.5, "×", ofBest("client-nodes", `${perChunk}, Node 24`, callback)],
  ["… Node 22", "at most", 0.5, "×", ofBest("client-nodes", `${perChunk}, Node 22`, callback)],
  [
    "… of undici’s dispatch, unparsed",
    "at most",
    1.35,
    "×",
    of("client", perChunk, callback, dispatch),
  ],
  ["Callback, bulk", "at most", 0.75, "×", best(bulk, callback)],
  ["… by close", "at most", 0.75, "×", best(bulkByClose, callback)],
  ["… over TLS", "at most", 0.55, "×", secure(bulk)],
  ["Callback, one event per chunk over TLS", "at most", 0.17, "×", secure(perChunk)],
  ["Callback, 9 B, bulk", "at most", 0.85, "×", best(small9, callback)],
  ["Callback, one event per write", "at most", 1.05, "×", best(perWrite, callback)],
  ["… 1 000 of them a second", "at most", 1.05, "×", ofBest("latency-cpu", "cpu", callback)],
  ["`for await`, bulk", "at most", 0.85, "×", best(bulk, iterator)],
  ["`for await`, 9 B, bulk", "at most", 0.75, "×", best(small9, iterator)],
  ["`for await`, one event per write", "at most", 1.05, "×", best(perWrite, iterator)],
  ["… 1 000 of them a second", "at most", 1.05, "×", ofBest("latency-cpu", "cpu", iterator)],
  [
    "`batches()`, bulk: of the best peer’s `for await`",
    "at most",
    0.6,
    "×",
    best(bulk, batches, iterator),
  ],
  [
    "Each of 1 000 subscriptions of the type",
    "at most",
    12,
    "ns",
    between("fanout", [one, "1 000 of the type"], [one, "1 subscription"], (a, b) => (a - b) / 999),
  ],
  [
    "10 000 subscriptions of other types: CPU of none",
    "at most",
    1.05,
    "×",
    between(
      "fanout",
      [one, "1, and 10 000 of other types"],
      [one, "1 subscription"],
      (a, b) => a / b,
    ),
  ],
  [
    "Adding a subscription: one of 10 000, of one of 1 000",
    "at most",
    1.2,
    "×",
    between("fanout-adding", [one, "the first 10 000"], [one, "the first 1 000"], (a, b) => a / b),
  ],
  ["Idle feed, heap", "at most", 15 * 1024, "bytes", figure("idle", one, "heap, 1 000 feeds")],
  [
    "Idle feed, RSS at 3 000: of eventsource-client’s",
    "at most",
    0.75,
    "×",
    of("idle", "RSS, 3 000 feeds", one, "eventsource-client"),
  ],
  ["Cold start, `import`: CPU", "at most", 200e6, "ns", figure("cold", one, first("import"))],
  ["… memory", "at most", 50 * 1024 ** 2, "bytes", figure("cold-memory", one, "import, RSS")],
  [
    '… with the first event: CPU beyond `import "undici"`',
    "at most",
    50e6,
    "ns",
    between(
      "cold",
      [one, first("first event")],
      ["undici EventSource", first("import")],
      (a, b) => a - b,
    ),
  ],
  [
    "Chromium, bulk: events per second of the native `EventSource`’s",
    "at least",
    5,
    "×",
    inverse(of("chromium", bulk, one, "EventSource of the browser")),
  ],
  [
    "Chromium, time of eventsource-client’s, worst cell",
    "at most",
    1,
    "×",
    worst("chromium", one, "eventsource-client"),
  ],
  [
    "Parser, speed of eventsource-parser’s, worst cell",
    "at least",
    1,
    "×",
    inverse(worst("parser", parser, otherParser)),
  ],
  [
    "… in 7-byte chunks",
    "at least",
    1.3,
    "×",
    inverse(of("parser", "180 B events, 7 B chunks", parser, otherParser)),
  ],
  [
    "Server, 1 event per tick: CPU of better-sse’s",
    "at most",
    0.5,
    "×",
    server(1, servers.node, "better-sse"),
  ],
  [
    "… of `socket.write` with shared bytes",
    "at most",
    1.3,
    "×",
    server(1, servers.node, "limit: socket.write, shared"),
  ],
  [
    "Server, 16 events per tick: CPU of better-sse’s",
    "at most",
    0.1,
    "×",
    server(16, servers.node, "better-sse"),
  ],
  [
    "… of `socket.write` with shared bytes",
    "at most",
    1.25,
    "×",
    server(16, servers.node, "limit: socket.write, shared"),
  ],
  [
    "Server, idle session, heap",
    "at most",
    6.5 * 1024,
    "bytes",
    figure("server-memory", servers.node, idleHeap(1_000)),
  ],
  [
    "Web handler, 1 event per tick: CPU of Hono’s streamSSE",
    "at most",
    0.45,
    "×",
    server(1, servers.web, "hono streamSSE"),
  ],
  [
    "Web handler, 16 events per tick",
    "at most",
    0.07,
    "×",
    server(16, servers.web, "hono streamSSE"),
  ],
  ["Through Redis, from publish to client, p50", "at most", 2e6, "ns", figure("redis", one, "p50")],
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
      measured: value === undefined ? "not measured here" : show(value),
      held,
    };
  });
}
