import { Feed, type FeedOptions } from "@steadfeed/client";
import { EventSource } from "@steadfeed/client/eventsource";
import { describe, expect, test, vi } from "vitest";
import { kindsOf, lastOf } from "../support/collect.ts";
import { FakePage, sleepFor } from "../support/page.ts";
import { closing, fakeClock, listening, pass, settle, Wire, type Serve } from "../support/wire.ts";

fakeClock();

const hour = 3_600_000;
const opens: Serve = (request) => void request.answer().events(1);
const breaks: Serve = (request) => void request.reset();

/** A feed in a page, or elsewhere, that has come as far as it comes by itself. */
async function inPage(
  serve: Serve = opens,
  options?: FeedOptions,
  page: FakePage = new FakePage(),
) {
  return { page, ...(await listening(serve, options)) };
}

describe("without a network", () => {
  test("a waiting feed makes no attempt, says why, and connects at once when the network is back", async () => {
    const { page, wire, told } = await inPage(breaks);
    page.online(false);
    await pass(10 * hour);
    expect(wire.requests).toHaveLength(1);
    expect(kindsOf(told)).toEqual(["connecting", "waiting", "waiting"]);
    expect(told[2]).toMatchObject({ delayMs: Infinity, error: { code: "offline" }, attempt: 1 });
    page.online(true);
    await settle();
    expect(wire.requests).toHaveLength(2);
  });

  test("the current wait is cut short when the network is back", async () => {
    const { page, wire } = await inPage(breaks, { retry: { initialDelayMs: 30_000 } });
    page.online(false);
    await pass(100);
    page.online(true);
    await settle();
    expect(wire.requests).toHaveLength(2);
  });

  test("no retries are used up, by number or by time", async () => {
    const { page, wire, feed } = await inPage(breaks, {
      retry: { maxAttempts: 2, maxElapsedMs: 60_000 },
    });
    page.online(false);
    await pass(10 * hour);
    page.online(true);
    await settle();
    expect([feed.state, wire.requests.length]).toEqual(["waiting", 2]);
    await pass(2000);
    expect([feed.state, wire.requests.length]).toEqual(["closed", 3]);
  });

  test("the first attempt is made anyway, since the browser may be wrong", async () => {
    const page = new FakePage();
    page.online(false);
    const { feed } = await inPage(opens, {}, page);
    expect(feed.state).toBe("open");
  });

  test.each([
    "http://localhost:1/",
    "http://app.localhost/",
    "http://127.0.0.1:1",
    "http://[::1]/",
  ])("localhost is still requested: %s", async (url) => {
    const page = new FakePage();
    const wire = new Wire(breaks);
    page.online(false);
    closing(new Feed(url, { fetch: wire.fetch })).subscribe("*");
    await pass(60_000);
    expect(wire.requests.length).toBeGreaterThan(3);
  });

  test.each(["http://localhost.test/", "http://127.0.0.1.test/", "http://a.test/?localhost/"])(
    "a name that only resembles localhost is not: %s",
    async (url) => {
      const page = new FakePage();
      const wire = new Wire(breaks);
      page.online(false);
      closing(new Feed(url, { fetch: wire.fetch })).subscribe("*");
      await pass(60_000);
      expect(wire.requests).toHaveLength(1);
    },
  );

  test("localhost is still requested after its stream ended in order", async () => {
    const page = new FakePage();
    const wire = new Wire((request) => void request.answer().end());
    page.online(false);
    closing(new Feed("http://localhost/", { fetch: wire.fetch })).subscribe("*");
    await pass(60_000);
    expect(wire.requests.length).toBeGreaterThan(3);
  });

  test("an open connection is kept until it ends, in case of a false alarm, and is then replaced at the cursor, in case it is dead", async () => {
    const { page, wire, told } = await inPage();
    page.online(false);
    await pass(hour);
    expect(wire.live).toHaveLength(1);
    page.online(true);
    await settle();
    expect(wire.requests.map(({ live }) => live)).toEqual([false, true]);
    expect(wire.last.lastEventId).toBe("1");
    expect(kindsOf(told)).toEqual(["connecting", "open", "connecting", "open"]);
  });

  test("a pending attempt is restarted when the network is back, since its request may be lost", async () => {
    const { page, wire } = await inPage(() => undefined);
    page.online(false);
    page.online(true);
    expect(wire.requests).toHaveLength(1);
    await settle();
    expect(wire.requests.map(({ live }) => live)).toEqual([false, true]);
  });

  test("a worker that gets no online event polls", async () => {
    const { page, wire } = await inPage(breaks, {}, new FakePage("worker"));
    page.online(false, "silently");
    await pass(hour);
    expect(wire.requests).toHaveLength(1);
    page.online(true, "silently");
    await pass(15_000);
    expect(wire.requests.length).toBeGreaterThan(1);
  });

  test("a server's Retry-After also applies when the network is back", async () => {
    const { page, wire } = await inPage(
      (request) => void request.answer({ status: 503, headers: { "Retry-After": "60" } }),
    );
    page.online(false);
    await pass(30_000);
    page.online(true);
    page.leave();
    await page.return();
    await pass(29_000);
    expect(wire.requests).toHaveLength(1);
    await pass(2000);
    expect(wire.requests).toHaveLength(2);
  });

  test.each([
    ["reconnect() cut it short", (feed: Feed) => feed.reconnect()],
    ["the clock was put back", () => sleepFor(-hour)],
  ])("an elapsed Retry-After delays nothing: %s", async (_, end) => {
    const { page, wire, feed } = await inPage((request, number) => {
      if (number > 1) request.answer();
      else request.answer({ status: 503, headers: { "Retry-After": "60" } });
    });
    end(feed);
    await pass(60_000);
    expect(feed.state).toBe("open");
    page.online(true);
    await settle();
    expect(wire.requests).toHaveLength(3);
  });
});

describe("the back/forward cache", () => {
  test("a page in it has no connection, and resumes at the cursor with one request when it is restored", async () => {
    const { page, wire, feed, told } = await inPage();
    page.leave();
    expect(wire.live).toHaveLength(0);
    expect(lastOf(told, "waiting")).toMatchObject({
      delayMs: Infinity,
      error: { code: "hidden" },
    });
    await page.return();
    await settle();
    expect([feed.state, wire.requests.length]).toEqual(["open", 2]);
    expect(wire.last.lastEventId).toBe("1");
  });

  test("a feed that was about to retry waits until the page is restored", async () => {
    const { page, wire } = await inPage(breaks);
    page.leave();
    await pass(hour);
    expect(wire.requests).toHaveLength(1);
    await page.return();
    await settle();
    expect(wire.requests).toHaveLength(2);
  });

  test("a page that is left for good needs no action: the browser closes its connections", async () => {
    const { page, wire, feed } = await inPage();
    page.leave(false);
    expect([feed.state, wire.live.length]).toEqual(["open", 1]);
  });

  test("neither the network nor a timer wakes a page that is in it", async () => {
    const { page, wire } = await inPage();
    page.leave();
    page.online(false);
    page.online(true);
    sleepFor(hour);
    await pass(60_000);
    expect(wire.requests).toHaveLength(1);
  });
});

describe("a hidden page", () => {
  test("keeps its connection by default", async () => {
    const { page, wire } = await inPage();
    page.hidden(true);
    await pass(hour);
    page.hidden(false);
    await settle();
    expect(wire.requests).toHaveLength(1);
    expect(wire.live).toHaveLength(1);
  });

  test("with 'pause' drops its connection after 5 s, reports it, and resumes at the cursor when it is shown", async () => {
    const { page, wire, feed, told } = await inPage(opens, { hidden: "pause" });
    page.hidden(true);
    await pass(4999);
    expect(wire.live).toHaveLength(1);
    await pass(1);
    expect(wire.live).toHaveLength(0);
    expect(feed.state).toBe("waiting");
    expect(lastOf(told, "waiting").error).toMatchObject({ code: "hidden" });
    await pass(hour);
    page.hidden(false);
    await settle();
    expect(wire.requests).toHaveLength(2);
    expect(wire.last.lastEventId).toBe("1");
  });

  test("with 'pause' keeps the connection during a short visit to another tab", async () => {
    const { page, wire } = await inPage(opens, { hidden: "pause" });
    for (let glance = 0; glance < 3; glance++) {
      page.hidden(true);
      await pass(4000);
      page.hidden(false);
      await pass(4000);
    }
    expect(wire.requests).toHaveLength(1);
  });

  test("with 'pause' starts like a visible one: a page may be opened in a background tab", async () => {
    const page = new FakePage();
    page.hidden(true);
    const { wire } = await inPage(opens, { hidden: "pause" }, page);
    expect(wire.live).toHaveLength(1);
    await pass(5000);
    expect(wire.live).toHaveLength(0);
  });

  test("with 'pause' makes no attempt when the delay has elapsed", async () => {
    const { page, wire } = await inPage(breaks, {
      hidden: "pause",
      retry: { initialDelayMs: 10_000 },
    });
    page.hidden(true);
    await pass(hour);
    expect(wire.requests).toHaveLength(1);
    page.hidden(false);
    await settle();
    expect(wire.requests).toHaveLength(2);
  });

  test("with 'pause' does not undo a pause() when it is shown, nor after the cache", async () => {
    const { page, wire, feed } = await inPage(opens, { hidden: "pause" });
    page.hidden(true);
    await pass(5000);
    feed.pause();
    page.hidden(false);
    page.leave();
    await page.return();
    page.online(true);
    sleepFor(hour);
    await pass(60_000);
    expect([feed.state, wire.requests.length]).toEqual(["paused", 1]);
    feed.resume();
    await settle();
    expect([feed.state, wire.requests.length]).toEqual(["open", 2]);
  });

  test("'pause' requires retries, and a misspelled word throws", () => {
    expect(() => new Feed("http://a.test/", { hidden: "pause", retry: false })).toThrow(TypeError);
    expect(() => new Feed("http://a.test/", { hidden: "stop" as never })).toThrow(/hidden/);
  });
});

describe("after sleep", () => {
  test.each<[string, () => FakePage | undefined]>([
    ["in a page", () => new FakePage()],
    ["in a worker", () => new FakePage("worker")],
    ["in Node", () => undefined],
  ])("an open connection is replaced at the cursor: %s", async (_, make) => {
    make();
    const { wire } = await listening(opens);
    await pass(hour);
    expect(wire.requests).toHaveLength(1);
    sleepFor(hour);
    await pass(15_000);
    expect(wire.requests.map(({ live }) => live)).toEqual([false, true]);
    expect(wire.last.lastEventId).toBe("1");
    await pass(hour);
    expect(wire.requests).toHaveLength(2);
  });

  test("a waiting feed retries at once", async () => {
    const { wire } = await listening(breaks, {
      retry: { initialDelayMs: hour, maxDelayMs: hour },
    });
    sleepFor(hour);
    await pass(15_000);
    expect(wire.requests).toHaveLength(2);
  });

  test("a page that is shown checks the clock at once", async () => {
    const { page, wire } = await inPage();
    page.hidden(true);
    sleepFor(hour);
    page.hidden(false);
    await settle();
    expect(wire.requests).toHaveLength(2);
  });

  test("neither throttled timers of a hidden tab nor a clock set back count as sleep", async () => {
    const { wire } = await inPage();
    for (let minute = 0; minute < 60; minute++) {
      sleepFor(60_000);
      await pass(15_000);
    }
    sleepFor(-hour);
    await pass(60_000);
    expect(wire.requests).toHaveLength(1);
  });

  test("without a network nothing is tried", async () => {
    const { page, wire } = await inPage();
    page.online(false);
    sleepFor(hour);
    await pass(60_000);
    expect(wire.requests).toHaveLength(1);
  });

  test("a Retry-After that has not elapsed applies", async () => {
    const { wire } = await listening(
      (request) => void request.answer({ status: 503, headers: { "Retry-After": "7200" } }),
      { retry: { maxRetryAfterMs: 3 * hour } },
    );
    sleepFor(hour);
    await pass(60_000);
    expect(wire.requests).toHaveLength(1);
    sleepFor(hour);
    await pass(15_000);
    expect(wire.requests).toHaveLength(2);
  });
});

test("a one-shot stream is never dropped for a page, and never requested twice", async () => {
  const { page, wire, feed } = await inPage(opens, { retry: false });
  page.leave();
  await page.return();
  page.online(false);
  page.online(true);
  sleepFor(hour);
  await pass(60_000);
  expect([feed.state, wire.requests.length]).toEqual(["open", 1]);
});

describe("the standard's EventSource", () => {
  function source(serve: Serve) {
    const page = new FakePage();
    const wire = new Wire(serve);
    const made = closing(new EventSource("http://wire.test/", { fetch: wire.fetch }));
    const events: string[] = [];
    for (const type of ["open", "error"]) {
      made.addEventListener(type, (event) => events.push(`${event.type} ${made.readyState}`));
    }
    return { page, wire, events };
  }

  test("waits for the network, with one error event, as the standard allows", async () => {
    const { page, wire, events } = source(breaks);
    await settle();
    page.online(false);
    await pass(hour);
    expect([wire.requests.length, events]).toEqual([1, ["error 0"]]);
    page.online(true);
    await settle();
    expect(wire.requests).toHaveLength(2);
  });

  test("does not replace an open connection, neither for the network nor after sleep", async () => {
    const { page, wire } = source(opens);
    await settle();
    page.online(false);
    page.online(true);
    sleepFor(hour);
    await pass(60_000);
    expect(wire.requests).toHaveLength(1);
  });

  test("reconnects when its page is restored from the cache", async () => {
    const { page, wire, events } = source(opens);
    await settle();
    page.leave();
    expect(wire.live).toHaveLength(0);
    await page.return();
    await settle();
    expect([wire.requests.length, events]).toEqual([2, ["open 1", "error 0", "open 1"]]);
  });
});

describe("listeners and timers", () => {
  test("exist only while there is something to wake", async () => {
    const { page, feed, subscription } = await inPage(opens, { hidden: "pause" });
    const counts = (): number[] => [page.listeners, vi.getTimerCount()];
    expect(counts()).toEqual([4, 1]);
    feed.pause();
    expect(counts()).toEqual([0, 1]);
    feed.resume();
    await settle();
    feed.reconnect();
    await settle();
    expect(counts()).toEqual([4, 1]);
    page.hidden(true);
    subscription.close();
    expect(feed.state).toBe("idle");
    expect(counts()).toEqual([0, 0]);
    feed.subscribe("*");
    await settle();
    feed.close();
    expect(counts()).toEqual([0, 0]);
  });

  test("are not installed outside a page", async () => {
    const listen = vi.fn<typeof addEventListener>();
    vi.stubGlobal("addEventListener", listen);
    await listening(opens);
    vi.unstubAllGlobals();
    expect(listen).not.toHaveBeenCalled();
  });
});
