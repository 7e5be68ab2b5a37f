import {
  Channel,
  FeedError,
  type ChannelOptions,
  type FeedEvent,
  type Overflow,
} from "@steadfeed/client";
import { describe, expect, test, vi } from "vitest";
import { kindsOf, lastOf, rejection, take } from "../support/collect.ts";
import { contract, contractOfLeaving, type Subject } from "../support/contract.ts";
import { Fan, type Sent } from "../support/fan.ts";
import { settle } from "../support/wire.ts";

const failure = new FeedError("status", "http://wire.test/ answered 403.");

function iterating(options?: ChannelOptions): Subject {
  const fan = new Fan();
  const subscription = fan.subscribe("a", undefined, options);
  const reading = (events: AsyncIterator<Sent, undefined>): AsyncIterator<object, undefined> => {
    const unwrapped = async (
      result: Promise<IteratorResult<Sent, undefined>>,
    ): Promise<IteratorResult<object, undefined>> => {
      const { done, value } = await result;
      return done ? { done, value } : { done: false, value: value.data as object };
    };
    return { next: () => unwrapped(events.next()), return: () => unwrapped(events.return!()) };
  };
  return {
    reader: reading(subscription),
    another: () => reading(fan.subscribe("a")),
    send: (data) => fan.outlet.deliver({ type: "a", data: data as never, lastEventId: "" }),
    end: (error) => fan.outlet.ended(error ? "failed" : "stopped", error as FeedError | undefined),
    dropped: () => subscription.stats.dropped,
  };
}

contract("an iterating subscription", iterating);
contractOfLeaving("an iterating subscription", iterating);

/** A promise that the test settles. */
function gate(): { readonly passed: Promise<void>; open(): void; fail(error: Error): void } {
  let open!: () => void;
  let fail!: (error: Error) => void;
  const passed = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { passed, open, fail };
}

/** An asynchronous callback, and a gate for each of its calls. */
function gated() {
  const gates: ReturnType<typeof gate>[] = [];
  const ids: string[] = [];
  const callback = ({ lastEventId }: Sent): Promise<void> => {
    ids.push(lastEventId);
    gates.push(gate());
    return gates.at(-1)!.passed;
  };
  return { callback, gates, ids };
}

/** What a promise is now: its value, or `pending`. */
async function now<T>(promise: Promise<T>): Promise<T | "pending"> {
  await settle();
  return Promise.race([promise, Promise.resolve("pending" as const)]);
}

const idsOf = (events: readonly FeedEvent<unknown>[]): string[] =>
  events.map(({ lastEventId }) => lastEventId);

describe("iterating", () => {
  test("gives the events of the type, in order, and no others", async () => {
    const fan = new Fan();
    const subscription = fan.subscribe("a");
    fan.send("a", 1);
    fan.send("b", 2);
    fan.send("a", 3);
    expect(idsOf(await take(subscription, 2))).toEqual(["1", "3"]);
  });

  test.each(["break", "throw", "return"])("%s in the loop leaves the feed", async (how) => {
    const fan = new Fan();
    const subscription = fan.subscribe("a");
    fan.send("a", 1, 2);
    const loop = async (): Promise<void> => {
      for await (const event of subscription) {
        if (how === "throw") throw new Error(`Event ${event.lastEventId} is too much.`);
        if (how === "return") return;
        break;
      }
    };
    await loop().catch(() => undefined);
    expect(await subscription.closed).toEqual({ reason: "closed", lastEventId: "1" });
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
  });

  test("using and await using leave the feed at the end of the block", async () => {
    const fan = new Fan();
    {
      using one = fan.subscribe("a");
      await using two = fan.subscribe("a");
      fan.send("a", 1);
      expect([one.stats.received, two.stats.received]).toEqual([1, 1]);
    }
  });

  test("leaving drops the queue, and the loop's current event counts as taken: a reopened feed requests the rest", async () => {
    const fan = new Fan({ lastEventId: "0" });
    const subscription = fan.subscribe("a");
    fan.send("a", 1, 2, 3);
    for await (const { lastEventId } of subscription) if (lastEventId === "2") break;
    expect(subscription.stats).toEqual({ received: 3, dropped: 0, pending: 0 });
  });

  test("the rewind includes events that the last subscriber still held", async () => {
    const fan = new Fan({ lastEventId: "0" });
    const subscription = fan.subscribe("a");
    fan.send("a", 1, 2, 3);
    await subscription.next();
    await subscription.return();
    expect(fan.feed.lastEventId).toBe("1");
  });

  test("drain() leaves the feed, and the loop still gets the received events", async () => {
    const fan = new Fan();
    const subscription = fan.subscribe("a");
    fan.send("a", 1, 2);
    void subscription.drain();
    fan.send("a", 3);
    expect(idsOf(await take(subscription, 9))).toEqual(["1", "2"]);
  });

  test("a feed that fails throws once, after the received events", async () => {
    const fan = new Fan();
    const subscription = fan.subscribe("a");
    fan.send("a", 1);
    fan.outlet.ended("failed", failure);
    expect(idsOf(await take(subscription, 1))).toEqual(["1"]);
    expect(await rejection(subscription.next())).toBe(failure);
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
  });

  test.each(["stopped", "ended", "closed", "aborted"] as const)(
    "a feed that is %s ends the loop without an error",
    async (reason) => {
      const fan = new Fan();
      const subscription = fan.subscribe("a");
      const next = subscription.next();
      fan.outlet.ended(reason);
      expect(await next).toEqual({ done: true, value: undefined });
    },
  );

  test("retries that are used up throw their last error", async () => {
    const fan = new Fan();
    const subscription = fan.subscribe("a");
    fan.outlet.ended("exhausted", failure);
    expect(await rejection(subscription.next())).toBe(failure);
  });
});

describe("a synchronous callback", () => {
  test("is called with each event synchronously, without a queue", () => {
    const fan = new Fan();
    const ids: string[] = [];
    const subscription = fan.subscribe("a", (event) => ids.push(event.lastEventId), {
      capacity: 1,
    });
    fan.send("a", 1, 2, 3);
    expect(ids).toEqual(["1", "2", "3"]);
    expect(fan.held).toBe(false);
    expect(subscription.stats).toEqual({ received: 3, dropped: 0, pending: 0 });
  });

  test("is not called again once it has closed its subscription", () => {
    const fan = new Fan();
    const ids: string[] = [];
    const subscription = fan.subscribe("a", (event) => {
      ids.push(event.lastEventId);
      subscription.close();
    });
    fan.send("a", 1, 2);
    expect(ids).toEqual(["1"]);
  });

  test("that throws is reported by name, continues, and affects no other", () => {
    const fan = new Fan();
    const cause = new Error("bug");
    const other: string[] = [];
    fan.subscribe(
      "a",
      () => {
        throw cause;
      },
      { name: "prices" },
    );
    fan.subscribe("a", (event) => other.push(event.lastEventId));
    fan.send("a", 1, 2);
    expect(kindsOf(fan.told)).toEqual(["error", "error"]);
    const { error } = lastOf(fan.told, "error");
    expect(error).toMatchObject({
      code: "callback",
      message: "The callback of prices threw: bug.",
      cause,
    });
    expect(other).toEqual(["1", "2"]);
  });
});

describe("an asynchronous callback", () => {
  test("handles one event at a time, in order, even when several arrive at once", async () => {
    const fan = new Fan();
    const { callback, gates, ids } = gated();
    fan.subscribe("a", callback);
    fan.send("a", 1, 2, 3);
    expect(ids).toEqual(["1"]);
    gates[0]!.open();
    await settle();
    expect(ids).toEqual(["1", "2"]);
    fan.send("a", 4);
    for (const n of [1, 2, 3]) {
      gates[n]!.open();
      await settle();
    }
    expect(ids).toEqual(["1", "2", "3", "4"]);
  });

  test("that is asynchronous only sometimes keeps the order too", async () => {
    const fan = new Fan();
    const { callback, gates } = gated();
    const ids: string[] = [];
    fan.subscribe("a", (event) => {
      ids.push(event.lastEventId);
      return event.lastEventId === "1" ? callback(event) : undefined;
    });
    fan.send("a", 1, 2, 3);
    expect(ids).toEqual(["1"]);
    gates[0]!.open();
    await settle();
    fan.send("a", 4);
    expect(ids).toEqual(["1", "2", "3", "4"]);
  });

  test("that rejects is reported, and gets the next event", async () => {
    const fan = new Fan();
    const { callback, gates, ids } = gated();
    fan.subscribe("a", callback);
    fan.send("a", 1, 2);
    const cause = new Error("bug");
    gates[0]!.fail(cause);
    await settle();
    expect(lastOf(fan.told, "error").error).toMatchObject({ code: "callback", cause });
    expect(ids).toEqual(["1", "2"]);
  });

  test.each<{ overflow: Overflow; called: string[]; dropped: number; held: boolean }>([
    { overflow: "pause", called: ["1", "2", "3", "4", "5"], dropped: 0, held: true },
    { overflow: "drop-oldest", called: ["1", "4", "5"], dropped: 2, held: false },
    { overflow: "drop-newest", called: ["1", "2", "3"], dropped: 2, held: false },
    { overflow: "latest", called: ["1", "5"], dropped: 3, held: false },
    { overflow: "error", called: ["1", "2", "3"], dropped: 0, held: false },
  ])("with a full queue: $overflow", async ({ overflow, called, dropped, held }) => {
    const fan = new Fan();
    const { callback, gates, ids } = gated();
    const subscription = fan.subscribe("a", callback, { capacity: 2, overflow });
    fan.send("a", 1, 2, 3, 4, 5);
    expect([fan.held, subscription.stats.dropped]).toEqual([held, dropped]);
    for (const [index] of called.entries()) {
      gates[index]!.open();
      await settle();
    }
    expect([ids, fan.held]).toEqual([called, false]);
    const ends = overflow === "error";
    const told = kindsOf(fan.told).filter((kind) => kind !== "idle");
    expect(told).toEqual(dropped > 0 ? ["dropped"] : ends ? ["error"] : []);
  });

  test("that is too slow for 'error' gets the reason it is closed for", async () => {
    const fan = new Fan();
    const { callback } = gated();
    const subscription = fan.subscribe("a", callback, { capacity: 1, overflow: "error" });
    fan.send("a", 1, 2, 3);
    expect(await subscription.closed).toMatchObject({
      reason: "failed",
      error: { code: "overflow" },
    });
    // Nobody awaits the end of a callback's subscription: the feed tells it as well.
    expect(fan.told).toMatchObject([{ kind: "error", error: { cause: { code: "overflow" } } }]);
  });

  test.each(["at once", "later"])(
    "that closes its own subscription (%s) has handled its event; the rest is redelivered",
    async (when) => {
      const fan = new Fan({ lastEventId: "0" });
      const calls: string[] = [];
      const subscription = fan.subscribe("a", async ({ lastEventId }) => {
        calls.push(lastEventId);
        if (when === "later") await Promise.resolve();
        subscription.close();
      });
      fan.send("a", 1, 2, 3);
      await settle();
      expect(calls).toEqual(["1"]);
      expect(fan.feed.lastEventId).toBe("1");
      expect(await subscription.closed).toMatchObject({ reason: "closed" });
    },
  );

  test("that closes its own subscription blocks no other while it runs", () => {
    const fan = new Fan({ lastEventId: "0" });
    const { callback } = gated();
    const subscription = fan.subscribe("a", (event) => {
      subscription.close();
      return callback(event);
    });
    fan.send("a", 1);
    expect(subscription.stats.pending).toBe(0);
  });

  test("a rejection after its subscription was closed is reported too", async () => {
    const fan = new Fan();
    const subscription = fan.subscribe("a", async () => {
      subscription.close();
      throw new Error("bug");
    });
    fan.send("a", 1);
    await settle();
    expect(lastOf(fan.told, "error").error.code).toBe("callback");
  });

  test("a thenable counts as asynchronous", async () => {
    const fan = new Fan();
    let done = (): void => undefined;
    const ids: string[] = [];
    fan.subscribe("a", (event) => {
      ids.push(event.lastEventId);
      // oxlint-disable-next-line unicorn/no-thenable -- it is what is tested
      return { then: (resolve: () => void) => void (done = resolve) };
    });
    fan.send("a", 1, 2);
    await settle();
    expect(ids).toEqual(["1"]);
    done();
    await settle();
    expect(ids).toEqual(["1", "2"]);
  });
});

describe("a channel", () => {
  test("accepts several subscriptions, in the order of arrival", async () => {
    const fan = new Fan();
    const channel = new Channel<Sent>();
    fan.subscribe("a", channel);
    fan.subscribe("b", channel);
    fan.send("a", 1);
    fan.send("b", 2);
    fan.send("a", 3);
    expect(idsOf(await take(channel[Symbol.asyncIterator](), 3))).toEqual(["1", "2", "3"]);
  });

  test("has its own policy and counts; each subscription tracks its own events", () => {
    const fan = new Fan();
    const channel = new Channel<Sent>({ capacity: 2, overflow: "drop-oldest" });
    const [a, b] = [fan.subscribe("a", channel), fan.subscribe("b", channel)];
    fan.send("a", 1);
    fan.send("b", 2, 3, 4);
    expect([a.stats, b.stats]).toEqual([
      { received: 1, dropped: 1, pending: 0 },
      { received: 3, dropped: 1, pending: 2 },
    ]);
    expect(channel.dropped).toBe(2);
  });

  test("pauses its feeds when it is full, and resumes them", async () => {
    const channel = new Channel<Sent>({ capacity: 2 });
    const [one, two] = [new Fan(), new Fan()];
    one.subscribe("a", channel);
    two.subscribe("a", channel);
    one.send("a", 1, 2);
    expect([one.held, two.held]).toEqual([true, false]);
    two.send("a", 3);
    expect(two.held).toBe(true);
    await take(channel[Symbol.asyncIterator](), 2);
    expect([one.held, two.held]).toEqual([false, false]);
  });

  test("stays open when its subscriptions leave, since others may share it", () => {
    const fan = new Fan();
    const channel = new Channel<Sent>();
    fan.subscribe("a", channel).close();
    expect(channel.closed).toBe(false);
  });

  test.each(["close", "return"] as const)(
    "%s() leaves received values in the channel, so they are not redelivered",
    async (how) => {
      const fan = new Fan({ lastEventId: "0" });
      const channel = new Channel<Sent>();
      const subscription = fan.subscribe("a", channel);
      fan.send("a", 1, 2);
      void subscription[how]();
      expect([channel.size, fan.feed.lastEventId]).toEqual([2, "2"]);
      expect(await subscription.closed).toMatchObject({ reason: "closed" });
    },
  );

  test("closing it closes its subscriptions, with its error if it had one", async () => {
    const fan = new Fan();
    const [closed, broken] = [new Channel<Sent>(), new Channel<Sent>()];
    const subscriptions = [fan.subscribe("a", closed), fan.subscribe("a", broken)];
    fan.send("a", 1);
    closed.close();
    broken.close(failure);
    expect(await Promise.all(subscriptions.map((each) => each.closed))).toEqual([
      { reason: "closed", lastEventId: "1" },
      { reason: "failed", error: failure, lastEventId: "1" },
    ]);
  });

  test("a subscription into a closed channel is closed at once", async () => {
    const fan = new Fan();
    const channel = new Channel<Sent>();
    channel.close();
    const { signal } = new AbortController();
    const listen = vi.spyOn(signal, "addEventListener");
    const subscription = fan.subscribe("a", channel, { signal });
    fan.send("a", 9);
    expect(subscription.stats.received).toBe(0);
    expect(await subscription.closed).toMatchObject({ reason: "closed" });
    expect(listen).not.toHaveBeenCalled();
  });

  test.each([{ capacity: 2 }, { overflow: "latest" as const }])(
    "%o next to a channel throws a TypeError, since it would have no effect",
    (options) => {
      expect(() => new Fan().subscribe("a", new Channel<Sent>(), options)).toThrow(
        /belong to the channel/,
      );
    },
  );
});

describe("next() of a subscription that is not iterable", () => {
  test.each([
    ["callback", () => undefined],
    ["channel", new Channel<Sent>()],
  ] as const)("rejects with a TypeError: it delivers to a %s", async (kind, consumer) => {
    const error = await rejection(new Fan().subscribe("a", consumer).next());
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: expect.stringContaining(`delivers to a ${kind}`) });
  });
});

describe("a signal", () => {
  test.each([
    ["an iterator", undefined],
    ["a callback", () => undefined],
    ["a channel", new Channel<Sent>()],
  ] as const)("closes %s, with its reason", async (_, consumer) => {
    const fan = new Fan();
    const controller = new AbortController();
    const subscription = fan.subscribe("a", consumer, { signal: controller.signal });
    fan.send("a", 1);
    controller.abort("enough");
    expect(await subscription.closed).toEqual({
      reason: "aborted",
      error: "enough",
      lastEventId: consumer ? "1" : "",
    });
  });

  test("that was already aborted makes a closed subscription, which never joins the feed", async () => {
    const fan = new Fan();
    const subscription = fan.subscribe("a", undefined, { signal: AbortSignal.abort() });
    fan.send("a", 9);
    expect(subscription.stats.received).toBe(0);
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
    expect(await subscription.closed).toMatchObject({
      reason: "aborted",
      error: { name: "AbortError" },
    });
  });

  test("is released when the subscription ends: a long-lived one accumulates nothing", () => {
    const { signal } = new AbortController();
    const listen = vi.spyOn(signal, "addEventListener");
    const unlisten = vi.spyOn(signal, "removeEventListener");
    new Fan().subscribe("a", undefined, { signal }).close();
    expect(unlisten.mock.calls[0]).toEqual(listen.mock.calls[0]!.slice(0, 2));
  });

  test("settles a pending next()", async () => {
    const controller = new AbortController();
    const next = new Fan().subscribe("a", undefined, { signal: controller.signal }).next();
    controller.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});

describe("a filter", () => {
  test("keeps events out of the queue, and out of the counts", async () => {
    const fan = new Fan();
    const odd = ({ lastEventId }: Sent): boolean => Number(lastEventId) % 2 === 1;
    const subscription = fan.subscribe("a", undefined, { filter: odd });
    fan.send("a", 1, 2, 3, 4);
    expect(subscription.stats).toEqual({ received: 2, dropped: 0, pending: 2 });
    expect(idsOf(await take(subscription, 2))).toEqual(["1", "3"]);
  });

  test("that throws is reported, rejects the event, and affects no other", () => {
    const fan = new Fan();
    const cause = new Error("bug");
    const ids: string[] = [];
    const subscription = fan.subscribe("a", undefined, {
      filter: () => {
        throw cause;
      },
    });
    fan.subscribe("a", (event) => ids.push(event.lastEventId));
    fan.send("a", 1);
    expect(lastOf(fan.told, "error").error).toMatchObject({
      message: "The filter of a threw: bug.",
      cause,
    });
    expect([subscription.stats.received, ids]).toEqual([0, ["1"]]);
  });
});

describe("drain()", () => {
  test("of an iterator: resolves when the loop requests the next event after the last one", async () => {
    const fan = new Fan();
    const subscription = fan.subscribe("a");
    fan.send("a", 1, 2);
    const drained = subscription.drain();
    fan.send("a", 3);
    expect(idsOf(await take(subscription, 2))).toEqual(["1", "2"]);
    expect(await now(drained)).toBe("pending");
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
    await drained;
  });

  test("of an iterator: leaving the loop ends the wait", async () => {
    const fan = new Fan();
    const subscription = fan.subscribe("a");
    fan.send("a", 1, 2);
    const drained = subscription.drain();
    expect(await now(drained)).toBe("pending");
    await subscription.return();
    expect(await now(drained)).toBeUndefined();
  });

  test("of a callback: resolves when its last call has settled", async () => {
    const fan = new Fan();
    const { callback, gates, ids } = gated();
    const subscription = fan.subscribe("a", callback);
    fan.send("a", 1, 2);
    const drained = subscription.drain();
    gates[0]!.open();
    expect(await now(drained)).toBe("pending");
    gates[1]!.open();
    await drained;
    expect(ids).toEqual(["1", "2"]);
  });

  test("of a channel: resolves when its reader has taken the events", async () => {
    const fan = new Fan();
    const channel = new Channel<Sent>();
    const subscription = fan.subscribe("a", channel);
    fan.send("a", 1);
    const drained = subscription.drain();
    await channel.receive();
    expect(await now(drained)).toBe("pending");
    void channel.receive();
    await drained;
    expect(channel.closed).toBe(false);
  });

  test("with nothing waiting resolves at once, and a second call with the first", async () => {
    const subscription = new Fan().subscribe("a");
    await Promise.all([subscription.drain(), subscription.drain()]);
    expect(await subscription.closed).toEqual({ reason: "closed", lastEventId: "" });
  });
});

describe("closed", () => {
  test.each(["stopped", "ended", "failed", "exhausted", "closed", "aborted"] as const)(
    "resolves with the feed's reason: %s",
    async (reason) => {
      const fan = new Fan();
      const [subscription, channel] = [
        fan.subscribe("a", () => undefined),
        fan.subscribe("a", new Channel<Sent>()),
      ];
      fan.outlet.moved("7");
      fan.outlet.ended(reason, failure);
      const info = { reason, error: failure, lastEventId: "7" };
      expect(await subscription.closed).toEqual(info);
      expect(await channel.closed).toEqual(info);
    },
  );

  test("keeps the first reason", async () => {
    const fan = new Fan();
    const subscription = fan.subscribe("a");
    fan.outlet.ended("stopped");
    subscription.close();
    await subscription.return();
    expect(await subscription.closed).toMatchObject({ reason: "stopped" });
  });

  test("of a callback: not before the last call has settled", async () => {
    const fan = new Fan();
    const { callback, gates } = gated();
    const subscription = fan.subscribe("a", callback);
    fan.send("a", 1);
    fan.outlet.ended("stopped");
    expect(await now(subscription.closed)).toBe("pending");
    gates[0]!.open();
    expect(await subscription.closed).toMatchObject({ reason: "stopped" });
  });

  test("of an unread iterator: close() does not wait", async () => {
    const fan = new Fan();
    const subscription = fan.subscribe("a");
    fan.send("a", 1);
    fan.outlet.ended("stopped");
    subscription.close();
    expect(await subscription.closed).toMatchObject({ reason: "stopped" });
  });
});

test("stats count received, dropped and waiting events", async () => {
  const fan = new Fan();
  const subscription = fan.subscribe("a", undefined, { capacity: 2, overflow: "drop-oldest" });
  fan.send("a", 1, 2, 3);
  expect(subscription.stats).toEqual({ received: 3, dropped: 1, pending: 2 });
  await subscription.next();
  expect(subscription.stats.pending).toBe(2);
  await subscription.next();
  expect(subscription.stats.pending).toBe(1);
});

test("types and name describe it; changing the given list has no effect", () => {
  const types = ["a", "b"];
  const subscription = new Fan().subscribe(types);
  types.push("c");
  expect([subscription.types, subscription.name]).toEqual([["a", "b"], "a, b"]);
  expect(Object.isFrozen(subscription.types)).toBe(true);
});
