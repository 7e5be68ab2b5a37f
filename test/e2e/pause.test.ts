import v8 from "node:v8";
import vm from "node:vm";
import { Feed, type FeedOptions } from "@steadfeed/client";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { statuses, until } from "../support/collect.ts";
import { openStream, serve } from "../support/server.ts";
import { standsStill } from "../support/still.ts";

v8.setFlagsFromString("--expose-gc");
const collectGarbage = vm.runInNewContext("gc") as () => void;

const authority = createAuthority();

// What the first connection loads is not what a feed holds.
await import("undici");

/** A server that writes as fast as the socket takes it: so many events of so many bytes, so many in a write. */
async function startFlood(options: FeedOptions, count: number, size: number, batch = 1) {
  const written = { bytes: 0 };
  const data = "x".repeat(size);
  const { url } = await serve(
    (_, response) => {
      let id = 0;
      const write = (): void => {
        while (id < count) {
          let text = "";
          for (let each = 0; each < batch; each++) text += `id: ${++id}\ndata: ${data}\n\n`;
          written.bytes += text.length;
          if (!response.write(text)) return void response.once("drain", write);
        }
      };
      openStream(response);
      write();
    },
    options.node ? { tls: authority.issue(), http2: true } : {},
  );
  return { url, written };
}

const transports: [string, FeedOptions][] = [
  ["undici", {}],
  ["undici over HTTP/2", { node: { tls: { ca: authority.cert } } }],
  ["fetch", { fetch: globalThis.fetch }],
];

const memory = (): number => {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const MB = 1024 * 1024;

describe.each(transports)("%s", (_, options) => {
  test("a loop that stalls stops the server: bounded memory, a report with its name, and every event in order when it resumes", async () => {
    const count = 40_000;
    const size = 1000;
    const { url, written } = await startFlood(options, count, size);
    const feed = new Feed(url, options);
    onTestFinished(() => feed.close());
    const told = statuses(feed);
    const before = memory();
    let goOn!: () => void;
    const stall = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let last = 0;
    const loop = (async () => {
      for await (const { id } of feed.subscribe("message", { name: "the slow one" })) {
        if (Number(id) !== ++last) throw new Error(`${id} came after ${last - 1}`);
        if (last === 10) await stall;
        if (last === count) break;
      }
    })();
    await until(() => expect(last).toBe(10));
    await standsStill(() => written.bytes + feed.stats.bytes);
    expect(last).toBe(10);
    expect(feed.stats.bytes, "taken from the socket").toBeLessThan(MB);
    expect(written.bytes, "the server is held up").toBeLessThan((count * size) / 2);
    expect(memory() - before, "held in memory").toBeLessThan(4 * MB);
    const slow = told.filter(({ kind }) => kind === "slow");
    expect(slow).toEqual([
      { kind: "slow", subscription: "the slow one", pending: expect.any(Number) },
    ]);
    expect(feed.state).toBe("open");
    goOn();
    await loop;
    expect(last).toBe(count);
    expect(feed.stats).toMatchObject({ attempts: 1, events: count, dropped: 0 });
  });

  test.each([
    [20_000, 1000, 1],
    [50_000, 10, 1],
    [200_000, 10, 1000],
  ])(
    "a loop that keeps up is never paused: %i events of %i bytes, %i in a write",
    async (count, size, batch) => {
      const { url } = await startFlood(options, count, size, batch);
      const feed = new Feed(url, options);
      onTestFinished(() => feed.close());
      const told = statuses(feed);
      let received = 0;
      for await (const { data } of feed.subscribe("message")) {
        if (data !== "" && ++received === count) break;
      }
      expect(told.map(({ kind }) => kind)).not.toContain("slow");
    },
  );

  test("a slow consumer with 'pause' holds up the others, and no event is lost", async () => {
    const count = 5000;
    const { url } = await startFlood(options, count, 100);
    const feed = new Feed(url, options);
    onTestFinished(() => feed.close());
    let fast = 0;
    feed.subscribe("message", () => void fast++);
    let slow = 0;
    for await (const { id } of feed.subscribe("message", { capacity: 10 })) {
      slow = Number(id);
      if (slow % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      if (slow === count) break;
    }
    expect(fast).toBe(count);
  });

  test("a consumer that drops holds up no other, and its drops are counted", async () => {
    const count = 20_000;
    const { url } = await startFlood(options, count, 100);
    const feed = new Feed(url, options);
    onTestFinished(() => feed.close());
    const told = statuses(feed);
    const lossy = feed.subscribe("message", { capacity: 10, overflow: "drop-oldest" });
    let fast = 0;
    feed.subscribe("message", () => void fast++);
    await until(() => expect(fast).toBe(count));
    expect(lossy.stats).toEqual({ received: count, dropped: count - 10, pending: 10 });
    expect(feed.stats.dropped).toBe(count - 10);
    const dropped = told.flatMap((status) => (status.kind === "dropped" ? [status.count] : []));
    expect(dropped.reduce((sum, each) => sum + each)).toBe(count - 10);
    expect((await lossy.next()).value?.id).toBe(String(count - 9));
  });
});
