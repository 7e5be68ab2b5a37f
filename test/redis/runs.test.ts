// Runs of several processes on one Redis: the producer's node dies, hangs, is stopped from elsewhere.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Feed, type FeedError } from "@steadfeed/client";
import { startNode, type NodeOptions, type ServerNode } from "../support/nodes.ts";
import { WireReader } from "../support/reader.ts";
import { redisServer, startRedis, type Redis } from "../support/redis.ts";

interface Ended {
  readonly reason: string;
}

describe.skipIf(!redisServer)("runs of several processes on one Redis", () => {
  let redis: Redis;
  let count = 0;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis.remove());

  async function nodes(number: number, options: Partial<NodeOptions> = {}): Promise<ServerNode[]> {
    const shared = { url: redis.url, prefix: `run${count++}`, ...options };
    const started = await Promise.all(Array.from({ length: number }, () => startNode(shared)));
    onTestFinished(async () => {
      for (const node of started) expect(node.lost()).toBeUndefined();
      await Promise.all(started.map((node) => node.kill()));
    });
    return started;
  }

  /** Reads a run on one node after the other, by HTTP. */
  function read(where: () => string): { readonly feed: Feed; readonly got: string[] } {
    const feed = new Feed(where, { retry: { initialDelayMs: 20, maxDelayMs: 200 } });
    onTestFinished(() => feed.close());
    const got: string[] = [];
    feed.subscribe("message", ({ data }) => void got.push(data));
    return { feed, got };
  }

  const upTo = (last: number): string[] => Array.from({ length: last }, (_, n) => String(n + 1));

  test("published on one node, read on any, from the beginning, each event once, to the end", async () => {
    const [one, two] = (await nodes(2)) as [ServerNode, ServerNode];
    const producing = one.ask<Ended>("produce", "r", 300, 2);
    await expect.poll(() => two.ask("findRun", "r")).toEqual({ id: "r" });
    let turn = 0;
    const early = read(() => `${two.url}runs/r`);
    // Not our feed, which sends no cursor to another origin.
    const wandering = new WireReader(() => `${[one, two][turn++ % 2]!.url}runs/r`);
    onTestFinished(() => wandering.stop());
    for (let n = 0; n < 5; n++) {
      await sleep(60);
      await one.ask("dropReaders");
      await two.ask("dropReaders");
    }
    expect(await producing).toEqual({ reason: "done" });
    for (const { feed, got } of [early, read(() => `${two.url}runs/r`)]) {
      expect(await feed.closed).toMatchObject({ reason: "ended", complete: true });
      expect(got).toEqual(upTo(300));
    }
    await expect.poll(() => wandering.events).toEqual(upTo(300));
    expect(wandering.connects).toBeGreaterThan(2);
  });

  test("stop on another node aborts the producer's signal, and every reader gets the end", async () => {
    const [one, two] = (await nodes(2)) as [ServerNode, ServerNode];
    const producing = one.ask<Ended>("produce", "r", 100_000, 5);
    await expect.poll(() => two.ask("findRun", "r")).toEqual({ id: "r" });
    const { feed, got } = read(() => `${two.url}runs/r`);
    await expect.poll(() => got.length).toBeGreaterThan(5);
    const response = await fetch(`${two.url}runs/r`, { method: "DELETE" });
    expect(response.status).toBe(204);
    expect(await producing).toEqual({ reason: "stopped" });
    expect(await feed.closed).toMatchObject({ reason: "ended" });
    expect(got).toEqual(upTo(got.length));
  });

  test("a second producer on another node is refused, or joins", async () => {
    const [one, two] = (await nodes(2)) as [ServerNode, ServerNode];
    const producing = one.ask<Ended>("produce", "r", 30, 5);
    await expect.poll(() => two.ask("findRun", "r")).toEqual({ id: "r" });
    await expect(two.ask("produce", "r", 1, 1)).rejects.toMatchObject({ code: "run-taken" });
    await producing;
    // Once it has ended there may be another one of this id; cursors of the first are not good for it.
    const { id } = await two.ask<{ id: string }>("lastOf", "r");
    await two.ask("produce", "r", 2, 1);
    const headers = { "last-event-id": id };
    expect((await fetch(`${one.url}runs/r`, { headers })).status).toBe(410);
  });

  test("the run of a killed node fails after its lease, on each node, after all stored events", async () => {
    const [one, two, three] = (await nodes(3)) as [ServerNode, ServerNode, ServerNode];
    one.ask("produce", "r", 100_000, 5, 1000).catch(() => undefined);
    await expect.poll(() => two.ask("findRun", "r")).toEqual({ id: "r" });
    const readers = [two, three].map((node) => read(() => `${node.url}runs/r`));
    await expect.poll(() => readers[0]!.got.length).toBeGreaterThan(10);
    await one.kill();
    const killedAt = performance.now();
    const ends = await Promise.all(readers.map(({ feed }) => feed.closed));
    expect(performance.now() - killedAt).toBeLessThan(6000);
    for (const { reason, error } of ends) {
      expect(reason).toBe("failed");
      expect((error as FeedError).status).toBe(424);
    }
    expect(readers[0]!.got).toEqual(upTo(readers[0]!.got.length));
    expect(readers[1]!.got).toEqual(readers[0]!.got);
    expect(await two.ask("findRun", "r")).toMatchObject({ end: { reason: "lost" } });
  });

  test("a producer that hung for longer than its lease is fenced: none of its events follow the end", async () => {
    const [one, two] = (await nodes(2)) as [ServerNode, ServerNode];
    const producing = one.ask<Ended>("produce", "r", 100_000, 5, 1000);
    await expect.poll(() => two.ask("findRun", "r")).toEqual({ id: "r" });
    const { feed, got } = read(() => `${two.url}runs/r`);
    await expect.poll(() => got.length).toBeGreaterThan(5);
    one.freeze();
    expect(await feed.closed).toMatchObject({ reason: "failed" });
    await two.ask("produce", "r", 3, 1);
    one.thaw();
    expect(await producing).toMatchObject({ reason: "lost" });
    const again = read(() => `${two.url}runs/r`);
    expect(await again.feed.closed).toMatchObject({ reason: "ended" });
    expect(again.got).toEqual(upTo(3));
  });

  test("while Redis is away events wait, and none is lost or stored twice", async () => {
    const own = await startRedis({ aof: true });
    onTestFinished(() => own.remove());
    const [one, two] = (await nodes(2, { url: own.url, timeoutMs: 500 })) as [
      ServerNode,
      ServerNode,
    ];
    const producing = one.ask<Ended>("produce", "r", 200, 10);
    await expect.poll(() => two.ask("findRun", "r")).toEqual({ id: "r" });
    const { feed, got } = read(() => `${two.url}runs/r`);
    await expect.poll(() => got.length).toBeGreaterThan(10);
    own.freeze();
    await sleep(1200);
    own.thaw();
    await sleep(200);
    await own.kill();
    await sleep(300);
    await own.start();
    expect(await producing).toEqual({ reason: "done" });
    expect(await feed.closed).toMatchObject({ reason: "ended" });
    expect(got).toEqual(upTo(200));
  });
});
