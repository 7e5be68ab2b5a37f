import { Feed, type FeedOptions } from "@steadfeed/client";
import { SharedFeed } from "@steadfeed/client/shared";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { dataOf, kindsOf, lastOf } from "../support/collect.ts";
import { FakeBrowser, joined, type Sharing } from "../support/tabs.ts";
import { fakeClock, pass, settle, closing, Wire } from "../support/wire.ts";

fakeClock();

let browser: FakeBrowser;
beforeEach(() => {
  browser = new FakeBrowser();
});

/** A method that is sent again only where its user says so. */
const posts: FeedOptions = { method: "POST", retry: { repeat: true } };

const upTo = (last: number, first = 1): string[] =>
  Array.from({ length: last - first + 1 }, (_, at) => String(first + at));

async function openTabs(count: number, options?: FeedOptions): Promise<Sharing[]> {
  const tabs: Sharing[] = [];
  for (let opened = 0; opened < count; opened++) tabs.push(await browser.open(options));
  return tabs;
}

describe("one connection", () => {
  test("five tabs share one, and each gets every event once, in order", async () => {
    const tabs = await openTabs(5);
    browser.publish(20);
    await settle();
    expect(browser.wire.requests).toHaveLength(1);
    for (const { data, feed } of tabs) {
      expect(data).toEqual(upTo(20));
      expect(feed).toMatchObject({ state: "open", lastEventId: "20" });
    }
  });

  test("a late tab joins without a request, at the next event", async () => {
    await openTabs(1);
    browser.publish(3);
    await settle();
    const late = await browser.open();
    expect(late.feed).toMatchObject({ state: "open", lastEventId: "3" });
    browser.publish(2);
    await settle();
    expect(late.data).toEqual(["4", "5"]);
    expect(browser.wire.requests).toHaveLength(1);
  });

  test("each tab has its own subscriptions", async () => {
    const [first] = await openTabs(2);
    const ticks: unknown[] = [];
    first!.feed.subscribe("tick", (event) => void ticks.push(event));
    browser.text = (n) => `id: ${n}\nevent: tick\ndata: a ${n}\ndata:  b\n\n`;
    browser.publish();
    await settle();
    expect(ticks).toEqual([{ type: "tick", data: "a 1\n b", lastEventId: "1", id: "1" }]);
    expect(browser.wire.requests).toHaveLength(1);
  });

  test("closes at the server with the last tab's last subscription, and not before", async () => {
    const [a, b] = await openTabs(2);
    a!.feed.close();
    await settle();
    expect(browser.wire.live).toHaveLength(1);
    b!.feed.close();
    await settle();
    expect(browser.wire.live).toHaveLength(0);
    expect(browser.origin.names).toEqual([]);
  });

  test("comments, cursors without an event, and empty events arrive unchanged", async () => {
    const [, b] = await openTabs(2, { dispatchEmpty: false });
    const comments: string[] = [];
    b!.feed.on("comment", (text) => void comments.push(text));
    browser.wire.last.send(": beat\n\n:tight\nid: 7\n\ndata\n\nid: 8\n\n");
    await settle();
    expect(comments).toEqual(["beat", "tight"]);
    expect(b!.data).toEqual([""]);
    expect(b!.feed.lastEventId).toBe("8");
  });
});

describe("the same interface", () => {
  test("a retry function that throws in the leading tab is printed without a listener", async () => {
    const print = vi.spyOn(console, "error").mockImplementation(() => undefined);
    onTestFinished(() => print.mockRestore());
    const wire = new Wire((request) => void request.reset());
    const retry = () => {
      throw new Error("mine");
    };
    await openTabs(1, { fetch: wire.fetch, key: "prices", retry } as FeedOptions);
    await settle();
    expect(print.mock.calls).toMatchObject([[{ code: "callback", cause: { message: "mine" } }]]);
  });

  test("each tab gets the connection's status changes, with the reason", async () => {
    const [, b] = await openTabs(2);
    browser.publish();
    await settle();
    browser.wire.last.reset();
    await settle();
    expect(b!.feed.state).toBe("waiting");
    expect(lastOf(b!.told, "waiting")).toMatchObject({
      delayMs: 1000,
      error: { name: "FeedError", code: "network", url: "http://wire.test/events" },
    });
    await pass(1000);
    await settle();
    expect(kindsOf(b!.told)).toEqual(["connecting", "open", "waiting", "connecting", "open"]);
    expect(lastOf(b!.told, "open")).toMatchObject({ resumedFrom: "1", status: 200 });
    expect(lastOf(b!.told, "open").headers.get("content-type")).toBe("text/event-stream");
    browser.publish();
    await settle();
    expect(b!.data).toEqual(["1", "2"]);
  });

  test("a fatal error closes every tab, with its error, after one request", async () => {
    const wire = new Wire((request) => void request.answer({ status: 404 }));
    const [a, b] = await openTabs(2, { fetch: wire.fetch });
    await pass(5000);
    for (const { feed } of [a!, b!]) {
      expect(await feed.closed).toMatchObject({ reason: "failed", error: { status: 404 } });
    }
    expect(browser.origin.names).toEqual([]);
  });

  test("the body of a refusal is reported in every tab", async () => {
    const body = '{"error":"no such stream"}';
    const wire = new Wire((request) => {
      request.answer({ status: 404 });
      request.send(body);
      request.end();
    });
    const [a, b] = await openTabs(2, { fetch: wire.fetch });
    await pass(5000);
    for (const { feed } of [a!, b!]) {
      const { error } = await feed.closed;
      expect(error).toMatchObject({ status: 404, body, message: expect.stringContaining(body) });
    }
  });

  test("an event cut off by the end is reported in every tab", async () => {
    const [a, b] = await openTabs(2, { retry: () => false });
    browser.publish();
    browser.wire.last.send("data: half");
    browser.wire.last.end();
    await settle();
    for (const { feed } of [a!, b!]) {
      expect(await feed.closed).toMatchObject({ reason: "ended", leftover: true });
    }
  });

  test("a slow answer is reported in every tab, also to one that joins later", async () => {
    const wire = new Wire(() => undefined);
    const [a, b] = await openTabs(2, { fetch: wire.fetch });
    await pass(15_100);
    for (const { told } of [a!, b!])
      expect(lastOf(told, "still")).toMatchObject({ phase: "request" });
    const [c] = await openTabs(1, { fetch: wire.fetch });
    await pass(100);
    expect(lastOf(c!.told, "still")).toMatchObject({ phase: "request" });
    expect([a, b, c].map((each) => each!.feed.state)).toEqual(Array(3).fill("connecting"));
    wire.last.answer();
    await settle();
    expect([a, b, c].map((each) => each!.feed.state)).toEqual(Array(3).fill("open"));
  });

  test("reconnect() in any tab reconnects for all", async () => {
    const [a, b] = await openTabs(2);
    browser.publish(2);
    await settle();
    b!.feed.reconnect();
    await settle();
    expect(browser.wire.requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, "2"]);
    browser.publish();
    await settle();
    expect([a!.data, b!.data]).toEqual([upTo(3), upTo(3)]);
  });

  test("a cursor that the server refuses is reported in the leading tab too, before it is open", async () => {
    const wire = new Wire((request) => {
      if (request.lastEventId === undefined) request.answer();
      else request.answer({ status: 400 }).end();
    });
    const { feed, told } = await browser.open({ lastEventId: "5", fetch: wire.fetch });
    await settle();
    expect(kindsOf(told)).toEqual(["connecting", "gap", "open"]);
    expect(lastOf(told, "gap")).toMatchObject({ reason: "refused", lastEventId: "5" });
    expect(feed.lastEventId).toBe("");
  });

  test("a gap from the server is reported in every tab, in order", async () => {
    const [, b] = await openTabs(2);
    browser.wire.last.send(
      'id: 5\nevent: steadfeed.gap\ndata: {"reason":"trimmed","from":"1"}\n\nid: 6\ndata: 6\n\n',
    );
    await settle();
    expect(lastOf(b!.told, "gap")).toMatchObject({ reason: "trimmed", lastEventId: "1" });
    expect(b!.data).toEqual(["6"]);
    expect(browser.wire.requests).toHaveLength(1);
  });

  test("a paused tab does not affect the others, and resumes where it was", async () => {
    const [a, b] = await openTabs(2);
    browser.publish(2);
    await settle();
    a!.feed.pause();
    await settle();
    browser.publish(2);
    await settle();
    expect(a!.data).toEqual(upTo(2));
    expect(b!.data).toEqual(upTo(4));
    a!.feed.resume();
    await settle();
    browser.publish(2);
    await settle();
    expect(a!.data).toEqual(upTo(6));
    expect(b!.data).toEqual(upTo(6));
    expect(browser.wire.live).toHaveLength(1);
  });

  test("close() in a callback stops delivery, even of events that arrived with the current one", async () => {
    const only = await browser.open({}, { subscribe: false });
    const { feed, data } = only;
    feed.subscribe("*", (event) => {
      data.push(event.data);
      feed.close();
    });
    await joined(only);
    browser.wire.last.events(1, 2, 3);
    await settle();
    expect(data).toEqual(["1"]);
    expect(browser.wire.live).toHaveLength(0);
  });
});

describe("a stream that marks its end", () => {
  const end = (id: number): string => `id: ${id}\nevent: steadfeed.end\n\n`;

  test("closes every tab as complete, with the end's id, after one request", async () => {
    const tabs = await openTabs(3);
    browser.publish(3);
    browser.wire.last.send(end(4));
    await settle();
    for (const { feed, data } of tabs) {
      expect(await feed.closed).toEqual({ reason: "ended", complete: true, lastEventId: "4" });
      expect(data).toEqual(upTo(3));
    }
    expect(browser.wire.requests).toHaveLength(1);
    expect(browser.origin.names).toEqual([]);
  });

  test("a tab with a slow consumer gets all waiting events before the end", async () => {
    await browser.open();
    const slow = await browser.open({}, { subscribe: false });
    const events = slow.feed.subscribe("*", { capacity: 1 });
    await joined(slow);
    browser.publish(20);
    browser.wire.last.send(end(21));
    await settle();
    const got: string[] = [];
    for await (const { data } of events) got.push(data);
    expect(got).toEqual(upTo(20));
    expect(await slow.feed.closed).toMatchObject({ reason: "ended", complete: true });
  });

  test("a tab that is catching up gets the missed events, and the end, over its own connection", async () => {
    await openTabs(1);
    browser.publish(5);
    await settle();
    const own = new Wire((request) => {
      request.answer(request.lastEventId === "6" ? { status: 204 } : {});
    });
    const { feed, data } = await browser.open({ lastEventId: "2", fetch: own.fetch });
    browser.wire.last.send(end(6));
    await settle();
    expect(data).toEqual([]);
    own.requests[0]!.send([3, 4, 5].map(browser.text).join("") + end(6));
    await settle();
    expect(data).toEqual(upTo(5, 3));
    expect(await feed.closed).toMatchObject({ reason: "ended", lastEventId: "6" });
  });
});

describe("hand-over", () => {
  test("a leading tab that crashes loses no event and repeats none", async () => {
    const [a, b, c] = await openTabs(3);
    browser.publish(5);
    await settle();
    a!.tab.crash();
    browser.publish(5);
    await settle();
    browser.publish(5);
    await settle();
    expect(browser.wire.requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, "5"]);
    expect([b!.data, c!.data]).toEqual([upTo(15), upTo(15)]);
    expect(browser.leader).toBe(b);
    expect(kindsOf(b!.told)).toEqual(["connecting", "open", "connecting", "open"]);
  });

  test("a leader that hangs is replaced by a visible tab after three heartbeats", async () => {
    const [a, b, c] = await openTabs(3);
    b!.tab.shown = false;
    browser.publish(5);
    await settle();
    a!.tab.hang();
    browser.publish(5);
    await pass(2000);
    expect(c!.data).toEqual(upTo(5));
    await pass(2500);
    expect(browser.leader).toBe(c);
    expect([b!.data, c!.data]).toEqual([upTo(10), upTo(10)]);
  });

  test.each(["socket", "tabs"] as const)(
    "a leader that wakes up finds that it was replaced, delivers nothing twice, and follows (%s first)",
    async (first) => {
      const [a, b] = await openTabs(2);
      browser.publish(5);
      await settle();
      a!.tab.hang();
      browser.publish(5);
      await pass(5000);
      browser.publish(5);
      await settle();
      await browser.goOn(a!.tab, first);
      browser.publish(5);
      await settle();
      expect([a!.data, b!.data]).toEqual([upTo(20), upTo(20)]);
      expect(browser.wire.live).toHaveLength(1);
      expect(browser.leader).toBe(b);
      b!.tab.crash();
      browser.publish(5);
      await settle();
      expect(a!.data).toEqual(upTo(25));
    },
  );

  test("a leader that the browser freezes hands over at once, and continues where it was", async () => {
    const [a, b] = await openTabs(2);
    browser.publish(5);
    await settle();
    a!.tab.leave();
    await settle();
    expect(browser.leader).toBe(b);
    browser.publish(5);
    await settle();
    expect(a!.data).toEqual(upTo(5));
    a!.tab.comeBack();
    await settle();
    browser.publish(5);
    await settle();
    expect([a!.data, b!.data]).toEqual([upTo(15), upTo(15)]);
    expect(browser.wire.live).toHaveLength(1);
  });

  test("a leader that is hidden but alive stays the leader", async () => {
    const [a, b] = await openTabs(2);
    a!.tab.shown = false;
    await pass(60_000);
    browser.publish();
    await settle();
    expect(browser.wire.requests).toHaveLength(1);
    expect(b!.data).toEqual(["1"]);
  });

  test("a hidden leader that oversleeps its retry is woken by a visible tab", async () => {
    const [a, b] = await openTabs(2);
    const oversleeping = vi.spyOn(globalThis, "setTimeout").mockReturnValueOnce(0 as never);
    browser.wire.last.end();
    await settle();
    oversleeping.mockRestore();
    a!.tab.shown = false;
    expect(b!.feed.state).toBe("waiting");
    await pass(4000);
    await settle();
    expect(b!.feed.state).toBe("open");
  });

  test("a position without an id is reported as a gap, and nothing is repeated", async () => {
    const [a, b] = await openTabs(2);
    browser.text = (n) => `data:${n}\n\n`;
    browser.publish(3);
    await settle();
    a!.tab.hang();
    await pass(5000);
    browser.publish(3);
    await settle();
    await browser.goOn(a!.tab, "socket");
    browser.publish(3);
    await settle();
    expect(lastOf(b!.told, "gap")).toMatchObject({ reason: "hand-over" });
    expect(b!.data).toEqual(upTo(9));
    expect(new Set(a!.data).size).toBe(a!.data.length);
  });

  test.each([
    ["back at the leader's cursor", "3", ["5"]],
    ["level with the others over its own connection", "1", ["2", "3", "5"]],
  ])(
    "a tab that is %s is warned that an event without an id may have followed",
    async (_, lastEventId, data) => {
      await openTabs(2);
      browser.text = (n) => (n <= 3 ? `id:${n}\n` : "") + `data:${n}\n\n`;
      browser.publish(4);
      await settle();
      const late = await browser.open({ lastEventId });
      browser.publish();
      await settle();
      expect(late.data).toEqual(data);
      expect(late.told.filter(({ kind }) => kind === "gap")).toMatchObject([
        { reason: "hand-over", lastEventId: "3" },
      ]);
      expect(browser.wire.live).toHaveLength(1);
    },
  );

  test("an exact hand-over reports no gap", async () => {
    const [a, b] = await openTabs(2);
    browser.publish();
    await settle();
    a!.tab.crash();
    await settle();
    expect(kindsOf(b!.told)).not.toContain("gap");
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "over twenty hand-overs under load each tab gets each event once, in order (seed %i)",
    async (seed) => {
      const random = mulberry(seed);
      const starts = new Map<Sharing, number>();
      const alive = new Set<Sharing>();
      const hung = new Set<Sharing>();
      const open = async (): Promise<void> => {
        const opened = await browser.open();
        starts.set(opened, browser.count);
        alive.add(opened);
      };
      for (let tab = 0; tab < 5; tab++) await open();
      browser.publish();
      await settle();
      for (let round = 0; round < 24; round++) {
        browser.publish(1 + Math.floor(random() * 5));
        if (random() < 0.5) await settle();
        const { leader } = browser;
        const kind = random();
        if (kind < 0.35) leader.tab.crash();
        else if (kind < 0.6) leader.feed.close();
        else if (kind < 0.65) leader.feed.reconnect();
        else if (kind < 0.75) {
          leader.tab.leave();
          browser.publish(2);
          if (random() < 0.5) await settle();
          leader.tab.comeBack();
        } else {
          leader.tab.hang();
          hung.add(leader);
          browser.publish(3);
          await pass(5000);
        }
        if (!hung.has(leader) && kind < 0.6) alive.delete(leader);
        browser.publish(2);
        await settle();
        for (const each of hung) {
          if (random() < 0.3) continue;
          hung.delete(each);
          await browser.goOn(each.tab, random() < 0.5 ? "socket" : "tabs");
          each.tab.shown = true;
        }
        while (alive.size - hung.size < 4) await open();
      }
      for (const each of hung) await browser.goOn(each.tab, "tabs");
      browser.publish(3);
      await settle();
      for (const each of alive) {
        expect(each.data).toEqual(upTo(browser.count, starts.get(each)! + 1));
        expect(kindsOf(each.told)).not.toContain("gap");
      }
      expect(browser.wire.live).toHaveLength(1);
    },
  );
});

describe("a tab that lags behind the others", () => {
  test("with a cursor of its own gets the missed events over its own connection, then follows", async () => {
    await openTabs(1);
    browser.publish(10);
    await settle();
    const late = await browser.open({ lastEventId: "4" });
    expect(late.data).toEqual(upTo(10, 5));
    browser.publish(2);
    await settle();
    expect(late.data).toEqual(upTo(12, 5));
    expect(browser.wire.requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, "4"]);
    expect(browser.wire.live).toHaveLength(1);
  });

  test("keeps one megabyte for a stalled consumer, holds up no other tab, and catches up", async () => {
    const [leader] = await openTabs(1);
    const slow = await browser.open({}, { subscribe: false });
    const taken: string[] = [];
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    slow.feed.subscribe(
      "*",
      async (event) => {
        await gate;
        taken.push(event.data.trim());
      },
      { capacity: 1 },
    );
    await joined(slow);
    browser.text = (n) => `id:${n}\ndata:${n}${" ".repeat(10_000)}\n\n`;
    for (let sent = 0; sent < 400; sent++) {
      browser.publish();
      await settle();
      await pass(1);
    }
    expect(leader!.data).toHaveLength(400);
    expect(slow.feed.stats.bytes).toBeLessThan(2_000_000);
    expect(lastOf(slow.told, "slow")).toMatchObject({ subscription: "*" });
    expect(browser.wire.requests).toHaveLength(1);
    go();
    await settle();
    await pass(1000);
    for (let turns = 0; turns < 200; turns++) await settle();
    expect(taken).toEqual(upTo(400));
    browser.publish();
    await settle();
    expect(taken.at(-1)).toBe("401");
    expect(browser.wire.live).toHaveLength(1);
  });
});

describe("tabs that share", () => {
  test.each<[string, FeedOptions, FeedOptions]>([
    ["tokens", { token: "a" }, { token: "b" }],
    ["headers", { headers: { "X-User": "a" } }, { headers: { "X-User": "b" } }],
    ["credentials", { credentials: "include" }, { credentials: "omit" }],
    ["bodies", { ...posts, body: "a" }, { ...posts, body: "b" }],
    ["limits", { maxEventBytes: 10 }, {}],
  ])("excludes those with other %s", async (_, a, b) => {
    await browser.open(a);
    await browser.open(b);
    expect(browser.wire.live).toHaveLength(2);
  });

  test("excludes those with another key, or another URL", async () => {
    await browser.open({ key: "a" });
    await browser.open({ key: "b" });
    await browser.open({ key: "b" }, { url: "http://wire.test/other" });
    expect(browser.wire.live).toHaveLength(3);
  });

  test("a token appears in no name that others can list", async () => {
    await browser.open({ token: "secret" });
    expect(browser.origin.names).toHaveLength(1);
    expect(browser.origin.names[0]).toMatch(/^steadfeed 2 [0-9a-f]{64}$/);
  });
});

describe("without the APIs that sharing needs", () => {
  test("a feed has its own connection, also in Node, although Node has locks and channels", async () => {
    const wire = new Wire((request) => void request.answer().events(1));
    const make = (): SharedFeed =>
      closing(new SharedFeed("http://wire.test/", { fetch: wire.fetch, key: "me" }));
    const [feed, another] = [make(), make()];
    expect(feed).toBeInstanceOf(Feed);
    const first = feed.once("message");
    another.subscribe("*", () => undefined);
    await settle();
    expect((await first).data).toBe("1");
    expect(wire.requests).toHaveLength(2);
  });

  test("a sandboxed page, which cannot take a lock, has its own connection", async () => {
    const alone = await browser.open({}, { subscribe: false });
    alone.tab.refuses = new DOMException("Not here.", "SecurityError");
    const data = dataOf(alone.feed);
    await joined(alone);
    browser.publish(2);
    await settle();
    expect(data).toEqual(["1", "2"]);
    const said = browser.origin.said.length;
    await pass(60_000);
    expect(browser.origin.said).toHaveLength(said);
  });
});

test.each<[string, FeedOptions]>([
  ["retry: false", { retry: false }],
  ["a POST", { method: "post", body: "question" }],
  ["a POST", { method: "POST", retry: { initialDelayMs: 5 } }],
  ["a PUT", { method: "PUT", retry: () => true }],
])("a request that must not repeat is refused, also in Node: %s of %j", (what, options) => {
  const make = (): unknown => new SharedFeed("http://wire.test/", options);
  expect(make).toThrow(TypeError);
  expect(make).toThrow(new RegExp(`${what}.* forbids: use a Feed`));
});

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
