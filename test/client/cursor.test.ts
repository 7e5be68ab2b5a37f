import { Channel, type FeedError } from "@steadfeed/client";
import { describe, expect, test, vi } from "vitest";
import { Cursor } from "../../packages/client/src/delivery/cursor.ts";
import { lastOf, take } from "../support/collect.ts";
import { Fan, type Sent } from "../support/fanout.ts";
import { collectGarbage } from "../support/gc.ts";
import { settle } from "../support/wire.ts";

/** A store whose writes finish when the test says so, and that counts those under way. */
function slowStore(start?: string) {
  const sets: string[] = [];
  const waiting: { finish(): void; fail(error: Error): void }[] = [];
  let underWay = 0;
  const store = {
    sets,
    most: 0,
    get: () => start,
    async set(id: string): Promise<void> {
      sets.push(id);
      store.most = Math.max(store.most, ++underWay);
      try {
        await new Promise<void>((finish, fail) => waiting.push({ finish, fail }));
      } finally {
        underWay--;
      }
    },
    async finish(): Promise<void> {
      waiting.shift()!.finish();
      await settle();
    },
    async fail(): Promise<void> {
      waiting.shift()!.fail(new Error("disk full"));
      await settle();
    },
  };
  return store;
}

const ignore = (): void => undefined;

describe("taken: behind the last event that every subscription has taken", () => {
  test("an iterator's event when it asks for the next one", async () => {
    const fan = new Fan("0");
    const subscription = fan.subscribe("a");
    fan.send("a", 1, 2);
    expect([fan.cursor.received, fan.cursor.taken]).toEqual(["2", "0"]);
    await subscription.next();
    expect(fan.cursor.taken).toBe("0");
    await subscription.next();
    expect(fan.cursor.taken).toBe("1");
    void subscription.next();
    expect(fan.cursor.taken).toBe("2");
  });

  test("an asynchronous callback's event when the callback has settled", async () => {
    const fan = new Fan("0");
    let settled = ignore;
    fan.subscribe("a", () => new Promise<void>((resolve) => (settled = resolve)));
    fan.send("a", 1, 2);
    expect(fan.cursor.taken).toBe("0");
    settled();
    await settle();
    expect(fan.cursor.taken).toBe("1");
    settled();
    await settle();
    expect(fan.cursor.taken).toBe("2");
  });

  test("a synchronous callback's event at once, also if it threw", () => {
    const fan = new Fan("0");
    fan.subscribe("a", () => {
      throw new Error("bug");
    });
    fan.send("a", 1);
    expect(fan.cursor.taken).toBe("1");
  });

  test("an event that nobody takes, or that a filter keeps out, at once", () => {
    const fan = new Fan("0");
    fan.subscribe("a", undefined, { filter: () => false });
    fan.send("a", 1);
    fan.send("b", 2);
    expect(fan.cursor.taken).toBe("2");
  });

  test("the slowest decides, whoever it is", async () => {
    const fan = new Fan("0");
    const [slow, fast] = [fan.subscribe("*"), fan.subscribe("a")];
    fan.send("a", 1, 2, 3);
    await take(fast, 3);
    void fast.next();
    expect(fan.cursor.taken).toBe("0");
    await take(slow, 3);
    expect(fan.cursor.taken).toBe("2");
    slow.close();
    expect(fan.cursor.taken).toBe("3");
  });

  test.each([
    { overflow: "drop-oldest", taken: ["0", "0", "3", "4"] },
    { overflow: "latest", taken: ["0", "0", "3", "4"] },
    { overflow: "drop-newest", taken: ["0", "0", "1", "4"] },
  ] as const)(
    "what $overflow dropped is not waited for, and does not stand for what is in hand",
    async ({ overflow, taken }) => {
      const fan = new Fan("0");
      const subscription = fan.subscribe("a", undefined, { capacity: 1, overflow });
      const states: string[] = [];
      const note = (): void => void states.push(fan.cursor.taken);
      const next = subscription.next();
      fan.send("a", 1);
      await next;
      note();
      fan.send("a", 2, 3, 4);
      note();
      await subscription.next();
      note();
      void subscription.next();
      note();
      expect(states).toEqual(taken);
    },
  );

  test("workers on one channel: the one that has the oldest decides", async () => {
    const fan = new Fan("0");
    const channel = new Channel<Sent>();
    fan.subscribe("a", channel);
    const [slow, fast] = [channel[Symbol.asyncIterator](), channel[Symbol.asyncIterator]()];
    fan.send("a", 1, 2, 3);
    await slow.next();
    await fast.next();
    await fast.next();
    void fast.next();
    expect(fan.cursor.taken).toBe("0");
    void slow.next();
    expect(fan.cursor.taken).toBe("3");
  });

  test("ids that the server sends without events move it too, and never back", async () => {
    const fan = new Fan("0");
    const subscription = fan.subscribe("a");
    fan.cursor.move("1");
    expect(fan.cursor.taken).toBe("1");
    fan.send("a", 2);
    fan.cursor.move("3");
    expect(fan.cursor.taken).toBe("1");
    await take(subscription, 1);
    expect(fan.cursor.taken).toBe("1");
    void subscription.next();
    expect(fan.cursor.taken).toBe("3");
    fan.send("a", 4);
    expect(fan.cursor.taken).toBe("3");
  });

  test("is never ahead while an event is on its way from one subscription to the next", async () => {
    const store = slowStore("0");
    const fan = new Fan(store);
    await fan.cursor.load();
    // Its drop is a reason to save, in the middle of handing out the second event.
    fan.subscribe("a", undefined, { overflow: "latest" });
    fan.send("a", 1);
    fan.subscribe("a");
    fan.send("a", 2);
    await settle();
    expect([fan.cursor.taken, store.sets]).toEqual(["1", ["1"]]);
  });

  test("an event that one holds is not taken because another, on its turn, ends both", () => {
    const fan = new Fan("0");
    fan.onEmpty.mockImplementation(() => void fan.cursor.rewind());
    const queued = fan.subscribe("a");
    const callback = fan.subscribe("a", () => {
      callback.close();
      void queued.return();
    });
    fan.send("a", 1);
    expect(fan.cursor.received).toBe("0");
  });

  test("a callback that hangs for ever keeps its place, and no memory of what went by", async () => {
    const fan = new Fan("0");
    fan.subscribe("a", () => new Promise(ignore), { capacity: 2, overflow: "drop-oldest" });
    const events = Array.from({ length: 100 }, (_, n) => {
      const event: Sent = { type: "a", data: n, lastEventId: String(n + 1) };
      fan.cursor.received = event.lastEventId;
      fan.fanout.deliver(event);
      return new WeakRef(event);
    });
    await settle();
    collectGarbage();
    expect(fan.cursor.taken).toBe("0");
    expect(events.filter((event) => event.deref()).length).toBeLessThan(10);
  });
});

describe("rewind()", () => {
  test("goes back behind the last event that was taken, and says whether that was further back", async () => {
    const fan = new Fan("0");
    const subscription = fan.subscribe("a");
    fan.send("a", 1, 2, 3);
    await take(subscription, 2);
    expect([fan.cursor.rewind(), fan.cursor.received, fan.cursor.taken]).toEqual([true, "1", "1"]);
    expect(fan.cursor.rewind()).toBe(false);
  });

  test("an event that made its callback leave was looked at: it is not to come again", () => {
    const fan = new Fan("0");
    fan.onEmpty.mockImplementation(() => void fan.cursor.rewind());
    const subscription = fan.subscribe("a", () => void subscription.return());
    fan.send("a", 1);
    expect(fan.cursor.received).toBe("1");
  });

  test("what was on its way before does not move it afterwards", async () => {
    const fan = new Fan("0");
    const subscription = fan.subscribe("a");
    fan.send("a", 1, 2);
    fan.cursor.rewind();
    await take(subscription, 2);
    void subscription.next();
    expect(fan.cursor.taken).toBe("0");
    fan.send("a", 1);
    expect(fan.cursor.taken).toBe("0");
    void subscription.next();
    expect(fan.cursor.taken).toBe("1");
  });

  test("goes back to an id that came without an event, also within one chunk", () => {
    const fan = new Fan();
    fan.subscribe("a");
    for (const id of ["5", "6"]) fan.cursor.step(id);
    fan.send("a", 6);
    expect([fan.cursor.rewind(), fan.cursor.received]).toEqual([true, "5"]);
  });

  test("an event in front of one that was not taken is not the cursor of the one before", async () => {
    const fan = new Fan("0");
    fan.subscribe("a", () => undefined);
    fan.send("a", 1, 2);
    fan.subscribe("a");
    fan.send("a", 3);
    expect([fan.cursor.rewind(), fan.cursor.received]).toEqual([true, "2"]);
  });
});

test("moveTo() forgets what is on its way: a cursor that was refused is not stored again", () => {
  const fan = new Fan("0");
  fan.subscribe("a");
  fan.send("a", 1);
  fan.cursor.moveTo("");
  expect([fan.cursor.received, fan.cursor.taken]).toEqual(["", ""]);
});

describe("the store's get()", () => {
  test.each([
    ["a string", () => "7", "7"],
    ["a promise", async () => "7", "7"],
    ["undefined: none", () => undefined, ""],
    ["null, as localStorage says none", () => null as unknown as undefined, ""],
  ])("gives %s", async (_, get, id) => {
    const report = vi.fn<() => void>();
    const cursor = new Cursor("", { get, set: ignore }, report);
    await cursor.load();
    expect([cursor.received, cursor.taken]).toEqual([id, id]);
    expect(report).not.toHaveBeenCalled();
  });

  test("is asked once, and whoever comes while it is asked waits for the answer", async () => {
    let answer!: (id: string) => void;
    const get = vi.fn<() => Promise<string>>(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const cursor = new Cursor("", { get, set: ignore }, ignore);
    const seen: string[] = [];
    const loads = [1, 2].map(() => cursor.load().then(() => seen.push(cursor.received)));
    await settle();
    expect(seen).toEqual([]);
    answer("7");
    await Promise.all(loads);
    await cursor.load();
    expect([seen, get.mock.calls.length]).toEqual([["7", "7"], 1]);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("locked");
      },
    ],
    ["rejects", () => Promise.reject(new Error("locked"))],
    ["gives a number", () => 7 as unknown as string],
  ])("that %s is told, and the feed starts without a cursor", async (_, get) => {
    const told: FeedError[] = [];
    const cursor = new Cursor("", { get, set: ignore }, (error) => told.push(error));
    await cursor.load();
    expect(cursor.received).toBe("");
    expect(told).toMatchObject([
      { code: "store", message: expect.stringContaining("get() failed") },
    ]);
  });

  test("what it gave is not written back to it", async () => {
    const store = slowStore("7");
    const cursor = new Cursor("", store, ignore);
    await cursor.load();
    cursor.move("7");
    await cursor.saved();
    expect(store.sets).toEqual([]);
  });
});

describe("the store's set()", () => {
  test("does not forget the place when a feed is closed while get() is under way", async () => {
    const set = vi.fn<(id: string) => void>();
    const cursor = new Cursor("", { get: async () => "7", set }, ignore);
    const loading = cursor.load();
    cursor.pin();
    await loading;
    await cursor.saved();
    expect(set).not.toHaveBeenCalled();
  });

  test("gets what was taken, not what was received", async () => {
    const sets: string[] = [];
    const fan = new Fan({ get: () => "0", set: (id) => void sets.push(id) });
    await fan.cursor.load();
    const subscription = fan.subscribe("a");
    fan.send("a", 1, 2);
    await take(subscription, 1);
    await settle();
    expect(sets).toEqual([]);
    await take(subscription, 1);
    await settle();
    expect(sets).toEqual(["1"]);
  });

  test("gets the event whose callback closed the feed: nothing comes behind it that would save it", async () => {
    const sets: string[] = [];
    const fan = new Fan({ get: () => undefined, set: (id) => void sets.push(id) });
    fan.subscribe("a", () => undefined);
    fan.send("a", 1);
    await settle();
    expect(sets).toEqual(["1"]);
  });

  test("is called once for all that one turn brought", async () => {
    const sets: string[] = [];
    const fan = new Fan({ get: () => undefined, set: (id) => void sets.push(id) });
    fan.subscribe("a", () => undefined);
    fan.send("a", 1, 2, 3);
    await settle();
    expect(sets).toEqual(["3"]);
  });

  test("never runs twice at a time, and what came meanwhile is one write", async () => {
    const store = slowStore();
    const fan = new Fan(store);
    fan.subscribe("a", () => undefined);
    fan.send("a", 1);
    await settle();
    fan.send("a", 2, 3);
    expect(store.sets).toEqual(["1"]);
    await store.finish();
    expect(store.sets).toEqual(["1", "3"]);
    fan.send("a", 4);
    await store.finish();
    await store.finish();
    expect([store.sets, store.most]).toEqual([["1", "3", "4"], 1]);
  });

  test("is not called again for an id that it has", async () => {
    const store = slowStore();
    const cursor = new Cursor("", store, ignore);
    cursor.move("1");
    await settle();
    await store.finish();
    cursor.move("1");
    cursor.save();
    await settle();
    expect(store.sets).toEqual(["1"]);
  });

  test("that calls back into the feed is not called twice at a time either", async () => {
    const sets: string[] = [];
    let depth = 0;
    let most = 0;
    const cursor: Cursor = new Cursor(
      "",
      {
        get: () => undefined,
        set(id) {
          most = Math.max(most, ++depth);
          sets.push(id);
          if (id === "1") cursor.move("2");
          depth--;
        },
      },
      ignore,
    );
    cursor.move("1");
    await cursor.saved();
    expect([sets, most]).toEqual([["1", "2"], 1]);
  });

  test.each(["rejects", "throws at once"])(
    "that %s is told, not asked again for the same id, and asked for the next",
    async (how) => {
      const sets: string[] = [];
      const fan = new Fan({
        get: () => undefined,
        set(id) {
          sets.push(id);
          const error = new Error("disk full");
          if (how === "rejects") return Promise.reject(error);
          throw error;
        },
      });
      fan.subscribe("a", () => undefined);
      fan.send("a", 1);
      await fan.cursor.saved();
      expect(sets).toEqual(["1"]);
      expect(lastOf(fan.told, "error").error).toMatchObject({
        code: "store",
        cause: { message: "disk full" },
      });
      fan.send("a", 2);
      await fan.cursor.saved();
      await fan.cursor.saved();
      expect(sets).toEqual(["1", "2"]);
    },
  );

  test("that fails once goes on with what came meanwhile", async () => {
    const store = slowStore();
    const cursor = new Cursor("", store, ignore);
    cursor.move("1");
    await settle();
    cursor.move("2");
    await store.fail();
    expect(store.sets).toEqual(["1", "2"]);
  });

  test("saved() resolves when the store has what was taken", async () => {
    const store = slowStore();
    const cursor = new Cursor("", store, ignore);
    cursor.move("1");
    await settle();
    cursor.move("2");
    const saved = vi.fn<() => void>();
    const wait = cursor.saved().then(saved);
    await store.finish();
    expect(saved).not.toHaveBeenCalled();
    await store.finish();
    await wait;
    expect(store.sets).toEqual(["1", "2"]);
  });
});

test("without a store there is nothing to load or to save", async () => {
  const cursor = new Cursor("7", undefined, ignore);
  await cursor.load();
  cursor.move("8");
  await cursor.saved();
  expect([cursor.received, cursor.taken]).toEqual(["8", "8"]);
});
