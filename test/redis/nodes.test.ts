import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startNode, type NodeOptions, type ServerNode } from "../support/nodes.ts";
import { byId, judge, WireReader } from "../support/reader.ts";
import { redisServer, startRedis, type Redis } from "../support/redis.ts";

describe.skipIf(!redisServer)("several processes on one Redis", () => {
  let redis: Redis;
  let count = 0;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis.remove());

  async function nodes(number: number, options: Partial<NodeOptions> = {}): Promise<ServerNode[]> {
    const shared = { url: redis.url, prefix: `n${count++}`, ...options };
    const started = await Promise.all(Array.from({ length: number }, () => startNode(shared)));
    onTestFinished(async () => {
      for (const node of started) expect(node.lost()).toBeUndefined();
      await Promise.all(started.map((node) => node.kill()));
    });
    return started;
  }

  async function read(where: () => string): Promise<WireReader> {
    const reader = new WireReader(where);
    onTestFinished(() => reader.stop());
    await expect.poll(() => reader.lastEventId).not.toBe("");
    return reader;
  }

  const key = (): string => `{n${count - 1}}:log`;

  test("published anywhere, received everywhere, in one order", async () => {
    const [one, two, three] = (await nodes(3)) as [ServerNode, ServerNode, ServerNode];
    const readers = await Promise.all(
      [one, two, three, one].map(({ url }) => read(() => `${url}?stream=s`)),
    );
    // Racing each other.
    const results = await Promise.all(
      [one, two, three].map((node, i) => node.ask<{ id: string }[]>("flood", i * 1000, 200, 1, 5)),
    );
    const published = results.flat().map(({ id }) => id);
    published.sort(byId);
    for (const reader of readers) {
      await expect.poll(() => reader.events).toHaveLength(600);
      expect(reader.got.map((each) => ("gap" in each ? "" : each.id))).toEqual(published);
      expect(reader.events).toEqual(readers[0]!.events);
    }
  });

  test("a client that moves to another node resumes there, with nothing lost or repeated", async () => {
    const [one, two] = (await nodes(2)) as [ServerNode, ServerNode];
    let turn = 0;
    const reader = await read(() => `${[one, two][turn++ % 2]!.url}?stream=s`);
    const flood = one.ask<{ id: string }[]>("flood", 0, 1000, 2, 3);
    for (let i = 0; i < 12; i++) {
      await expect.poll(() => reader.got.length).toBeGreaterThan(i * 60);
      reader.drop();
    }
    const published = (await flood).map(({ id }) => id);
    await expect.poll(() => reader.got.length).toBe(1000);
    expect(reader.connects).toBeGreaterThan(1);
    expect(judge(reader, published)).toEqual({ repeated: 0, silent: 0, gaps: 0, behind: false });
  });

  test("an event for a client reaches it on any node, in all its sessions, and is kept while it is away", async () => {
    const [one, two] = (await nodes(2)) as [ServerNode, ServerNode];
    const tabs = [
      await read(() => `${one.url}?stream=s&client=ann`),
      await read(() => `${two.url}?stream=other&client=ann`),
    ];
    const bob = await read(() => `${two.url}?stream=s&client=bob`);
    await one.ask("send", "ann", "for ann");
    for (const tab of tabs) await expect.poll(() => tab.events).toEqual(["for ann"]);
    tabs[0]!.stop();
    await one.ask("send", "ann", "meanwhile");
    const back = new WireReader(
      () => `${two.url}?stream=s&client=ann&lastEventId=${tabs[0]!.lastEventId}`,
    );
    onTestFinished(() => back.stop());
    await expect.poll(() => back.events).toEqual(["meanwhile"]);
    expect(bob.events).toEqual([]);
  });

  test("every node knows the connected clients and their number", async () => {
    const [one, two] = (await nodes(2)) as [ServerNode, ServerNode];
    const ann = await read(() => `${one.url}?stream=s&client=ann`);
    await read(() => `${two.url}?stream=s&client=ann`);
    await read(() => `${two.url}?stream=t&client=bob`);
    for (const node of [one, two]) {
      await expect.poll(() => node.ask("count")).toBe(3);
      await expect.poll(() => node.ask("count", "s")).toBe(2);
      expect(await node.ask("has", "ann")).toBe(true);
      expect(await node.ask("has", "eve")).toBe(false);
      expect((await node.ask<string[]>("clients")).toSorted()).toEqual(["ann", "bob"]);
    }
    ann.stop();
    await expect.poll(() => two.ask("count", "s")).toBe(1);
    expect(await one.ask("has", "ann")).toBe(true);
  });

  test("a node that dies disappears, and so do its clients; others stay", async () => {
    const [one, two] = (await nodes(2, { absentMs: 1200 })) as [ServerNode, ServerNode];
    const ann = await read(() => `${one.url}?stream=s&client=ann`);
    await read(() => `${two.url}?stream=s&client=bob`);
    await expect.poll(() => two.ask("count")).toBe(2);
    ann.stop();
    await one.kill();
    await expect.poll(() => two.ask("clients")).toEqual(["bob"]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await two.ask("count")).toBe(1);
  });

  test("presence heals after Redis has forgotten it", async () => {
    const [one, two] = (await nodes(2, { absentMs: 900 })) as [ServerNode, ServerNode];
    await read(() => `${one.url}?stream=s&client=ann`);
    await expect.poll(() => two.ask("has", "ann")).toBe(true);
    const nodesKey = key().replace(":log", ":nodes");
    for (const node of await redis.call<string[]>("SMEMBERS", nodesKey)) {
      await redis.call("DEL", key().replace(":log", `:node:${node}`), nodesKey);
    }
    expect(await two.ask("has", "ann")).toBe(false);
    await expect.poll(() => two.ask("has", "ann")).toBe(true);
  });

  test("a client is disconnected on whichever node it is, after the events published before", async () => {
    const [one, two] = (await nodes(2)) as [ServerNode, ServerNode];
    const ann = await read(() => `${two.url}?stream=s&client=ann`);
    const bob = await read(() => `${two.url}?stream=s&client=bob`);
    const last = one.ask("send", "ann", "last words");
    await one.ask("disconnect", "ann");
    await last;
    await expect.poll(() => ann.connects).toBe(2);
    await expect.poll(() => ann.connected).toBe(true);
    // It came back, and is not sent off again.
    await one.ask("publish", "s", "on");
    await expect.poll(() => ann.events).toEqual(["last words", "on"]);
    expect([ann.connects, bob.connects]).toEqual([2, 1]);
  });

  test("a storm of reconnects within the ring makes no request to Redis", async () => {
    const [one, two] = (await nodes(2)) as [ServerNode, ServerNode];
    let turn = 0;
    const where = (): string => `${[one, two][turn++ % 2]!.url}?stream=s`;
    const readers = await Promise.all(Array.from({ length: 60 }, () => read(where)));
    await one.ask("flood", 0, 100, 1, 10);
    for (const reader of readers) await expect.poll(() => reader.events.length).toBe(100);
    const monitor = redis.client();
    await monitor.connect();
    onTestFinished(() => monitor.destroy());
    const commands: string[] = [];
    await monitor.monitor((line) => void commands.push(line));
    for (let round = 1; round <= 5; round++) {
      for (const reader of readers) reader.drop();
      for (const reader of readers) {
        await expect.poll(() => reader.connects > round && reader.connected).toBe(true);
      }
    }
    await one.ask("publish", "s", "after");
    for (const reader of readers) await expect.poll(() => reader.events.length).toBe(101);
    // What a quiet node asks for anyway: its one reader, and its sign of life.
    const from = (line: string): string => line.slice(line.indexOf("["), line.indexOf("]"));
    const follow = new Set(commands.filter((line) => line.includes('"XREAD"')).map(from));
    const own = /"PEXPIRE"|"SADD"|"PING"|"monitor"|"after"/i;
    const asked = commands.filter((line) => !own.test(line) && !follow.has(from(line)));
    expect(follow.size).toBe(2);
    // Who is there is written ten times a second at most, however many come and go.
    const written = asked.filter((line) => /"HSET"|"HDEL"/.test(line));
    expect(asked.filter((line) => !written.includes(line))).toEqual([]);
    expect(written.length).toBeLessThan(5 * readers.length);
    expect(commands.some((line) => line.includes('"after"'))).toBe(true);
  });

  test("a node that was paused gets the events of the pause", async () => {
    const [one, two] = (await nodes(2)) as [ServerNode, ServerNode];
    const reader = await read(() => `${two.url}?stream=s`);
    two.freeze();
    const flood = await one.ask<{ id: string }[]>("flood", 0, 700, 1, 50);
    two.thaw();
    await expect.poll(() => reader.got.length).toBe(700);
    const published = flood.map(({ id }) => id);
    expect(judge(reader, published)).toEqual({ repeated: 0, silent: 0, gaps: 0, behind: false });
  });

  test("trimmed during a node's pause: its readers get a gap, and continue", async () => {
    const [one, two] = (await nodes(2)) as [ServerNode, ServerNode];
    const reader = await read(() => `${two.url}?stream=s`);
    await one.ask("publish", "s", "first");
    await expect.poll(() => reader.events).toEqual(["first"]);
    two.freeze();
    await one.ask("flood", 0, 50, 1, 50);
    await redis.call("XTRIM", key(), "MAXLEN", "10");
    two.thaw();
    const rest = Array.from({ length: 10 }, (_, i) => String(40 + i));
    await expect.poll(() => reader.events).toEqual(["first", "[trimmed]", ...rest]);
  });
});
