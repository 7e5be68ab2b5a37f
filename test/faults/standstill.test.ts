// A page whose consumer stands still drops its connection: some browsers read on, and keep what nobody takes.
import type { FeedOptions, FeedStatus, Subscription } from "@steadfeed/client";
import { describe, expect, test } from "vitest";
import { lastOf } from "../support/collect.ts";
import { FakePage } from "../support/page.ts";
import { fakeClock, pass, settle, wired, work, type WireRequest } from "../support/wire.ts";

fakeClock();

const last = 40;

/** A log with an id for each event, in chunks of one event: what follows the cursor, then silence. */
const serveLog = (request: WireRequest): void => {
  request.answer();
  for (let id = Number(request.lastEventId ?? 0) + 1; id <= last; id++) request.events(id);
};

/** The same without ids. */
const servePlain = (request: WireRequest): void => {
  request.answer();
  for (let n = 1; n <= last; n++) request.send(`data: ${n}\n\n`);
};

const all = Array.from({ length: last }, (_, index) => String(index + 1));

async function take(
  subscription: Subscription<{ data: string }>,
  count: number,
): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const { value } = await subscription.next();
    taken.push(value!.data);
    await settle();
  }
  return taken;
}

const waitsOf = (told: readonly FeedStatus[]): FeedStatus[] =>
  told.filter(({ kind }) => kind === "waiting");

/** A feed of a log whose consumer takes one event and stands still. */
async function standing(options: FeedOptions = {}, serve = serveLog) {
  const { wire, feed, told } = wired(serve, options);
  const consumer = feed.subscribe("*", { capacity: 8 });
  const taken = await take(consumer, 1);
  await pass(100);
  expect(lastOf(told, "slow")).toMatchObject({ pending: expect.any(Number) });
  return { wire, feed, told, consumer, taken };
}

describe("in a page, with ids", () => {
  test("after 5 s the connection is dropped, and the feed reports the reason", async () => {
    void new FakePage();
    const { wire, feed, told } = await standing();
    await pass(4800);
    expect([wire.live.length, feed.state]).toEqual([1, "open"]);
    await pass(300);
    expect([wire.live.length, feed.state]).toEqual([0, "waiting"]);
    expect(lastOf(told, "waiting")).toMatchObject({
      delayMs: Infinity,
      error: { code: "overflow", message: expect.stringContaining("5 s") },
    });
    await pass(600_000);
    expect(wire.requests).toHaveLength(1);
  });

  test("it reconnects at its cursor as soon as half of the queue is taken, and nothing is lost", async () => {
    void new FakePage();
    const { wire, feed, consumer, taken } = await standing();
    await pass(5100);
    taken.push(...(await take(consumer, 3)));
    expect(wire.requests).toHaveLength(1);
    taken.push(...(await take(consumer, 1)));
    // No time has passed.
    expect([wire.requests.length, wire.last.lastEventId]).toEqual([2, "9"]);
    taken.push(...(await take(consumer, last - taken.length)));
    expect(taken).toEqual(all);
    expect([feed.state, wire.mostLive]).toEqual(["open", 1]);
  });

  test("however often it stalls, no delay grows and no event is lost or repeated", async () => {
    void new FakePage();
    const { wire, told, consumer, taken } = await standing();
    while (taken.length < last) {
      await pass(6000);
      taken.push(...(await take(consumer, Math.min(9, last - taken.length))));
    }
    expect(taken).toEqual(all);
    expect(wire.requests.length).toBeGreaterThan(2);
    expect(told.filter(({ kind }) => kind === "gap")).toEqual([]);
    const attempts = told.map((status) => ("attempt" in status ? status.attempt : 1));
    expect(new Set(attempts)).toEqual(new Set([1]));
    for (const wait of waitsOf(told)) expect(wait).toMatchObject({ delayMs: Infinity });
  });

  test("a slow callback is a consumer like any other", async () => {
    void new FakePage();
    const { wire, feed } = wired(serveLog);
    const taken: string[] = [];
    const slow = async ({ data }: { data: string }): Promise<void> => {
      taken.push(data);
      await work(4000);
    };
    feed.subscribe("*", slow, { capacity: 4 });
    await pass(4000 * last);
    expect(taken).toEqual(all);
    expect(wire.requests.length).toBeGreaterThan(1);
  });

  test("a consumer that catches up within 5 s keeps its connection, and the time restarts", async () => {
    void new FakePage();
    const { wire, feed } = wired((request) => void request.answer());
    const consumer = feed.subscribe("*", { capacity: 8 });
    await settle();
    for (let round = 0; round < 3; round++) {
      for (const id of all) wire.last.events(`${round}.${id}`);
      await pass(4500);
      await take(consumer, last);
      await pass(1000);
      expect([wire.requests.length, feed.state]).toEqual([1, "open"]);
    }
    for (const id of all) wire.last.events(id);
    await pass(5100);
    expect([wire.live.length, feed.state]).toEqual([0, "waiting"]);
  });

  test("next to a consumer that keeps up: both wait together", async () => {
    void new FakePage();
    const { feed, consumer, wire, taken } = await standing();
    const quick: string[] = [];
    feed.subscribe("*", ({ data }) => void quick.push(data));
    await pass(5100);
    expect([feed.state, wire.live.length]).toEqual(["waiting", 0]);
    taken.push(...(await take(consumer, last - 1)));
    expect(taken).toEqual(all);
    expect(quick.at(-1)).toBe(String(last));
    expect(new Set(quick).size).toBe(quick.length);
  });

  test("a consumer that leaves lets the others continue", async () => {
    void new FakePage();
    const { feed, consumer } = await standing();
    const quick: string[] = [];
    feed.subscribe("*", ({ data }) => void quick.push(data));
    await pass(5100);
    consumer.close();
    await settle();
    expect(feed.state).toBe("open");
    expect(quick.at(-1)).toBe(String(last));
  });

  test("a returning network does not wake a feed whose consumer stalls", async () => {
    const page = new FakePage();
    const { wire, feed } = await standing();
    await pass(5100);
    for (let round = 0; round < 3; round++) {
      page.online(false);
      page.online(true);
      await pass(20_000);
    }
    expect([wire.requests.length, feed.state]).toEqual([1, "waiting"]);
  });

  test.each<[string, (feed: Awaited<ReturnType<typeof standing>>["feed"]) => void, string]>([
    ["close()", (feed) => feed.close(), "closed"],
    ["pause()", (feed) => feed.pause(), "paused"],
    ["pause() and resume()", (feed) => (feed.pause(), feed.resume()), "open"],
    ["reconnect()", (feed) => feed.reconnect(), "open"],
  ])("%s is obeyed while the connection is dropped", async (_, act, state) => {
    void new FakePage();
    const { feed } = await standing();
    await pass(5100);
    act(feed);
    await settle();
    await pass(100);
    expect(feed.state).toBe(state);
  });

  test("a store keeps the consumer's last taken event", async () => {
    void new FakePage();
    const ids: string[] = [];
    const store = { get: () => undefined, set: (id: string) => void ids.push(id) };
    const { consumer } = await standing({ store });
    await pass(5100);
    await take(consumer, 4);
    await settle();
    expect(ids.at(-1)).toBe("4");
  });
});

describe("the connection stays", () => {
  test.each<[string, FeedOptions, (request: WireRequest) => void]>([
    ["where the newest event had no id", {}, servePlain],
    ["of a POST", { method: "POST", body: "question", retry: { repeat: true } }, serveLog],
    ["of a one-shot feed", { retry: false }, serveLog],
  ])("%s", async (_, options, serve) => {
    void new FakePage();
    const { wire, feed, told } = await standing(options, serve);
    await pass(60_000);
    expect([wire.live.length, feed.state, waitsOf(told)]).toEqual([1, "open", []]);
  });

  test("in a worker, and in Node", async () => {
    const outside = await standing();
    void new FakePage("worker");
    const inWorker = await standing();
    await pass(60_000);
    for (const { wire, feed } of [outside, inWorker])
      expect([wire.live.length, feed.state]).toEqual([1, "open"]);
  });
});
