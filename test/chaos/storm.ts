import { setTimeout as sleep } from "node:timers/promises";
import { Ledger } from "@steadfeed/client/testing";
import { FaultProxy } from "@steadfeed/client/testing/node";
import { collectGarbage } from "../support/gc.ts";
import { ownPort } from "../support/port.ts";
import { Actor, type Tally } from "./actor.ts";
import { Faults } from "./faults.ts";
import { memoryOf } from "./logs.ts";
import { chance, randomOf } from "./random.ts";
import { Station } from "./station.ts";

export interface StormOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly feeds: number;
  /** Where the server keeps its events: `memory` or `redis`. */
  readonly log: string;
}

/** How it went. */
export interface Report extends Omit<Tally, "made"> {
  readonly published: number;
  readonly faultsSurvived: Readonly<Record<string, number>>;
  /** Megabytes in use after a collection: before, at each tenth of the time, and when all was closed. */
  readonly heapMb: readonly number[];
  /** What was made and is still held. */
  readonly held: number;
  /** Sockets, servers and timers that are still there. */
  readonly open: readonly string[];
}

const tickMs = 50;

/** Feeds, faults and failing servers for so many seconds, then calm until all is accounted for. */
export async function storm(options: StormOptions): Promise<Report> {
  const before = resources();
  const heapMb = [heap()];
  const ledger = new Ledger();
  const tally: Tally = {
    feeds: 0,
    opened: 0,
    subscriptions: 0,
    received: 0,
    gone: 0,
    dropped: 0,
    gaps: {},
    faults: [],
    made: [],
  };
  // A separate function, so that nothing of it is referenced after its end.
  const faultsSurvived = await rage(options, ledger, tally, heapMb);
  const { made, ...told } = tally;
  return {
    ...told,
    published: ledger.size,
    faultsSurvived,
    open: await leftOpen(before),
    held: await stillHeld(made),
    heapMb: [...heapMb, heap()],
  };
}

async function rage(
  { seconds, seed, feeds, log }: StormOptions,
  ledger: Ledger,
  tally: Tally,
  heapMb: number[],
): Promise<Readonly<Record<string, number>>> {
  const random = randomOf(seed, 0);
  const memory = await memoryOf(log, randomOf(seed, -1));
  const station = new Station(
    await ownPort(),
    ledger,
    memory,
    randomOf(seed, 1),
    Math.ceil(feeds / 10),
  );
  await station.start();
  const proxy = await FaultProxy.listen(`http://127.0.0.1:${station.port}/`);
  const faults = new Faults(proxy, randomOf(seed, 2));
  const actors = Array.from({ length: feeds }, (_, n) => {
    const stream = station.streams[n % station.streams.length]!;
    return new Actor(proxy.url, stream, ledger, randomOf(seed, 3 + n), tally);
  });

  // On a busy machine it lasts longer, and is the same storm.
  const ticks = (seconds * 1000) / tickMs;
  let failing: Promise<void> | undefined;
  for (let tick = 0; tick < ticks; tick++) {
    for (let n = 0; n < feeds / 20; n++) station.publish();
    faults.strike(0.02);
    memory.away?.strike();
    if (chance(random, 0.01)) faults.refuse(300);
    if (chance(random, 0.01)) {
      faults.stall(0.5);
      station.burst();
    }
    if (!failing && chance(random, 0.02)) {
      failing = station.fail().then((how) => {
        faults.count(`server ${how}`);
        failing = undefined;
      });
    }
    if (tick > (heapMb.length * ticks) / 10) heapMb.push(heap());
    await sleep(tickMs);
  }

  await memory.away?.rest();
  await failing;
  faults.rest();
  for (const actor of actors) actor.rest();
  for (let n = 0; n < 10 * station.streams.length; n++) station.publish();
  await station.published();
  await settled(actors);
  for (const actor of actors) actor.close();
  await station.close();
  await proxy.close();
  return { ...faults.counts, ...memory.away?.counts };
}

/** What a report has to say against us. */
export function faultsOf({ faults, held, open, heapMb, published }: Report): string[] {
  const sentences = faults.slice(0, 100);
  if (held > 0) sentences.push(`${held} feeds or subscriptions are still held.`);
  if (open.length > 0) sentences.push(`Still open: ${open.join(", ")}.`);
  // Bursts come and go; what a leak adds stays. Beside it, the test writes down each published event.
  const first = Math.max(...heapMb.slice(1, 4));
  const last = Math.min(...heapMb.slice(-4, -1));
  const allowedMb = first + 20 + published / 4000;
  if (last > allowedMb) sentences.push(`The heap grew from ${first} to ${last} MB.`);
  return sentences;
}

/** Gives all who are still there the time to get what was published. */
async function settled(actors: readonly Actor[]): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (actors.some((actor) => actor.missing.length > 0) && performance.now() < deadline) {
    await sleep(100);
  }
}

/** Sockets take a moment to go; undici keeps its own for some seconds, and one that is connecting for longer. */
async function leftOpen(before: ReadonlyMap<string, number>): Promise<string[]> {
  const deadline = performance.now() + 45_000;
  for (;;) {
    const more = [...resources()].filter(([kind, count]) => count > (before.get(kind) ?? 0));
    if (more.length === 0) return [];
    if (performance.now() > deadline) return more.map(([kind, count]) => `${count} ${kind}`);
    await sleep(100);
  }
}

async function stillHeld(made: readonly WeakRef<object>[]): Promise<number> {
  for (let round = 0; round < 20; round++) {
    await sleep(50);
    collectGarbage();
    if (made.every((each) => each.deref() === undefined)) return 0;
  }
  return made.filter((each) => each.deref() !== undefined).length;
}

function resources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (/^(TCP|TLS|Pipe|Timeout)/.test(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

function heap(): number {
  collectGarbage();
  return Math.round(process.memoryUsage().heapUsed / 1e6);
}
