import { Channel, Feed, FeedError, type CloseInfo } from "@steadfeed/client";
import { describe, expect, test, vi } from "vitest";
import { dataOf, kindsOf, lastOf, rejection, take } from "../support/collect.ts";
import {
  fakeClock,
  listening,
  pass,
  settle,
  Wire,
  wired,
  work,
  type Serve,
} from "../support/wire.ts";

fakeClock();

const opens: Serve = (request) => void request.answer();
const hangs: Serve = () => undefined;
const breaks: Serve = (request) => void request.reset();

/** A feed with one subscription in each state that it leaves again. */
const arrive = {
  connecting: () => listening(hangs),
  open: () => listening(opens),
  waiting: () => listening(breaks),
  async paused() {
    const made = await listening(opens);
    made.feed.pause();
    return made;
  },
  async idle() {
    const made = await listening(opens);
    made.subscription.close();
    return made;
  },
};
const states = ["idle", "connecting", "open", "waiting", "paused"] as const;

describe("states", () => {
  test("idle → connecting: the first subscription opens the feed", async () => {
    const { feed, wire, told } = wired(opens);
    await settle();
    expect(feed.state).toBe("idle");
    expect(wire.requests).toHaveLength(0);
    feed.subscribe("message");
    await settle();
    expect(kindsOf(told)).toEqual(["connecting", "open"]);
  });

  test("idle → connecting: open() needs no subscription", async () => {
    const { feed, wire } = wired(opens);
    const opened = feed.open();
    await settle();
    expect(feed.state).toBe("open");
    expect(wire.live).toHaveLength(1);
    expect(await opened).toMatchObject({ status: 200, attempt: 1, resumedFrom: "" });
  });

  test("connecting → open: 200 and text/event-stream, however it is spelled", async () => {
    const { feed } = await listening((request) =>
      request.answer({ headers: { "Content-Type": " Text/Event-Stream ; charset=utf-8" } }),
    );
    expect(feed.state).toBe("open");
  });

  test("connecting → open: validate says so", async () => {
    const { feed } = await listening((request) => request.answer({ status: 201, headers: {} }), {
      validate: ({ status }) => status === 201,
    });
    expect(feed.state).toBe("open");
  });

  test("connecting → waiting: a network error", async () => {
    const { feed, told } = await listening(breaks);
    expect(feed.state).toBe("waiting");
    expect(lastOf(told, "waiting").error).toMatchObject({ code: "network", attempt: 1 });
  });

  test("connecting → waiting: no answer within headersMs", async () => {
    const { feed, wire, told } = await listening(hangs, { timeouts: { headersMs: 2000 } });
    await pass(1999);
    expect(feed.state).toBe("connecting");
    await pass(1);
    expect(feed.state).toBe("waiting");
    expect(lastOf(told, "waiting").error).toMatchObject({ code: "timeout" });
    expect(wire.live).toHaveLength(0);
  });

  test.each([408, 425, 429, 500, 502, 503, 504])(
    "connecting → waiting: %i means later, not no",
    async (status) => {
      const { feed, told } = await listening((request, number) =>
        request.answer({ status: number === 1 ? status : 200 }),
      );
      expect(feed.state).toBe("waiting");
      expect(lastOf(told, "waiting").error).toMatchObject({ code: "status", status });
      await pass(1000);
      expect(feed.state).toBe("open");
    },
  );

  test("open → waiting: the body ends", async () => {
    const { feed, wire, told } = await listening(opens);
    wire.last.end();
    await settle();
    expect(feed.state).toBe("waiting");
    expect(lastOf(told, "waiting").error).toMatchObject({
      code: "ended",
      attempt: 1,
      url: "http://wire.test/events",
    });
  });

  test("open → waiting: the connection breaks", async () => {
    const { feed, wire, told } = await listening(opens);
    wire.last.reset();
    await settle();
    expect(feed.state).toBe("waiting");
    expect(lastOf(told, "waiting").error.message).toContain("ECONNRESET");
  });

  test("open → waiting: no byte, not even a comment's, within idleMs", async () => {
    const { feed, wire, told } = await listening(opens, { timeouts: { idleMs: 2000 } });
    await pass(1500);
    wire.last.send(":");
    await pass(1999);
    expect(feed.state).toBe("open");
    await pass(1);
    expect(feed.state).toBe("waiting");
    expect(lastOf(told, "waiting").error).toMatchObject({ code: "timeout" });
    expect(wire.live).toHaveLength(0);
  });

  test("waiting → connecting: the delay elapsed, and not sooner", async () => {
    const { wire, told } = await listening(breaks);
    const { delayMs } = lastOf(told, "waiting");
    await pass(delayMs - 1);
    expect(wire.requests).toHaveLength(1);
    await pass(1);
    expect(wire.requests).toHaveLength(2);
    expect(kindsOf(told)).toEqual(["connecting", "waiting", "connecting", "waiting"]);
  });

  test("waiting → connecting: reconnect() does not wait, and the interrupted wait never fires", async () => {
    const { feed, wire } = await listening((request, number) =>
      number === 1 ? request.reset() : request,
    );
    feed.reconnect();
    await pass(60_000);
    expect(feed.state).toBe("connecting");
    expect(wire.requests).toHaveLength(2);
  });

  test.each(["connecting", "open", "waiting"] as const)(
    "%s → idle: the last subscription left; closed stays pending, and the next one opens the feed again",
    async (state) => {
      const { feed, wire, told, subscription } = await arrive[state]();
      const over = vi.fn<(info: CloseInfo) => void>();
      void feed.closed.then(over);
      const other = feed.subscribe("other");
      subscription.close();
      expect(feed.state).toBe(state);
      other.close();
      expect(feed.state).toBe("idle");
      expect(wire.live).toHaveLength(0);
      await pass(60_000);
      expect(kindsOf(told).at(-1)).toBe("idle");
      expect(wire.requests).toHaveLength(1);
      expect(over).not.toHaveBeenCalled();
      feed.subscribe("message");
      await settle();
      expect(wire.requests).toHaveLength(2);
    },
  );

  test.each(["connecting", "open", "waiting", "idle"] as const)(
    "%s → paused: the connection or the wait is dropped",
    async (state) => {
      const { feed, wire, told } = await arrive[state]();
      feed.pause();
      feed.pause();
      expect(feed.state).toBe("paused");
      expect(wire.live).toHaveLength(0);
      await pass(60_000);
      expect(wire.requests).toHaveLength(1);
      expect(kindsOf(told).filter((kind) => kind === "paused")).toHaveLength(1);
    },
  );

  test("paused → connecting: resume() with a subscription, also one made while paused", async () => {
    const { feed, wire, subscription } = await arrive.paused();
    feed.subscribe("message");
    subscription.close();
    await settle();
    expect(feed.state).toBe("paused");
    feed.resume();
    await settle();
    expect(feed.state).toBe("open");
    expect(wire.requests).toHaveLength(2);
  });

  test("paused → connecting: resume() of a feed that open() opened", async () => {
    const { feed, wire } = wired(opens);
    await feed.open();
    feed.pause();
    feed.resume();
    await settle();
    expect(feed.state).toBe("open");
    expect(wire.live).toHaveLength(1);
  });

  test("paused → idle: resume() without subscriptions", async () => {
    const { feed, wire, subscription } = await arrive.paused();
    subscription.close();
    expect(feed.state).toBe("paused");
    feed.resume();
    await settle();
    expect(feed.state).toBe("idle");
    expect(wire.requests).toHaveLength(1);
  });

  test("resume() has an effect only in paused, reconnect() only with a connection", async () => {
    const open = await arrive.open();
    open.feed.resume();
    for (const state of ["idle", "paused"] as const) {
      const { feed, wire } = await arrive[state]();
      feed.reconnect();
      await settle();
      expect(feed.state).toBe(state);
      expect(wire.requests).toHaveLength(1);
    }
    await settle();
    expect(open.wire.requests).toHaveLength(1);
  });

  test.each(states)("%s → closed: close(), permanently", async (state) => {
    const { feed, wire, told } = await arrive[state]();
    feed.close();
    expect(feed.state).toBe("closed");
    expect(wire.live).toHaveLength(0);
    feed.close();
    feed.pause();
    feed.resume();
    feed.reconnect();
    feed.subscribe("message");
    await pass(60_000);
    expect(feed.state).toBe("closed");
    expect(kindsOf(told).filter((kind) => kind === "closed")).toHaveLength(1);
    expect(wire.requests).toHaveLength(1);
    expect(await feed.closed).toMatchObject({ reason: "closed" });
  });

  test.each(states)("%s → closed: its signal aborts", async (state) => {
    const controller = new AbortController();
    const { feed, wire, subscription } = await listening(
      { connecting: hangs, waiting: breaks, open: opens, paused: opens, idle: opens }[state],
      { signal: controller.signal },
    );
    if (state === "paused") feed.pause();
    if (state === "idle") subscription.close();
    expect(feed.state).toBe(state);
    controller.abort("enough");
    expect(feed.state).toBe("closed");
    expect(wire.live).toHaveLength(0);
    expect(await feed.closed).toEqual({ reason: "aborted", error: "enough", lastEventId: "" });
  });

  test("connecting → closed: 204 means that the server wants no more requests", async () => {
    const { feed, wire } = await listening((request) => request.answer({ status: 204 }));
    await pass(60_000);
    expect(feed.state).toBe("closed");
    expect(await feed.closed).toEqual({ reason: "stopped", lastEventId: "" });
    expect(wire.requests).toHaveLength(1);
  });

  test.each([400, 401, 403, 404, 405, 410, 418, 501, 505, 205, 206, 304])(
    "connecting → closed: %i is fatal",
    async (status) => {
      const { feed, wire } = await listening((request) => request.answer({ status }));
      await pass(60_000);
      expect(feed.state).toBe("closed");
      const { reason, error } = await feed.closed;
      expect(reason).toBe("failed");
      expect(error).toMatchObject({ code: "status", status, url: "http://wire.test/events" });
      expect(wire.requests).toHaveLength(1);
    },
  );

  test.each(["text/html", "text/event-streams", "application/json; x=text/event-stream", ""])(
    "connecting → closed: %j is not an event stream",
    async (type) => {
      const { feed, wire } = await listening((request) =>
        request.answer({ headers: type === "" ? {} : { "Content-Type": type } }),
      );
      await pass(60_000);
      const { reason, error } = await feed.closed;
      expect(reason).toBe("failed");
      expect(error).toMatchObject({ code: "content-type" });
      expect(wire.requests).toHaveLength(1);
    },
  );

  test("open → closed: an event over maxEventBytes, after the events before it, at its cursor", async () => {
    const { feed, wire, data } = await listening(opens, { maxEventBytes: 100 });
    wire.last.events(1).send(`id: 2\ndata: ${"x".repeat(200)}`);
    await settle();
    const { reason, error, lastEventId } = await feed.closed;
    expect(reason).toBe("failed");
    expect(error).toMatchObject({ code: "too-large" });
    expect(lastEventId).toBe("1");
    expect(data).toEqual(["1"]);
    expect(wire.live).toHaveLength(0);
  });

  test("open → closed: the end of a one-shot stream", async () => {
    const { feed, data } = await listening((request) => request.answer().events(1, 2).end(), {
      retry: false,
    });
    expect(data).toEqual(["1", "2"]);
    expect(await feed.closed).toEqual({ reason: "ended", lastEventId: "2" });
  });

  test("open → closed: the event that until accepts as the last, which is not delivered", async () => {
    const { feed, wire, data } = await listening(opens, {
      until: ({ data: text }) => text === "[DONE]",
    });
    wire.last.send("id: 1\ndata: a\n\nid: 2\ndata: [DONE]\n\ndata: b\n\n");
    await settle();
    expect(data).toEqual(["a"]);
    expect(await feed.closed).toEqual({ reason: "ended", lastEventId: "2" });
    expect(wire.live).toHaveLength(0);
  });

  test("a one-shot stream that breaks has failed: half an answer is not an answer", async () => {
    const { feed } = await listening((request) => request.answer().events(1).reset(), {
      retry: false,
    });
    expect(await feed.closed).toMatchObject({ reason: "failed", error: { code: "network" } });
  });

  test("waiting → closed: attempts used up, with the last error", async () => {
    const { feed, wire } = await listening(
      (request, number) => request.reset(`connect ERROR${number}`),
      { retry: { maxAttempts: 2 } },
    );
    await pass(60_000);
    expect(wire.requests).toHaveLength(3);
    const { reason, error } = await feed.closed;
    expect(reason).toBe("exhausted");
    expect((error as FeedError).message).toContain("ERROR3");
  });
});

describe("stop means now", () => {
  const three: Serve = (request) => void request.answer().events(1, 2, 3);

  test.each<[string, (feed: Feed, leave: () => void) => void, string]>([
    ["close()", (feed) => feed.close(), "closed"],
    ["pause()", (feed) => feed.pause(), "paused"],
    ["leaving", (_, leave) => leave(), "idle"],
  ])(
    "%s in a callback: nothing more is delivered, even from the same chunk",
    async (_, stop, state) => {
      const { feed } = wired(three);
      const data: string[] = [];
      const subscription = feed.subscribe("message", (event) => {
        data.push(event.data);
        if (event.data === "1") stop(feed, () => subscription.close());
      });
      await settle();
      expect(data).toEqual(["1"]);
      expect(feed.state).toBe(state);
      expect(feed.lastEventId).toBe("1");
    },
  );

  test("reconnect() in a callback: the rest of the chunk comes from the new connection", async () => {
    const { feed, wire } = wired((request, number) => {
      request.answer().events(...(number === 1 ? [1, 2, 3] : ["2 again"]));
    });
    const data: string[] = [];
    feed.subscribe("message", (event) => {
      data.push(event.data);
      if (event.data === "1") feed.reconnect();
    });
    await settle();
    expect(data).toEqual(["1", "2 again"]);
    expect(wire.last.lastEventId).toBe("1");
    expect(wire.mostLive).toBe(1);
  });

  test("a subscription that closes in a callback does not take the chunk from the others", async () => {
    const { feed } = wired(three);
    const first: string[] = [];
    const subscription = feed.subscribe("message", (event) => {
      first.push(event.data);
      subscription.close();
    });
    const second = dataOf(feed);
    await settle();
    expect(first).toEqual(["1"]);
    expect(second).toEqual(["1", "2", "3"]);
  });

  test("close() in one callback: later callbacks do not get the current event", async () => {
    const { feed } = wired(three);
    feed.subscribe("message", () => feed.close());
    const behind = dataOf(feed);
    await settle();
    expect(behind).toEqual([]);
  });

  test("close() ends an asynchronous callback's queue, also when the feed had ended by itself", async () => {
    const { feed } = wired((request) => request.answer().events(1, 2, 3).end(), { retry: false });
    const data: string[] = [];
    feed.subscribe("message", async (event) => {
      data.push(event.data);
      await work(10);
    });
    await settle();
    expect(await feed.closed).toMatchObject({ reason: "ended" });
    feed.close();
    await pass(100);
    expect(data).toEqual(["1"]);
  });

  test("close() while draining: callbacks get nothing more", async () => {
    const { feed } = wired(three);
    const data: string[] = [];
    feed.subscribe("message", async (event) => {
      data.push(event.data);
      await work(10);
    });
    await settle();
    void feed.drain();
    feed.close();
    await pass(100);
    expect(data).toEqual(["1"]);
  });

  test.each(["connecting", "open", "waiting", "gap", "paused", "idle"] as const)(
    "close() in a listener to %s: no later report",
    async (kind) => {
      const { feed, wire, told } = wired(
        (request, number) => {
          if (number === 1) request.reset();
          else request.answer().send("id: \u0001\n\n").end();
        },
        { retry: { initialDelayMs: 10 } },
      );
      feed.on(kind, () => feed.close());
      const subscription = feed.subscribe("message");
      await pass(100);
      feed.pause();
      subscription.close();
      feed.resume();
      await pass(100);
      expect(feed.state).toBe("closed");
      expect(kindsOf(told).at(-1)).toBe("closed");
      expect(wire.live).toHaveLength(0);
    },
  );

  test("close() in a listener to slow leaves no timer that keeps the process", async () => {
    const { feed, wire } = wired((request) => request.answer().events(1, 2, 3));
    feed.on("slow", () => feed.close());
    feed.subscribe("message", { capacity: 1 });
    await settle();
    wire.last.events(4);
    await pass(10);
    expect(feed.state).toBe("closed");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("no user function is called after close()", async () => {
    const url = vi.fn<() => string>(() => "http://wire.test/");
    const headers = vi.fn<() => HeadersInit>(() => ({}));
    const wire = new Wire((request) => request.answer({ status: 410 }));
    const feed = new Feed(url, {
      fetch: wire.fetch,
      headers,
      lastEventId: "7",
      validate() {
        feed.close();
        return false;
      },
    });
    feed.subscribe("message");
    await settle();
    expect(await feed.closed).toMatchObject({ reason: "closed" });
    expect(url).toHaveBeenCalledTimes(1);
    expect(headers).toHaveBeenCalledTimes(1);
    expect(wire.requests).toHaveLength(1);
  });

  test("close() in a filter: the callback does not get the event", async () => {
    const { feed } = wired(three);
    const got: string[] = [];
    feed.subscribe("message", ({ data }) => void got.push(data), {
      filter() {
        feed.close();
        return true;
      },
    });
    await settle();
    expect(got).toEqual([]);
  });

  test("close() in until: no decoder is called", async () => {
    const decoder = vi.fn<(text: string) => string>((text) => text);
    const { feed } = wired(three, {
      events: { message: decoder },
      until() {
        feed.close();
        return false;
      },
    });
    feed.subscribe("message", () => undefined);
    await settle();
    expect(decoder).not.toHaveBeenCalled();
  });

  test("a subscription that closes in the tick of its creation makes no connection", async () => {
    const { feed, wire } = wired(opens);
    feed.subscribe("message").close();
    await pass(1000);
    expect(wire.requests).toHaveLength(0);
    expect(feed.state).toBe("idle");
  });
});

describe("one connection at a time", () => {
  test("several commands in one tick, in any order, never make two", async () => {
    // A small generator with a seed of its own: the orders are the same in every run.
    let seed = 42;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    for (let round = 0; round < 60; round++) {
      const { feed, wire } = wired(opens);
      const subscriptions = [feed.subscribe("message")];
      const commands = [
        () => void subscriptions.push(feed.subscribe("message")),
        () => subscriptions.pop()?.close(),
        () => feed.pause(),
        () => feed.resume(),
        () => feed.reconnect(),
        () => void feed.open(),
      ];
      for (let tick = 0; tick < 5; tick++) {
        for (let step = 0; step < 8; step++) commands[random(commands.length)]!();
        if (random(2) === 0) await settle();
      }
      if (random(4) === 0) feed.close();
      await settle();
      expect(wire.mostLive, `round ${round}`).toBeLessThanOrEqual(1);
      expect(wire.live, `round ${round}, ${feed.state}`).toHaveLength(
        feed.state === "open" ? 1 : 0,
      );
      feed.close();
      expect(wire.live).toHaveLength(0);
    }
  });
});

describe("open()", () => {
  test("rejects with the error of a failed attempt, and the feed keeps trying", async () => {
    const { feed } = wired((request, number) =>
      number === 1 ? request.reset() : request.answer(),
    );
    expect(await rejection(feed.open())).toMatchObject({ code: "network" });
    expect(feed.state).toBe("waiting");
    await pass(1000);
    expect(feed.state).toBe("open");
  });

  test("rejects with a fatal error", async () => {
    const { feed } = wired((request) => request.answer({ status: 404 }));
    expect(await rejection(feed.open())).toMatchObject({ code: "status", status: 404 });
    expect(await rejection(feed.open())).toMatchObject({ code: "status", status: 404 });
  });

  test("rejects when the feed is closed before it opens, or was closed already", async () => {
    const { feed } = wired();
    const opened = feed.open();
    await settle();
    feed.close();
    expect(await rejection(opened)).toMatchObject({ code: "closed" });
    expect(await rejection(feed.open())).toMatchObject({ code: "closed" });
  });

  test("may be ignored: no unhandled rejection", async () => {
    const unhandled = vi.fn<() => void>();
    process.on("unhandledRejection", unhandled);
    const { feed } = wired(breaks);
    void feed.open();
    await settle();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test("of an open feed resolves with the answer that opened it, and makes no request", async () => {
    const { feed, wire } = await listening(opens);
    expect(await feed.open()).toMatchObject({ status: 200 });
    expect(wire.requests).toHaveLength(1);
  });

  test("during linger keeps the feed open", async () => {
    const { feed, wire, subscription } = await listening(opens, { lingerMs: 1000 });
    subscription.close();
    await feed.open();
    await pass(5000);
    expect(feed.state).toBe("open");
    expect(wire.requests).toHaveLength(1);
  });

  test("of a paused feed waits for resume()", async () => {
    const { feed } = await arrive.paused();
    const opened = vi.fn<() => void>();
    void feed.open().then(opened);
    await pass(1000);
    expect(opened).not.toHaveBeenCalled();
    feed.resume();
    await settle();
    expect(opened).toHaveBeenCalledOnce();
  });
});

describe("reports", () => {
  test("a whole life cycle, with the facts that a user interface shows", async () => {
    const { feed, told } = await listening(
      (request, number) => {
        if (number === 1) request.reset();
        else request.answer().events(1).end();
      },
      { retry: { maxAttempts: 1 } },
    );
    await pass(10_000);
    expect(told).toEqual([
      { kind: "connecting", attempt: 1, lastEventId: "" },
      { kind: "waiting", delayMs: 1000, attempt: 1, error: expect.any(FeedError) },
      { kind: "connecting", attempt: 2, lastEventId: "" },
      expect.objectContaining({ kind: "open", attempt: 2, resumedFrom: "", status: 200 }),
      {
        kind: "closed",
        reason: "exhausted",
        error: expect.objectContaining({ code: "ended", attempt: 2 }),
        lastEventId: "1",
      },
    ]);
    expect(feed.stats).toMatchObject({ attempts: 2, opened: 1, events: 1, bytes: 15 });
  });

  test("status() gives the same to a loop, and is done after closed", async () => {
    const { feed, told } = wired((request) => request.answer().end(), { retry: false });
    const kinds: string[] = [];
    const read = (async () => {
      for await (const { kind } of feed.status()) kinds.push(kind);
    })();
    dataOf(feed);
    await read;
    expect(kinds).toEqual(["connecting", "open", "closed"]);
    expect(kindsOf(told)).toEqual(kinds);
  });

  test("drops of a queue are reported before the end, even if both arrived in one chunk", async () => {
    const { feed, told } = wired((request) => request.answer().events(1, 2, 3));
    feed.subscribe("message", { capacity: 1, overflow: "drop-oldest" });
    feed.subscribe("message", ({ data }) => data === "3" && feed.close());
    await settle();
    expect(kindsOf(told).slice(-2)).toEqual(["dropped", "closed"]);
    expect(lastOf(told, "dropped").count).toBe(2);
  });

  test("a listener that throws is reported as error, and affects no other listener", async () => {
    const { feed, told } = wired((request) => request.answer().events(1));
    feed.on("open", () => {
      throw new Error("mine");
    });
    const data = dataOf(feed);
    await settle();
    expect(data).toEqual(["1"]);
    expect(lastOf(told, "error").error).toMatchObject({ code: "callback" });
  });

  test("a callback that throws is reported, and the other callbacks lose nothing", async () => {
    const { feed, told } = wired((request) => request.answer().events(1, 2));
    feed.subscribe("message", () => {
      throw new Error("mine");
    });
    const data = dataOf(feed);
    await settle();
    expect(data).toEqual(["1", "2"]);
    expect(kindsOf(told).filter((kind) => kind === "error")).toHaveLength(2);
  });

  test("an until that throws is reported as error, and the feed continues", async () => {
    const { wire, told, data } = await listening(opens, {
      until: () => {
        throw new Error("mine");
      },
    });
    wire.last.events(1);
    await settle();
    expect(data).toEqual(["1"]);
    expect(lastOf(told, "error").error).toMatchObject({ code: "callback" });
  });

  test("an event with invalid data is reported, and the stream continues", async () => {
    const wire = new Wire((request) => {
      request.answer().send('id: 1\ndata: {"a"\n\nid: 2\ndata: {"a":1}\n\n');
    });
    const feed = new Feed<Record<string, unknown>>("http://wire.test/", {
      fetch: wire.fetch,
      decode: "json",
    });
    const invalid: string[] = [];
    const data: unknown[] = [];
    feed.on("invalid", ({ raw, type, error }) => invalid.push(`${type} ${error.code} ${raw}`));
    feed.subscribe("*", (event) => void data.push(event.data));
    await settle();
    feed.close();
    expect(invalid).toEqual(['message invalid {"a"']);
    expect(data).toEqual([{ a: 1 }]);
    expect(feed.lastEventId).toBe("2");
  });

  test("comments, which keep a proxy from closing the connection", async () => {
    const { feed, wire } = await listening(opens);
    const comments: string[] = [];
    const off = feed.on("comment", (text) => comments.push(text));
    wire.last.send(": still here\n:  as it is \n");
    await settle();
    off();
    wire.last.send(": again\n");
    await settle();
    expect(comments).toEqual(["still here", " as it is "]);
  });
});

describe("the cursor", () => {
  test("is sent with the next request, without the event type or the rest of a chunk", async () => {
    const { feed, wire } = await listening(opens);
    wire.last.send("id: 7\nevent: a\ndata: x\n\nid: 8\ndata: unfinished").reset();
    await settle();
    expect(feed.lastEventId).toBe("7");
    await pass(1000);
    expect(wire.requests.map((request) => request.lastEventId)).toEqual([undefined, "7"]);
  });

  test("is moved by a block without data, and reset by an empty id", async () => {
    const { feed, wire } = await listening(opens);
    wire.last.send("id: 7\n\n");
    await settle();
    expect(feed.lastEventId).toBe("7");
    wire.last.send("id:\ndata: x\n\n").end();
    await pass(1000);
    expect(wire.last.lastEventId).toBeUndefined();
  });

  test("starts at the user's cursor", async () => {
    const { wire, told } = await listening(opens, { lastEventId: "41" });
    expect(wire.last.lastEventId).toBe("41");
    expect(lastOf(told, "open").resumedFrom).toBe("41");
  });

  test("events without an id of their own have the id that the feed resumed from", async () => {
    const { feed, wire } = wired(opens, { lastEventId: "41" });
    const event = feed.once("message");
    await settle();
    wire.last.send("data: x\n\n");
    expect(await event).toEqual({ type: "message", data: "x", lastEventId: "41" });
  });

  test("is sent as UTF-8 bytes, and not at all if it could forge a header", async () => {
    const { wire, feed } = await listening(opens);
    wire.last.send("id: ü→😀\ndata: x\n\n").end();
    await pass(1000);
    expect(wire.last.lastEventId).toBe("ü→😀");
    expect(wire.last.headers.get("Last-Event-ID")).toMatch(/^[\u0080-\u00ff]+$/);
    expect(feed.lastEventId).toBe("ü→😀");
  });

  test.each([
    ["a control character", "a\u0001b"],
    ["DEL", "a\u007fb"],
    ["a space at its end", "a "],
    ["a TAB at its end", "a\t"],
  ])("an id with %s stays in the API, is not sent, and is reported as a gap", async (_, id) => {
    const { feed, wire, told } = await listening(opens);
    wire.last.send(`id: ${id}\ndata: x\n\n`).end();
    await pass(1000);
    expect(feed.state).toBe("open");
    expect(wire.last.headers.has("Last-Event-ID")).toBe(false);
    expect(told.filter(({ kind }) => kind === "gap")).toEqual([
      { kind: "gap", reason: "unsendable-id", lastEventId: id },
    ]);
    wire.last.send("data: y\n\n");
    await settle();
    expect(feed.lastEventId).toBe(id);
    expect(feed.stats.gaps).toBe(1);
  });

  test("an unsendable id causes one gap, however many attempts it takes to open again", async () => {
    const { wire, feed } = await listening((request, number) => {
      if (number === 1 || number === 5) request.answer();
      else request.reset();
    });
    wire.last.send("id: \u0001\ndata: x\n\n").end();
    await pass(60_000);
    expect(feed.state).toBe("open");
    expect(feed.stats.gaps).toBe(1);
  });

  test.each([400, 409, 410, 412, 416])(
    "a server that refuses it with %i gets one request without it, which is a gap",
    async (status) => {
      const { feed, wire, told } = await listening(
        (request) => request.answer({ status: request.lastEventId === undefined ? 200 : status }),
        { lastEventId: "7" },
      );
      expect(feed.state).toBe("open");
      expect(wire.requests.map((request) => request.lastEventId)).toEqual(["7", undefined]);
      expect(kindsOf(told)).toEqual(["connecting", "gap", "open"]);
      expect(lastOf(told, "gap")).toEqual({ kind: "gap", reason: "refused", lastEventId: "7" });
      expect(lastOf(told, "open").resumedFrom).toBe("");
      expect(feed.lastEventId).toBe("");
    },
  );

  test.each([409, 410, 412, 416])(
    "%i without a cursor is an ordinary fatal status",
    async (status) => {
      const { feed, wire } = await listening((request) => request.answer({ status }));
      expect(await feed.closed).toMatchObject({ reason: "failed", error: { status } });
      expect(wire.requests).toHaveLength(1);
    },
  );

  test("a server that refuses with and without it gets no third request, and its cursor is kept", async () => {
    const { feed, wire, told } = await listening((request) => request.answer({ status: 400 }), {
      lastEventId: "7",
    });
    expect(await feed.closed).toMatchObject({
      reason: "failed",
      error: { status: 400 },
      lastEventId: "7",
    });
    expect(wire.requests).toHaveLength(2);
    expect(kindsOf(told)).not.toContain("gap");
  });

  test("a refused cursor is refused again when the second request failed", async () => {
    const { wire, told } = await listening(
      (request, number) => {
        if (request.lastEventId !== undefined) request.answer({ status: 410 });
        else if (number === 2) request.reset();
        else request.answer();
      },
      { lastEventId: "7" },
    );
    await pass(1000);
    expect(wire.requests.map((request) => request.lastEventId)).toEqual([
      "7",
      undefined,
      "7",
      undefined,
    ]);
    expect(kindsOf(told)).toEqual(["connecting", "waiting", "connecting", "gap", "open"]);
  });

  test("a gap event of the server is reported, not delivered", async () => {
    const { feed, wire, told, data } = await listening(opens);
    const gap = { reason: "trimmed", from: "3", to: "9" };
    wire.last.send(`event: steadfeed.gap\ndata: ${JSON.stringify(gap)}\n\n`).events(9);
    await settle();
    expect(told.filter(({ kind }) => kind === "gap")).toEqual([
      { kind: "gap", reason: "trimmed", lastEventId: "3", data: JSON.stringify(gap) },
    ]);
    expect(data).toEqual(["9"]);
    expect(feed.stats.gaps).toBe(1);
  });

  test.each(["not JSON", "null", "{}", "[]", '{"reason":1,"from":{}}'])(
    "a gap with unknown data (%s) is still a gap",
    async (words) => {
      const { wire, told } = await listening(opens, { lastEventId: "3" });
      wire.last.send(`event: steadfeed.gap\ndata: ${words}\n\n`);
      await settle();
      expect(lastOf(told, "gap")).toEqual({
        kind: "gap",
        reason: "unknown",
        lastEventId: "3",
        data: words,
      });
    },
  );

  test("break: the next subscription gets the first event that the loop did not take", async () => {
    const { feed, wire } = wired((request) => {
      const from = Number(request.lastEventId ?? 0);
      request.answer().events(from + 1, from + 2, from + 3, from + 4);
    });
    const got: string[] = [];
    for (let round = 0; round < 3; round++) {
      for await (const { data } of feed.subscribe("message")) {
        got.push(data);
        if (got.length % 2 === 0) break;
      }
      expect(feed.state).toBe("idle");
    }
    expect(got).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(wire.requests.map((request) => request.lastEventId)).toEqual([undefined, "2", "4"]);
  });

  test("throw in a loop leaves the feed in the same way as break", async () => {
    const { feed } = wired((request) => request.answer().events(1, 2));
    const loop = (async () => {
      for await (const event of feed) throw new Error(event.data);
    })();
    expect(await rejection(loop)).toMatchObject({ message: "1" });
    expect(feed.state).toBe("idle");
    expect(feed.lastEventId).toBe("1");
  });

  test("close() with events still in a callback's queue: the store and a new feed have the last delivered event", async () => {
    const set = vi.fn<(id: string) => void>();
    const { feed, told } = wired((request) => request.answer().events(1, 2, 3), {
      store: { get: () => undefined, set },
    });
    feed.subscribe("message", () => work(10));
    await settle();
    await pass(15);
    feed.close();
    await pass(100);
    expect(set.mock.calls).toEqual([["1"], ["2"]]);
    expect((await feed.closed).lastEventId).toBe("2");
    expect(lastOf(told, "closed").lastEventId).toBe("2");
  });

  test("close() with events in an iterator's queue: the next process gets them again", async () => {
    const set = vi.fn<(id: string) => void>();
    const { feed } = wired((request) => request.answer().events(1, 2, 3, 4), {
      store: { get: () => undefined, set },
    });
    for await (const event of feed) {
      if (event.data !== "2") continue;
      feed.close();
      break;
    }
    await settle();
    expect(set.mock.lastCall).toEqual(["2"]);
  });

  test.each([1, 2])(
    "close() with event %i of 2 of a channel in hand: the next process does not get it again",
    async (count) => {
      const set = vi.fn<(id: string) => void>();
      const { feed } = wired((request) => request.answer().events(1, 2), {
        store: { get: () => undefined, set },
      });
      const channel = new Channel<unknown>();
      feed.subscribe("message", channel);
      for (let taken = 0; taken < count; taken++) await channel.receive();
      feed.close();
      await settle();
      expect(set.mock.lastCall).toEqual([String(count)]);
    },
  );

  test("the event that overflowed an 'error' queue is redelivered to the next subscriber", async () => {
    const { feed, wire } = wired((request) => request.answer().events(1, 2, 3));
    const slow = feed.subscribe("message", { capacity: 2, overflow: "error" });
    await settle();
    expect(feed.state).toBe("idle");
    expect(await slow.closed).toMatchObject({ reason: "failed" });
    feed.subscribe("message", () => undefined);
    await settle();
    expect(wire.requests.at(-1)!.lastEventId ?? "").toBe("");
  });

  test("close() inside a loop: the current event is not redelivered, the rest is", async () => {
    const { feed } = wired((request) => request.answer().events(1, 2, 3));
    const data: string[] = [];
    for await (const event of feed) {
      data.push(event.data);
      feed.close();
    }
    expect(data).toEqual(["1", "2", "3"]);
    expect((await feed.closed).lastEventId).toBe("3");
  });

  test("is requested from a store once, before the first request, however many subscribe at once", async () => {
    const get = vi.fn<() => Promise<string>>(async () => {
      await work(10);
      return "9";
    });
    const { feed, wire } = wired(opens, { store: { get, set: () => undefined } });
    feed.subscribe("a");
    feed.subscribe("b");
    await settle();
    feed.subscribe("c");
    void feed.open();
    await pass(10);
    expect(get).toHaveBeenCalledOnce();
    expect(wire.requests.map((request) => request.lastEventId)).toEqual(["9"]);
  });

  test("dedupe drops the event that a server repeats, and only as the first one", async () => {
    const { wire, data } = await listening(opens, { dedupe: true });
    wire.last.events(1, 1).end();
    await pass(1000);
    wire.last.events(1, 1, 2).end();
    await pass(2000);
    wire.last.events(3);
    await settle();
    expect(data).toEqual(["1", "1", "1", "2", "3"]);
  });

  test("without dedupe every event counts: two may have one id", async () => {
    const { wire, data } = await listening(opens);
    wire.last.events(1).end();
    await pass(1000);
    wire.last.events(1, 2);
    await settle();
    expect(data).toEqual(["1", "1", "2"]);
  });
});

describe("the ends of subscriptions", () => {
  test("close() gives iterators the received events, then done", async () => {
    const { feed } = wired((request) => request.answer().events(1, 2, 3));
    const subscription = feed.subscribe("message");
    await settle();
    feed.close();
    const rest = await take(subscription, 10);
    expect(rest.map(({ data }) => data)).toEqual(["1", "2", "3"]);
    expect(await subscription.closed).toMatchObject({ reason: "closed" });
  });

  test("an error arrives after the events, once", async () => {
    const { feed, wire } = wired((request, number) =>
      number === 1 ? request.answer().events(1, 2).end() : request.answer({ status: 404 }),
    );
    const subscription = feed.subscribe("message");
    await pass(1000);
    expect(wire.requests).toHaveLength(2);
    expect((await take(subscription, 2)).map(({ data }) => data)).toEqual(["1", "2"]);
    expect(await rejection(subscription.next())).toMatchObject({ status: 404 });
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
  });

  test("a subscription of a closed feed is closed: with its error, or done", async () => {
    const failed = await listening((request) => request.answer({ status: 404 }));
    const late = failed.feed.subscribe("message");
    expect(await rejection(late.next())).toMatchObject({ status: 404 });
    const stopped = await listening((request) => request.answer({ status: 204 }));
    expect(await stopped.feed.subscribe("message").next()).toMatchObject({ done: true });
  });

  test("a channel gets the received events, and stays open for other feeds", async () => {
    const { feed } = wired((request) => request.answer().events(1, 2));
    const channel = new Channel<{ data: string }>();
    feed.subscribe("message", channel);
    await settle();
    feed.close();
    expect(channel.tryReceive()?.data).toBe("1");
    expect(channel.tryReceive()?.data).toBe("2");
    expect(channel.closed).toBe(false);
  });

  test("await using closes the feed", async () => {
    const { feed, wire } = await listening(opens);
    await feed[Symbol.asyncDispose]();
    expect(feed.state).toBe("closed");
    expect(wire.live).toHaveLength(0);
  });

  test("await using waits for the store: a process that ends after the block has its cursor", async () => {
    let stored: string | undefined;
    const set = async (id: string): Promise<void> => {
      await work(50);
      stored = id;
    };
    const { feed } = wired((request) => request.answer().events(1, 2), {
      store: { get: () => undefined, set },
    });
    feed.subscribe("message", () => undefined);
    await settle();
    const disposed = feed[Symbol.asyncDispose]().then(() => stored);
    await pass(200);
    expect(await disposed).toBe("2");
  });
});

describe("lingerMs", () => {
  test("a subscription that returns in time finds the connection, and the events since", async () => {
    const { feed, wire, subscription } = await listening(opens, { lingerMs: 1000 });
    subscription.close();
    wire.last.events(1).events(2).events(3);
    await pass(999);
    const data = dataOf(feed);
    await pass(5000);
    expect(data).toEqual(["1", "2", "3"]);
    expect(wire.requests).toHaveLength(1);
    expect(feed.state).toBe("open");
  });

  test("without a new subscriber the feed is idle, and resumes where its last subscription left", async () => {
    const { feed, wire, subscription } = await listening(opens, { lingerMs: 1000 });
    wire.last.events(1);
    await settle();
    subscription.close();
    // One read is under way when the socket is stopped.
    wire.last.events(2);
    await pass(500);
    wire.last.events(3).events(4);
    await pass(500);
    expect(feed.state).toBe("idle");
    expect(wire.live).toHaveLength(0);
    expect(wire.requests[0]!.pulledBytes).toBe(3 * 15);
    dataOf(feed);
    await settle();
    expect(wire.last.lastEventId).toBe("1");
  });

  test("a stream that ends during linger is not lost for a subscriber that returns", async () => {
    const { feed, wire, subscription } = await listening(opens, { lingerMs: 5000 });
    subscription.close();
    wire.last.events(1, 2).end();
    await pass(2000);
    const data = dataOf(feed);
    await pass(2000);
    expect(data).toEqual(["1", "2"]);
    expect(wire.last.lastEventId).toBe("2");
  });

  test("a subscriber that leaves the very first event in its queue goes back to the id before it, not to none", async () => {
    const { feed, wire } = wired((request) =>
      request.answer().send("id: 5\n\nid: 6\ndata: six\n\nid: 7\n\nid: 8\ndata: eight\n\n"),
    );
    const first = feed.subscribe("message");
    await settle();
    await first.return();
    expect(feed.lastEventId).toBe("5");
    const second = feed.subscribe("message");
    await settle();
    expect(wire.last.lastEventId).toBe("5");
    await second.next();
    await second.next();
    await second.return();
    expect(feed.lastEventId).toBe("8");
  });

  test("a subscriber that leaves events in its queue does not linger: they are redelivered", async () => {
    const { feed, wire } = wired((request) => request.answer().events(1, 2, 3), { lingerMs: 1000 });
    for await (const event of feed.subscribe("message")) if (event.id === "1") break;
    expect(feed.state).toBe("idle");
    dataOf(feed);
    await settle();
    expect(wire.last.lastEventId).toBe("1");
  });
});

describe("drain()", () => {
  test("takes nothing more from the server, waits for slow consumers, and closes", async () => {
    const { feed, wire, told } = wired((request) => request.answer().events(1, 2, 3));
    const data: string[] = [];
    feed.subscribe("message", async (event) => {
      await work(10);
      data.push(event.data);
    });
    await settle();
    const drained = feed.drain();
    expect(wire.live).toHaveLength(0);
    wire.last.events(4);
    await pass(30);
    await drained;
    expect(data).toEqual(["1", "2", "3"]);
    expect(feed.state).toBe("closed");
    expect(kindsOf(told)).toEqual(["connecting", "open", "paused", "closed"]);
  });

  test("with a store, has stored the cursor of taken events", async () => {
    const stored: string[] = [];
    const { feed } = wired((request) => request.answer().events(1, 2, 3), {
      store: {
        get: () => undefined,
        async set(id) {
          await work(10);
          stored.push(id);
        },
      },
    });
    const subscription = feed.subscribe("message");
    await settle();
    const drained = feed.drain();
    await take(subscription, 5);
    await pass(100);
    await drained;
    expect(stored.at(-1)).toBe("3");
    expect(await feed.closed).toEqual({ reason: "closed", lastEventId: "3" });
  });

  test("of a closed feed waits for its store, which closed does not", async () => {
    const stored: string[] = [];
    const { feed } = wired((request) => request.answer().events(1).end(), {
      retry: false,
      store: {
        get: () => undefined,
        async set(id) {
          await work(10);
          stored.push(id);
        },
      },
    });
    feed.subscribe("message", () => undefined);
    await settle();
    expect(await feed.closed).toMatchObject({ reason: "ended" });
    expect(stored).toEqual([]);
    let drained = false;
    void feed.drain().then(() => (drained = true));
    await settle();
    expect(drained).toBe(false);
    await pass(10);
    expect([drained, stored]).toEqual([true, ["1"]]);
  });

  test("nothing can open a feed that drains", async () => {
    const { feed, wire } = wired((request) => request.answer().events(1, 2));
    feed.subscribe("message", () => work(10));
    await settle();
    const drained = feed.drain();
    feed.reconnect();
    feed.pause();
    feed.resume();
    const late = feed.subscribe("message");
    const opened = rejection(feed.open());
    await pass(100);
    await drained;
    expect(wire.requests).toHaveLength(1);
    expect(await late.next()).toMatchObject({ done: true });
    expect(await opened).toMatchObject({ code: "closed" });
  });

  test("of an idle, failed or closed feed resolves at once", async () => {
    const idle = wired();
    await idle.feed.drain();
    expect(idle.feed.state).toBe("closed");
    await idle.feed.drain();
  });
});

describe("misuse", () => {
  test.each(["nonsense", "", "ftp://example.com/", "//x"])("%j is not a URL", (url) => {
    expect(() => new Feed(url)).toThrow(TypeError);
  });

  test.each([[""], [[]], [["a", ""]], [7], [undefined]])("%j is not an event type", (types) => {
    const { feed } = wired();
    expect(() => feed.subscribe(types as string)).toThrow(TypeError);
  });

  test("a signal that was already aborted makes a closed feed", async () => {
    const { feed, wire } = wired(opens, { signal: AbortSignal.abort("no") });
    expect(feed.state).toBe("closed");
    expect(await feed.closed).toEqual({ reason: "aborted", error: "no", lastEventId: "" });
    feed.subscribe("message");
    await settle();
    expect(wire.requests).toHaveLength(0);
  });

  test("a closed feed removes its listener from its signal", async () => {
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, "removeEventListener");
    const { feed } = wired(opens, { signal: controller.signal });
    feed.close();
    expect(remove).toHaveBeenCalledWith("abort", expect.anything());
    controller.abort();
    expect(await feed.closed).toMatchObject({ reason: "closed" });
  });
});

describe("untaken events are redelivered, however and whenever the feed ends", () => {
  const hang = (): Promise<never> => new Promise(() => undefined);
  const three: Serve = (request) => void request.answer().events(1, 2, 3).end();

  test("a feed that ended by itself and is closed while a callback handles its first event", async () => {
    const saved: string[] = [];
    const { feed } = wired(three, {
      retry: false,
      store: { get: () => "", set: (id) => void saved.push(id) },
    });
    feed.subscribe("message", hang);
    await settle();
    expect(feed.state).toBe("closed");
    feed.close();
    await settle();
    expect(saved).toEqual(["1"]);
  });

  test("a feed that is closed while it drains", async () => {
    const saved: string[] = [];
    const { feed, wire } = wired(opens, {
      store: { get: () => "", set: (id) => void saved.push(id) },
    });
    feed.subscribe("message", hang);
    await settle();
    wire.last.events(1, 2, 3);
    await settle();
    void feed.drain();
    feed.close();
    await settle();
    expect(saved).toEqual(["1"]);
    expect((await feed.closed).lastEventId).toBe("1");
  });

  test("a feed closed in a callback: later callbacks have not had the current event", async () => {
    const saved: string[] = [];
    const { feed } = wired(three, {
      store: { get: () => "", set: (id) => void saved.push(id) },
    });
    feed.subscribe("message", ({ data }) => data === "2" && feed.close());
    const behind = dataOf(feed);
    await settle();
    expect(behind).toEqual(["1"]);
    expect(saved).toEqual(["1"]);
    expect((await feed.closed).lastEventId).toBe("1");
  });

  test("a feed closed in the last callback of an event: all callbacks have had it", async () => {
    const { feed } = wired(three);
    const before = dataOf(feed);
    feed.subscribe("message", ({ data }) => data === "2" && feed.close());
    await settle();
    expect(before).toEqual(["1", "2"]);
    expect((await feed.closed).lastEventId).toBe("2");
  });

  test("a callback that closes all subscriptions: the next subscriber gets the event that one of them had not had", async () => {
    const { feed, wire } = wired(three);
    const all = [
      feed.subscribe("message", ({ data }) => {
        if (data === "2") for (const each of all) each.close();
      }),
      feed.subscribe("message", () => undefined),
    ];
    await settle();
    expect(feed.state).toBe("idle");
    feed.subscribe("message", () => undefined);
    await settle();
    expect(wire.requests.at(-1)!.lastEventId).toBe("1");
  });

  test.each(["until", "events"] as const)(
    "a feed that %s closes: no callback has had the event",
    async (name) => {
      const close = (): boolean => {
        feed.close();
        return false;
      };
      const { feed } = wired(three, { [name]: name === "until" ? close : { message: close } });
      const got = dataOf(feed);
      await settle();
      expect(got).toEqual([]);
      expect(await feed.closed).toMatchObject({ reason: "closed", lastEventId: "" });
    },
  );

  test("a closed subscription reports the cursor to resume it from, not the feed's own", async () => {
    const { feed } = wired((request) => request.answer().events(1, 2, 3, 4));
    const loop = feed.subscribe("message");
    const hung = feed.subscribe("message", hang);
    const full = feed.subscribe("message", { capacity: 2, overflow: "error" });
    const kept = feed.subscribe("message");
    feed.subscribe("message", () => undefined);
    await settle();
    await loop.next();
    await loop.next();
    void loop.return();
    hung.close();
    const drained = kept.drain();
    await take(kept, 4);
    void kept.next();
    await drained;
    await expect(take(full, 3)).rejects.toMatchObject({ code: "overflow" });
    const places = [loop, hung, full, kept].map(async ({ closed }) => (await closed).lastEventId);
    expect(await Promise.all(places)).toEqual(["2", "1", "", "4"]);
    expect(feed.lastEventId).toBe("4");
  });

  test("an oversized event kept until a full queue has space is reported, not retried forever", async () => {
    const { feed, wire } = wired(opens, { maxEventBytes: 64 });
    const events = feed.subscribe("message", { capacity: 1 });
    await settle();
    wire.last.events(1);
    wire.last.send(`data: ${"x".repeat(100)}\n\n`).end();
    await settle();
    expect((await events.next()).value?.data).toBe("1");
    await expect(events.next()).rejects.toMatchObject({ code: "too-large" });
    expect(feed.stats.attempts).toBe(1);
  });

  test("a gap before untaken events is not reported twice", async () => {
    const { feed, wire } = wired(opens, { lastEventId: "old" });
    const events = feed.subscribe("message");
    await settle();
    wire.last.send("id: g9\nevent: steadfeed.gap\ndata: {}\n\nid: 10\ndata: 10\n\n");
    await settle();
    await events.return();
    expect(feed.lastEventId).toBe("g9");
  });
});

test("a channel of another class is refused, instead of being read as options", () => {
  const { feed } = wired(opens);
  const other = { send: () => true, size: 0, closed: false };
  expect(() => feed.subscribe("message", other as never)).toThrow("Channel of this package");
});

test("an error that a status() reader receives is not reported elsewhere", async () => {
  const report = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const { feed } = await listening((request) => void request.answer().events(1));
  const told = feed.status();
  feed.subscribe("message", () => {
    throw new Error("mine");
  });
  feed.reconnect();
  await settle();
  feed.close();
  const kinds: string[] = [];
  for await (const { kind } of told) kinds.push(kind);
  expect(kinds).toContain("error");
  expect(report).not.toHaveBeenCalled();
});

describe("a cursor belongs to the origin that gave it", () => {
  const elsewhere: Serve = (request) => {
    const from = Number(request.lastEventId ?? 0);
    if (request.url.startsWith("http://wire.test/")) {
      request.answer({ status: 307, headers: { Location: "http://other.test/events" } });
    } else
      request
        .answer()
        .events(from + 1, from + 2)
        .end();
  };

  test("after a redirect to another origin it resumes there, and is not sent to the first one", async () => {
    const { feed, wire, told } = wired(elsewhere);
    const got: string[] = [];
    feed.subscribe("message", ({ data }) => void got.push(data));
    await settle();
    await pass(5000);
    expect(got.slice(0, 4)).toEqual(["1", "2", "3", "4"]);
    expect(wire.requests.slice(0, 4).map(({ url, lastEventId }) => [url, lastEventId])).toEqual([
      ["http://wire.test/events", undefined],
      ["http://other.test/events", undefined],
      ["http://wire.test/events", undefined],
      ["http://other.test/events", "2"],
    ]);
    expect(told.filter(({ kind }) => kind === "gap")).toEqual([]);
  });

  test("events without an id do not pass the cursor of one origin to another", async () => {
    const { feed, wire } = wired((request, number) => {
      const isFirst = request.url.startsWith("http://wire.test/");
      if (number === 1) request.answer().events(7).end();
      else if (isFirst)
        request.answer({ status: 307, headers: { Location: "http://other.test/events" } });
      else request.answer().send("data: no id\n\n").end();
    });
    feed.subscribe("message", () => undefined);
    await pass(10_000);
    const asked = wire.requests.map(({ url, lastEventId }) => [new URL(url).host, lastEventId]);
    expect(asked.slice(0, 5)).toEqual([
      ["wire.test", undefined],
      ["wire.test", "7"],
      ["other.test", undefined],
      ["wire.test", "7"],
      ["other.test", undefined],
    ]);
  });

  test("the cursor of a block without data is not sent to the first origin either", async () => {
    const { feed, wire } = wired((request) => {
      if (request.url.startsWith("http://wire.test/"))
        request.answer({ status: 307, headers: { Location: "http://other.test/events" } });
      else request.answer().send("id: 7\n\n").end();
    });
    feed.subscribe("message", () => undefined);
    await pass(2000);
    expect(wire.requests.slice(2, 4).map(({ lastEventId }) => lastEventId)).toEqual([
      undefined,
      "7",
    ]);
  });

  test("a cursor from the user is sent to the origin in the user's URL", async () => {
    const { feed, wire, told } = wired(elsewhere, { lastEventId: "7" });
    feed.subscribe("message");
    await settle();
    expect(wire.requests.map(({ lastEventId }) => lastEventId)).toEqual(["7", undefined]);
    expect(told).toContainEqual({ kind: "gap", reason: "redirected", lastEventId: "7" });
  });
});

test("a stream that ends without the event that until waits for has failed, so that half an answer is not taken for a whole one", async () => {
  const { feed } = wired((request) => void request.answer().events(1).end(), {
    retry: false,
    until: ({ data }) => data === "[DONE]",
  });
  const events = feed.subscribe("message");
  expect((await events.next()).value?.data).toBe("1");
  await expect(events.next()).rejects.toMatchObject({ code: "network" });
  expect((await feed.closed).reason).toBe("failed");
});

test("a password in the URL appears in no report", () => {
  const feed = new Feed("http://ann:secret@wire.test/events");
  expect(feed.url).toBe("http://wire.test/events");
  feed.close();
});

test("a misspelled kind of status throws, instead of never being called", () => {
  const { feed } = wired(opens);
  expect(() => feed.on("opne" as never, () => undefined)).toThrow(TypeError);
});

test("on() removes its listener when the signal aborts, and adds none for an aborted signal", async () => {
  const { feed } = wired(opens);
  const controller = new AbortController();
  const kept = vi.fn<() => void>();
  const late = vi.fn<() => void>();
  const off = feed.on("connecting", kept, { signal: controller.signal });
  feed.on("connecting", late, { signal: AbortSignal.abort() });
  feed.subscribe("message");
  await settle();
  controller.abort();
  feed.reconnect();
  await settle();
  off();
  expect([kept.mock.calls.length, late.mock.calls.length]).toEqual([1, 0]);
});
