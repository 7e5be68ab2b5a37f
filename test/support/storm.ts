import { startNode, type ServerNode } from "./nodes.ts";
import { byId, WireReader } from "./reader.ts";
import { startRedis, type Redis } from "./redis.ts";

export interface StormOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly clients: number;
  readonly eventsPerSecond: number;
  readonly seconds: number;
  /** How many reconnect in a second, to a node by chance. */
  readonly reconnectsPerSecond: number;
  /** The share of clients that now and then stop reading. */
  readonly pausing: number;
  readonly maxEvents?: number;
  readonly ringEvents?: number;
  readonly aof?: boolean;
  /** Done in the middle of it. */
  readonly disturb?: (redis: Redis, nodes: readonly ServerNode[]) => Promise<void>;
  /** How long all may take to be at the head, once nothing more comes. */
  readonly patienceMs?: number;
}

export interface StormReport {
  readonly published: number;
  /** Publishing that was rejected, by its code. */
  readonly rejected: Readonly<Record<string, number>>;
  readonly delivered: number;
  readonly reconnects: number;
  /** Events that came twice, or out of order: must be none. */
  readonly repeated: number;
  /** Events that are missing, and nobody said so: must be none. */
  readonly silent: number;
  /** Reported gaps. */
  readonly gaps: number;
  /** Clients that are not at the head at the end: must be none. */
  readonly behind: number;
  readonly catchUpMs: number;
  /** Nodes that ended by themselves: must be none. */
  readonly lost: readonly string[];
  readonly states: readonly string[];
}

const gap = -1;

/** Many readers that come, go and stop, on several nodes, while much is published; and a count of every event. */
export async function storm(options: StormOptions): Promise<StormReport> {
  const chance = mulberry(options.seed);
  const redis = await startRedis({ aof: options.aof ?? false });
  const { maxEvents, ringEvents } = options;
  const settings = {
    url: redis.url,
    ...(maxEvents !== undefined && { maxEvents }),
    ...(ringEvents !== undefined && { ringEvents }),
    timeoutMs: 2000,
  };
  const nodes = await Promise.all(Array.from({ length: options.nodes }, () => startNode(settings)));
  const readers: WireReader[] = [];
  try {
    const logs = Array.from({ length: options.clients }, () => [] as number[]);
    for (const log of logs) {
      const where = (): string => `${nodes[Math.floor(chance() * nodes.length)]!.url}?stream=s`;
      const note = (each: { data: string } | { gap: string }): void =>
        void log.push("gap" in each ? gap : Number(each.data));
      readers.push(new WireReader(where, 20 + chance() * 100, note));
    }
    await until(() => readers.every(({ lastEventId }) => lastEventId !== ""), 30_000);

    const perNode = Math.ceil((options.eventsPerSecond * options.seconds) / nodes.length);
    const perTurn = Math.max(1, Math.round(options.eventsPerSecond / nodes.length / 100));
    const flooding = nodes.map((node, i) =>
      node.ask<{ n: number; id?: string; code?: string }[]>("flood", i * 1e8, perNode, 10, perTurn),
    );
    const flood = { over: false };
    const all = Promise.all(flooding).finally(() => (flood.over = true));
    const disturbing =
      options.disturb && after(options.seconds * 400).then(() => options.disturb!(redis, nodes));
    const weak = readers.slice(0, Math.ceil(readers.length * options.pausing));
    while (!flood.over) {
      await after(100);
      for (let i = 0; i < options.reconnectsPerSecond / 10; i++) {
        readers[Math.floor(chance() * readers.length)]!.drop();
      }
      for (const reader of weak) {
        if (chance() < 0.1) reader.pause();
        else if (chance() < 0.2) reader.resume();
      }
    }
    for (const reader of weak) reader.resume();
    const results = (await all).flat();
    await disturbing;
    // Behind everything that may be lost.
    const last: number[] = [];
    for (let n = 9e8; last.length === 0;) {
      const [result] = await nodes[0]!.ask<{ n: number; id?: string }[]>("flood", n++, 1, 200, 1);
      if (result?.id !== undefined) {
        results.push(result);
        last.push(result.n);
      }
    }
    const done = performance.now();
    const atHead = (log: readonly number[]): boolean => log.at(-1) === last[0];
    await until(() => logs.every(atHead), options.patienceMs ?? 60_000);
    const catchUpMs = Math.round(performance.now() - done);

    const kept = results.filter((result): result is { n: number; id: string } => "id" in result);
    kept.sort((one, other) => byId(one.id, other.id));
    const order = new Map(kept.map(({ n }, i) => [n, i]));
    const counts = logs.map((log) => count(log, order));
    const rejected: Record<string, number> = {};
    for (const { code } of results) if (code) rejected[code] = (rejected[code] ?? 0) + 1;
    const sum = (pick: (each: (typeof counts)[number]) => number): number =>
      counts.reduce((total, each) => total + pick(each), 0);
    return {
      published: kept.length,
      rejected,
      delivered: logs.reduce((total, log) => total + log.length, 0),
      reconnects: readers.reduce((total, reader) => total + reader.connects - 1, 0),
      repeated: sum(({ repeated }) => repeated),
      silent: sum(({ silent }) => silent),
      gaps: sum(({ gaps }) => gaps),
      behind: logs.filter((log) => !atHead(log)).length,
      catchUpMs,
      lost: nodes.flatMap((node) => node.lost() ?? []),
      states: await Promise.all(
        nodes.map(async (node) => (await node.ask<string[]>("states")).join(">")),
      ),
    };
  } finally {
    for (const reader of readers) reader.stop();
    await Promise.all(nodes.map((node) => node.kill()));
    await redis.remove();
  }
}

/** What one reader got, beside the order of what was kept. What nobody was promised (`uncertain`) does not count. */
function count(
  log: readonly number[],
  order: ReadonlyMap<number, number>,
): { repeated: number; silent: number; gaps: number } {
  let [repeated, silent, gaps, at, excused] = [0, 0, 0, -1, false];
  // It was there before anything was published.
  for (const n of log) {
    if (n === gap) {
      gaps++;
      excused = true;
      continue;
    }
    const place = order.get(n);
    if (place === undefined) continue;
    if (place <= at) repeated++;
    else if (place > at + 1 && !excused) silent += place - at - 1;
    at = Math.max(at, place);
    excused = false;
  }
  return { repeated, silent, gaps };
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds: () => boolean, patienceMs: number): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!holds() && Date.now() < end) await after(50);
}

function mulberry(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
