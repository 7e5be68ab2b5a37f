// Our server in other runtimes, as it is published, with our feed in Node reading from it.
import { createServer, connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Feed } from "@steadfeed/client";
import { readEvents } from "@steadfeed/parser";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { listen } from "../support/server.ts";
import { bun, bundle, deno, firstLine, workerd } from "./runtimes.ts";

const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0)) await close();
});

async function inProcess(runtime: typeof deno, file: string): Promise<string> {
  const child = runtime.run(file);
  closers.push(() => child.kill("SIGKILL"));
  const url = await firstLine(child);
  expect(await (await fetch(`${url}from`)).text()).toMatch(/server\/dist\/index\.js$/);
  return url;
}

async function inWorker(): Promise<string> {
  const worker = new Miniflare({
    modules: true,
    script: await bundle("server-worker.ts"),
    compatibilityDate: "2026-07-01",
    // Without these a worker is not told that its reader left.
    compatibilityFlags: ["enable_request_signal", "request_signal_passthrough"],
    durableObjects: { ROOM: "Room" },
  });
  closers.push(() => worker.dispose());
  return (await worker.ready).href;
}

interface Line {
  readonly url: string;
  readonly cut: () => void;
  /** How many connections there were. */
  readonly count: () => number;
}

/** A line to a server that can be cut. */
async function line(to: string): Promise<Line> {
  const { port } = new URL(to);
  const sockets = new Set<Socket>();
  let count = 0;
  const proxy = createServer((near) => {
    count++;
    const far = connect(Number(port), "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  const url = to.replace(port, String(await listen(proxy)));
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
    sockets.clear();
  };
  onTestFinished(() => {
    proxy.close();
    cut();
  });
  return { url, cut, count: () => count };
}

interface Server {
  readonly name: string;
  readonly here: boolean;
  readonly start: () => Promise<string>;
}

const servers: Server[] = [
  { name: "Deno", here: deno.here, start: () => inProcess(deno, "server-deno.ts") },
  { name: "Bun", here: bun.here, start: () => inProcess(bun, "server-bun.ts") },
  {
    name: "a Durable Object of workerd",
    here: workerd,
    start: async () => `${await inWorker()}room/`,
  },
];

let streams = 0;

for (const { name, here, start } of servers)
  describe.skipIf(!here)(`our server in ${name}`, () => {
    let at = "";
    beforeAll(async () => {
      at = await start();
    });

    const publish = async (to: string, data: string, id = ""): Promise<void> => {
      const query = new URLSearchParams({ stream: to, type: "tick", ...(id !== "" && { id }) });
      const response = await fetch(`${at}publish?${query.toString()}`, {
        method: "POST",
        body: data,
      });
      expect([response.status, await response.json()]).toMatchObject([202, {}]);
    };

    async function reader() {
      const stream = `s${streams++}`;
      const { url, cut } = await line(at);
      const feed = new Feed(`${url}?stream=${stream}`, { retry: { initialDelayMs: 20 } });
      onTestFinished(() => feed.close());
      const gaps: string[] = [];
      feed.on("gap", ({ reason }) => gaps.push(reason));
      const ticks = feed.subscribe("tick");
      const next = async (): Promise<unknown> => (await ticks.next()).value?.data;
      await feed.open();
      const say = (data: string, id?: string): Promise<void> => publish(stream, data, id);
      return { stream, ticks, next, cut, gaps, say };
    }

    test("a reader gets published events at once", async () => {
      const { say, next } = await reader();
      await say("one");
      expect(await next()).toBe("one");
      await say("two\nlines ✓");
      expect(await next()).toBe("two\nlines ✓");
    });

    test("a reader whose connection dies gets the missed events, once", async () => {
      const { say, next, cut, gaps } = await reader();
      for (const n of [1, 2]) {
        await say(`live ${n}`);
        expect(await next()).toBe(`live ${n}`);
        cut();
        await say(`missed ${n}`);
        expect(await next()).toBe(`missed ${n}`);
      }
      expect(gaps).toEqual([]);
    });

    test.each(["clé", "✓ 日本"])("a reader returns to the id %s", async (id) => {
      const { say, next, cut, gaps } = await reader();
      await say("with id", id);
      expect(await next()).toBe("with id");
      cut();
      await say("behind it");
      expect(await next()).toBe("behind it");
      expect(gaps).toEqual([]);
    });

    test("a reader that left is not kept forever", async () => {
      const { ticks, stream } = await reader();
      const readers = async (): Promise<string> =>
        (await fetch(`${at}readers?stream=${stream}`)).text();
      expect(await readers()).toBe("1");
      await ticks.return();
      await expect.poll(readers).toBe("0");
    });

    test("a run is started, left, resumed and ended, and one that fails breaks off", async () => {
      const started = await fetch(`${at}runs/good`, { method: "POST", body: "why?" });
      expect(started.headers.get("content-location")).toBe("/runs/good");
      await started.body!.cancel();
      const feed = new Feed(`${at}runs/good`);
      onTestFinished(() => feed.close());
      const got: string[] = [];
      feed.subscribe("message", ({ data }) => void got.push(data));
      expect(await feed.closed).toMatchObject({ reason: "ended", complete: true });
      expect(got).toEqual(["You", "asked", "why?"]);
      const headers = { "last-event-id": feed.lastEventId };
      expect((await fetch(`${at}runs/good`, { headers })).status).toBe(204);
      const bad = await fetch(`${at}runs/bad`, { method: "POST", body: "why?" });
      const text = await bad.text().catch(() => "broken off");
      // Miniflare ends a body that failed as if it were whole: a feed reconnects, and gets the failure.
      expect(text === "broken off").toBe(!name.includes("workerd"));
      const failing = new Feed(`${at}runs/bad`, { retry: { initialDelayMs: 20 } });
      onTestFinished(() => failing.close());
      failing.subscribe("message", () => undefined);
      expect(await failing.closed).toMatchObject({ reason: "failed", error: { status: 424 } });
      expect((await fetch(`${at}runs/none`, { method: "DELETE" })).status).toBe(404);
    });

    test("a reader that names no stream gets an error with the fix", async () => {
      const response = await fetch(at);
      expect([response.status, await response.text()]).toEqual([
        400,
        expect.stringContaining("?stream=NAME"),
      ]);
    });
  });

// The other runtimes have no such limit; Bun looks every four seconds.
test.skipIf(!bun.here)(
  "Bun.serve: server.timeout(request, 0) keeps a quiet connection open beyond Bun's idle limit",
  async () => {
    const { url, count } = await line(await inProcess(bun, "server-bun.ts"));
    const feed = new Feed(`${url}?stream=s`);
    onTestFinished(() => feed.close());
    await feed.open();
    await sleep(4500);
    expect([feed.state, count()]).toEqual(["open", 1]);
  },
);

describe.skipIf(!workerd)("respond on workerd", () => {
  let at = "";
  beforeAll(async () => {
    at = await inWorker();
  });

  test("a worker answers one request with a stream that ends", async () => {
    const got: unknown[] = [];
    for await (const event of readEvents(await fetch(at))) got.push(event);
    expect(got).toMatchObject([
      { type: "a", data: "x\ny", lastEventId: "1" },
      { type: "b", data: '{"b":1}' },
    ]);
  });

  test("an endless source is sent as it arrives, and the worker learns when its reader leaves", async () => {
    const got: string[] = [];
    for await (const { data } of readEvents(await fetch(`${at}endless`))) {
      got.push(data);
      if (got.length === 3) break;
    }
    expect(got).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
    const left = async (): Promise<string> => (await fetch(`${at}left`)).text();
    await expect.poll(left, { timeout: 5000 }).toBe("client");
  });
});
