// Producers and readers of runs, killed at random: every reader gets all, once, and one end.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Feed, type CloseInfo, type FeedError } from "@steadfeed/client";
import { expect, onTestFinished, test } from "vitest";
import { randomOf } from "../chaos/random.ts";
import { startNode, type ServerNode } from "../support/nodes.ts";
import { redisServer, startRedis } from "../support/redis.ts";

const seconds = Number(process.env["RUNS_SECONDS"] ?? 60);
const seed = Number(process.env["RUNS_SEED"] ?? Date.now() % 2 ** 31);
const words = 120;

/** A balancer before the nodes that are up, whose lines can be cut. */
async function balancer(nodes: () => readonly ServerNode[], pick: (below: number) => number) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const up = nodes();
    const node = up[pick(up.length)];
    near.on("error", () => undefined);
    if (!node) {
      near.destroy();
      return;
    }
    const far = connect(Number(new URL(node.url).port), "127.0.0.1");
    far.on("error", () => near.destroy());
    far.on("close", () => near.destroy());
    near.on("close", () => {
      sockets.delete(near);
      far.destroy();
    });
    sockets.add(near);
    near.pipe(far).pipe(near);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  const cut = (): void => void [...sockets][pick(sockets.size)]?.resetAndDestroy();
  return { url: `http://127.0.0.1:${port}`, cut };
}

interface Reading {
  readonly run: string;
  readonly got: string[];
  readonly ends: CloseInfo[];
}

test.skipIf(!redisServer)(
  `producers and readers are killed at random, seed ${seed}`,
  async () => {
    const random = randomOf(seed, 0);
    const pick = (below: number): number => Math.floor(random() * below);
    const redis = await startRedis();
    onTestFinished(() => redis.remove());
    const nodes = new Set<ServerNode>();
    const start = async (): Promise<void> => {
      nodes.add(await startNode({ url: redis.url, prefix: "long" }));
    };
    await Promise.all([start(), start(), start()]);
    onTestFinished(async () => void (await Promise.all([...nodes].map((node) => node.kill()))));
    const line = await balancer(() => [...nodes], pick);

    const readings: Reading[] = [];
    const read = (run: string): void => {
      const feed = new Feed(`${line.url}/runs/${run}`, {
        retry: { initialDelayMs: 20, maxDelayMs: 300 },
      });
      const reading: Reading = { run, got: [], ends: [] };
      readings.push(reading);
      feed.subscribe("message", ({ data }) => void reading.got.push(data));
      feed.on("closed", (info) => void reading.ends.push(info));
      onTestFinished(() => feed.close());
    };

    const until = performance.now() + seconds * 1000;
    let begun = 0;
    let kills = 0;
    while (performance.now() < until) {
      const run = `r${begun++}`;
      const producer = [...nodes][pick(nodes.size)]!;
      const failures: unknown[] = [];
      // One that dies later takes its question along.
      producer
        .ask("produce", run, words, 1 + pick(15), 1000)
        .catch((error: unknown) => failures.push(error));
      await expect
        .poll(async () => (await [...nodes][0]!.ask("findRun", run)) ?? failures, {
          timeout: 10_000,
        })
        .toHaveProperty("id", run);
      for (let n = 1 + pick(3); n > 0; n--) read(run);
      await sleep(pick(400));
      if (pick(2) === 0) line.cut();
      if (pick(3) === 0) await [...nodes][pick(nodes.size)]!.ask("dropReaders");
      // A line that is cut takes its requests along.
      const stop = fetch.bind(undefined, `${line.url}/runs/${run}`, { method: "DELETE" });
      if (pick(6) === 0) await stop().catch(() => undefined);
      if (pick(8) === 0) {
        const [victim] = [[...nodes][pick(nodes.size)]!];
        nodes.delete(victim);
        kills++;
        await victim.kill();
        await start();
      }
    }
    await expect
      .poll(() => readings.filter(({ ends }) => ends.length === 0).length, { timeout: 30_000 })
      .toBe(0);
    await sleep(500);

    const all = Array.from({ length: words }, (_, n) => String(n + 1));
    const outcomes = { done: 0, stopped: 0, lost: 0 };
    for (const { run, got, ends } of readings) {
      const again = `RUNS_SEED=${seed}, ${run}`;
      expect(ends, again).toHaveLength(1);
      expect(got, again).toEqual(all.slice(0, got.length));
      const [{ reason, error }] = ends as [CloseInfo];
      const { end } = await [...nodes][0]!.ask<{ end: { reason: "done" | "stopped" | "lost" } }>(
        "findRun",
        run,
      );
      outcomes[end.reason]++;
      // A reader that comes after its run's end, and has it all, is answered 204.
      const how = reason === "failed" ? (error as FeedError).status : "whole";
      const isWhole = reason === "ended" || reason === "stopped";
      expect([how, isWhole], again).toEqual(end.reason === "lost" ? [424, false] : ["whole", true]);
      expect(end.reason !== "done" || got.length === words, again).toBe(true);
      const others = readings.filter((other) => other.run === run);
      expect(new Set(others.map((other) => other.got.length)).size, again).toBe(1);
    }
    console.log(`${begun} runs, ${readings.length} readers, ${kills} nodes killed:`, outcomes);
    expect(outcomes.done).toBeGreaterThan(0);
  },
  seconds * 1000 + 120_000,
);
