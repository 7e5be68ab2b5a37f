import { Channel, type FeedStatus } from "@steadfeed/client";
import { describe, expect, test } from "vitest";
import { kindsOf, take } from "../support/collect.ts";
import { Fan, type Sent } from "../support/fan.ts";
import { settle } from "../support/wire.ts";

/** Notes what each subscription gets, under its name. */
function noted(fan: Fan) {
  const got: string[] = [];
  const note =
    (name: string) =>
    ({ type, lastEventId }: Sent) =>
      void got.push(`${name}:${type}${lastEventId}`);
  return {
    got,
    note,
    on: (types: string | string[], name: string) => fan.subscribe(types, note(name)),
  };
}

describe("delivery", () => {
  test("follows the event type, in the order of subscription", () => {
    const fan = new Fan();
    const { got, on } = noted(fan);
    on("a", "first");
    on("*", "all");
    on(["b", "a"], "list");
    fan.send("a", 1);
    fan.send("c", 2);
    expect(got).toEqual(["first:a1", "all:a1", "list:a1", "all:c2"]);
  });

  test("a list of types shares one queue in the order of arrival", async () => {
    const fan = new Fan();
    const subscription = fan.subscribe(["a", "b", "a"]);
    fan.send("b", 1);
    fan.send("a", 2);
    fan.send("b", 3);
    const events = await take(subscription, 3);
    expect(events.map(({ type, lastEventId }) => type + lastEventId)).toEqual(["b1", "a2", "b3"]);
    expect(subscription.stats.received).toBe(3);
  });

  test("subscribing in a callback starts with the next event", () => {
    const fan = new Fan();
    const { got, note, on } = noted(fan);
    fan.subscribe("a", (event) => {
      note("first")(event);
      if (event.lastEventId === "1") on("a", "late");
    });
    fan.send("a", 1, 2);
    expect(got).toEqual(["first:a1", "first:a2", "late:a2"]);
  });

  test("closing another subscription in a callback has effect at once: it does not get the current event", () => {
    const fan = new Fan();
    const { got, note, on } = noted(fan);
    fan.subscribe("a", (event) => {
      note("first")(event);
      other.close();
    });
    const other = on("a", "other");
    on("a", "last");
    fan.send("a", 1);
    expect(got).toEqual(["first:a1", "last:a1"]);
  });
});

describe("joining and leaving", () => {
  test("an end reaches subscribers of every type, after their received events", async () => {
    const fan = new Fan();
    const [a, all] = [fan.subscribe("a"), fan.subscribe("*")];
    fan.send("a", 1);
    fan.outlet.ended("stopped");
    expect((await take(a, 9)).length + (await take(all, 9)).length).toBe(2);
    expect(await Promise.all([a.closed, all.closed])).toMatchObject([
      { reason: "stopped" },
      { reason: "stopped" },
    ]);
  });

  test.each([
    { how: "finish", calls: ["1", "2"] },
    { how: "stop", calls: ["1"] },
  ] as const)(
    "an asynchronous callback gets redelivery of events it had not processed: $how $calls",
    async ({ how, calls }) => {
      const fan = new Fan();
      const called: string[] = [];
      fan.subscribe("a", async ({ lastEventId }) => called.push(lastEventId));
      fan.send("a", 1, 2);
      if (how === "stop") fan.feed.close();
      else fan.outlet.ended("ended");
      await settle();
      expect(called).toEqual(calls);
    },
  );

  test.each([
    { slow: "both", a: [1, 3], b: [2, 4], cursor: "2" },
    { slow: "the one that leaves first", a: [1, 2, 3], b: [4], cursor: "1" },
    { slow: "none", a: [1], b: [2], cursor: "2" },
  ])(
    "several stopped callbacks get redelivery of unprocessed events: $slow with a queue",
    async ({ a, b, cursor }) => {
      const fan = new Fan();
      const hang = (): Promise<never> => new Promise(() => undefined);
      fan.subscribe("a", hang);
      fan.subscribe("b", hang);
      const types = new Map([
        ...a.map((n) => [n, "a"] as const),
        ...b.map((n) => [n, "b"] as const),
      ]);
      for (let n = 1; types.has(n); n++) fan.send(types.get(n)!, n);
      fan.feed.close();
      expect(fan.feed.lastEventId).toBe(cursor);
    },
  );

  test("drain() waits for all subscribers, and a second drain() does not overtake the first", async () => {
    const fan = new Fan();
    const subscription = fan.subscribe("a");
    fan.subscribe("b");
    fan.send("a", 1);
    const done: string[] = [];
    const drains = ["first", "second"].map(async (name) => {
      await fan.feed.drain();
      done.push(name);
    });
    await settle();
    expect(done).toEqual([]);
    await take(subscription, 2);
    await Promise.all(drains);
    expect(done).toEqual(["first", "second"]);
  });
});

describe("backpressure", () => {
  test("the socket is paused while any queue is full, and read when none is", async () => {
    const fan = new Fan();
    const [a, b] = [
      fan.subscribe("a", undefined, { capacity: 2 }),
      fan.subscribe("b", undefined, { capacity: 2 }),
    ];
    fan.send("a", 1, 2);
    fan.send("b", 3, 4);
    expect(fan.held).toBe(true);
    await take(a, 2);
    expect(fan.held).toBe(true);
    await take(b, 1);
    expect(fan.held).toBe(false);
  });

  test.each(["close", "return", "drain"] as const)(
    "a subscriber that leaves with a full queue (%s) unblocks the feed",
    (how) => {
      const fan = new Fan();
      const subscription = fan.subscribe("a", undefined, { capacity: 1 });
      fan.send("a", 1);
      expect(fan.held).toBe(true);
      void subscription[how]();
      expect(fan.held).toBe(false);
    },
  );

  test("when the socket is paused, each full queue is named, with its number of waiting events", () => {
    const fan = new Fan();
    fan.subscribe("a", undefined, { capacity: 2, name: "prices" });
    fan.subscribe("b", undefined, { capacity: 1 });
    fan.subscribe("c");
    fan.send("a", 1, 2, 3);
    fan.send("b", 4);
    fan.send("c", 5);
    fan.outlet.held(true);
    fan.outlet.held(false);
    expect(fan.told).toEqual([
      { kind: "slow", subscription: "prices", pending: 3 },
      { kind: "slow", subscription: "b", pending: 1 },
    ]);
  });
});

describe("drops", () => {
  test("are counted individually and reported in batches, by subscription", async () => {
    const fan = new Fan();
    fan.subscribe("a", undefined, { capacity: 2, overflow: "drop-oldest" });
    fan.subscribe("a", undefined, { overflow: "latest", name: "newest" });
    fan.send("a", ...Array.from({ length: 1000 }, (_, n) => n));
    expect(fan.feed.stats.dropped).toBe(998 + 999);
    await settle();
    expect(fan.told).toEqual<FeedStatus[]>([
      { kind: "dropped", subscription: "newest", count: 999 },
      { kind: "dropped", subscription: "a", count: 998 },
    ]);
  });

  test("later drops are reported separately, not as a total", async () => {
    const fan = new Fan();
    fan.subscribe("a", undefined, { overflow: "latest" });
    fan.send("a", 1, 2);
    await settle();
    fan.send("a", 3, 4, 5);
    await settle();
    expect(fan.told).toMatchObject([{ count: 1 }, { count: 3 }]);
  });

  test("into a shared channel are reported by the feed whose event was lost", async () => {
    const channel = new Channel<Sent>({ capacity: 1, overflow: "drop-oldest" });
    const [loser, winner] = [new Fan(), new Fan()];
    loser.subscribe("a", channel);
    winner.subscribe("a", channel);
    loser.send("a", 1);
    winner.send("a", 2);
    await settle();
    expect([kindsOf(loser.told), kindsOf(winner.told)]).toEqual([["dropped"], []]);
  });
});
