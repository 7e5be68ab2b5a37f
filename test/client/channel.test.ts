import { Channel, type ChannelOptions, type Overflow, type Subscription } from "@steadfeed/client";
import { describe, expect, test, vi } from "vitest";
import { contract, contractOfLeaving, type Subject } from "../support/contract.ts";
import { rejection } from "../support/collect.ts";
import { Fan, type Sent } from "../support/fan.ts";
import { settle } from "../support/wire.ts";

const ends = (channel: Channel<object>): Pick<Subject, "send" | "end" | "dropped"> => ({
  send: (value) => channel.send(value),
  end: (error) => channel.close(error),
  dropped: () => channel.dropped,
});

function iterating(options?: ChannelOptions): Subject {
  const channel = new Channel<object>(options);
  return {
    ...ends(channel),
    reader: channel[Symbol.asyncIterator](),
    another: () => channel[Symbol.asyncIterator](),
  };
}

contract("a channel's iterator", iterating);
contractOfLeaving("a channel's iterator", iterating);

contract("a channel's receive()", (options) => {
  const channel = new Channel<object>(options);
  const reader = { next: () => channel.receive() };
  return { ...ends(channel), reader, another: () => reader };
});

const end = { done: true, value: undefined };

/** A channel that takes the events of a feed, which come from the test. */
function fed(options?: { capacity?: number; overflow?: Overflow }) {
  const channel = new Channel<Sent>(options);
  const fan = new Fan();
  const subscription = fan.subscribe("*", channel);
  const send = (...ids: number[]): void => fan.send("n", ...ids);
  return { channel, fan, send, subscription, taken: () => takenOf(subscription) };
}

/** The number of events that count as taken: the cursor may move past them. */
function takenOf({ stats: { received, dropped, pending } }: Subscription<Sent>): number {
  return received - dropped - pending;
}

const dataOf = (event: Sent | undefined): unknown => event?.data;

describe("misuse throws at once, with the option and the fix", () => {
  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "3", null])(
    "capacity %s",
    (capacity) => {
      expect(() => new Channel({ capacity: capacity as number })).toThrow(TypeError);
      expect(() => new Channel({ capacity: capacity as number })).toThrow(
        /capacity must be an integer ≥ 1/,
      );
    },
  );

  test.each(["block", "", null, 1])("overflow %s", (overflow) => {
    expect(() => new Channel({ overflow: overflow as Overflow })).toThrow(TypeError);
    expect(() => new Channel({ overflow: overflow as Overflow })).toThrow(
      /pause, drop-oldest, drop-newest, latest, error/,
    );
  });

  test("all options have defaults", () => {
    const channel = new Channel({ capacity: undefined, overflow: undefined });
    expect([channel.capacity, channel.overflow]).toEqual([256, "pause"]);
  });
});

describe("the result of send()", () => {
  test.each<{ overflow: Overflow; answers: boolean[]; size: number }>([
    { overflow: "pause", answers: [true, false, false, false], size: 4 },
    { overflow: "drop-oldest", answers: [true, true, true, true], size: 2 },
    { overflow: "drop-newest", answers: [true, true, false, false], size: 2 },
    { overflow: "latest", answers: [true, true, true, true], size: 1 },
    { overflow: "error", answers: [true, true, false, false], size: 2 },
  ])("$overflow, with space for two", ({ overflow, answers, size }) => {
    const channel = new Channel<number>({ capacity: 2, overflow });
    expect([1, 2, 3, 4].map((n) => channel.send(n))).toEqual(answers);
    expect(channel.size).toBe(size);
  });

  test("the error of a full queue names the fix, and closes the channel", async () => {
    const channel = new Channel<number>({ capacity: 1, overflow: "error" });
    channel.send(1);
    channel.send(2);
    expect(channel.closed).toBe(true);
    expect(await channel.receive()).toEqual({ done: false, value: 1 });
    const error = await rejection(channel.receive());
    expect(error).toMatchObject({
      name: "FeedError",
      code: "overflow",
      message: expect.stringContaining("raise capacity"),
    });
  });

  test("a closed channel accepts nothing", () => {
    const channel = new Channel<number>();
    channel.close();
    expect([channel.send(1), channel.size, channel.dropped]).toEqual([false, 0, 0]);
  });
});

describe("an event of a feed counts as taken", () => {
  test("when the reader requests the next value, not before", async () => {
    const { channel, send, taken } = fed();
    send(1, 2);
    await channel.receive();
    expect(taken()).toBe(0);
    await channel.receive();
    expect(taken()).toBe(1);
    void channel.receive();
    expect(taken()).toBe(2);
  });

  test("with all values requested ahead, when more are requested", () => {
    const { channel, send, taken } = fed();
    send(1, 2, 3);
    void channel.receive();
    channel.tryReceive();
    expect(taken()).toBe(1);
    const reader = channel[Symbol.asyncIterator]();
    const waiting = [reader.next(), reader.next(), reader.next()];
    send(4, 5);
    void reader.next();
    expect(taken()).toBe(4);
    expect(waiting).toHaveLength(3);
  });

  test("also if it was handed directly to a waiting reader", async () => {
    const { channel, send, taken } = fed();
    const first = channel.receive();
    send(1);
    await first;
    expect(taken()).toBe(0);
    void channel.receive();
    expect(taken()).toBe(1);
  });

  test("when tryReceive() is called again, even if that finds nothing", () => {
    const { channel, send, taken } = fed();
    send(1);
    expect([channel.tryReceive(), channel.tryReceive()].map(dataOf)).toEqual(["1", undefined]);
    expect(taken()).toBe(1);
  });

  test("for each iterator separately: a fast one does not acknowledge for a slow one", async () => {
    const { channel, send, taken } = fed();
    const [slow, fast] = [channel[Symbol.asyncIterator](), channel[Symbol.asyncIterator]()];
    send(1, 2, 3);
    await slow.next();
    await fast.next();
    await fast.next();
    expect(taken()).toBe(1);
    await slow.return!();
    expect(taken()).toBe(2);
  });

  test("or as dropped, by the policy", () => {
    const oldest = fed({ capacity: 1, overflow: "drop-oldest" });
    oldest.send(1, 2, 3);
    expect(oldest.subscription.stats).toMatchObject({ received: 3, dropped: 2, pending: 1 });
    expect(dataOf(oldest.channel.tryReceive())).toBe("3");
    const newest = fed({ capacity: 1, overflow: "drop-newest" });
    newest.send(1, 2, 3);
    expect(newest.subscription.stats).toMatchObject({ received: 3, dropped: 2, pending: 1 });
    expect(dataOf(newest.channel.tryReceive())).toBe("1");
  });

  test("for its own subscription, if several share the channel", async () => {
    const channel = new Channel<Sent>({ capacity: 2, overflow: "drop-oldest" });
    const fan = new Fan();
    const [a, b] = [fan.subscribe("a", channel), fan.subscribe("b", channel)];
    fan.send("a", 1);
    fan.send("b", 1, 2);
    expect([a.stats.dropped, b.stats.dropped]).toEqual([1, 0]);
    await channel.receive();
    await channel.receive();
    expect([takenOf(a), takenOf(b)]).toEqual([0, 1]);
  });
});

describe("a full channel stops its feed", () => {
  test("until it is half empty, each time", () => {
    const { channel, fan, send } = fed({ capacity: 4 });
    send(1, 2, 3);
    expect(fan.held).toBe(false);
    send(4, 5);
    expect(fan.held).toBe(true);
    const after = [1, 2, 3, 4, 5].map(() => (channel.tryReceive(), fan.held));
    expect(after).toEqual([true, true, false, false, false]);
    send(6, 7, 8, 9);
    expect(fan.held).toBe(true);
    channel.tryReceive();
    channel.tryReceive();
    expect(fan.held).toBe(false);
  });

  test("with space for one value, until it is empty", () => {
    const { channel, fan, send } = fed({ capacity: 1 });
    send(1);
    expect(fan.held).toBe(true);
    channel.tryReceive();
    expect(fan.held).toBe(false);
  });

  test("two feeds, one channel: a stopped feed resumes although the other sent in between", () => {
    const { channel, fan: stopped, send } = fed({ capacity: 8 });
    const other = new Fan();
    other.subscribe("*", channel);
    send(1, 2, 3, 4, 5, 6, 7, 8);
    channel.tryReceive();
    channel.tryReceive();
    other.send("n", 9);
    expect([stopped.held, other.held]).toEqual([true, false]);
    while (channel.tryReceive() !== undefined);
    expect([stopped.held, other.held]).toEqual([false, false]);
  });
});

describe("closing", () => {
  test("closes each of its subscriptions, with the first error", async () => {
    const { channel, subscription } = fed();
    const error = new Error("enough");
    channel.close(error);
    channel.close(new Error("again"));
    expect(await subscription.closed).toMatchObject({ reason: "failed", error });
  });

  test("closes a late subscription too, also after a reader got the error", async () => {
    const channel = new Channel<Sent>();
    const error = new Error("enough");
    channel.close(error);
    await rejection(channel.receive());
    const late = new Fan().subscribe("*", channel);
    expect(await late.closed).toMatchObject({ reason: "failed", error });
  });

  test("does not affect a subscription that left before", async () => {
    const { channel, subscription } = fed({ capacity: 1 });
    subscription.close();
    channel.close(new Error("enough"));
    expect(await subscription.closed).toMatchObject({ reason: "closed" });
  });

  test("settles every pending reader, and readers that arrive in between", async () => {
    const channel = new Channel<number>();
    const iterator = channel[Symbol.asyncIterator]();
    const waiting = [channel.receive(), iterator.next(), channel.receive()];
    channel.close();
    const results = await Promise.all([...waiting, channel.receive()]);
    expect(results.every(({ done }) => done)).toBe(true);
  });

  test("an error may be any value", async () => {
    const channel = new Channel<number>();
    channel.close(null);
    expect(await rejection(channel.receive())).toBeNull();
    expect(await channel.receive()).toEqual({ done: true, value: undefined });
  });
});

describe("leaving a loop", () => {
  test("keeps the remaining values for the next loop", async () => {
    const channel = new Channel<number>();
    [1, 2, 3].forEach((n) => channel.send(n));
    for await (const n of channel) if (n === 2) break;
    channel.close();
    const rest: number[] = [];
    for await (const n of channel) rest.push(n);
    expect(rest).toEqual([3]);
  });

  test("waiting readers after it keep their turn", async () => {
    const channel = new Channel<number>();
    const leaving = channel[Symbol.asyncIterator]();
    const waiting = [
      channel.receive(),
      leaving.next(),
      channel.receive(),
      leaving.next(),
      channel.receive(),
    ];
    void leaving.return!();
    [1, 2, 3].forEach((n) => channel.send(n));
    const values = (await Promise.all(waiting)).map(({ value }) => value);
    expect(values).toEqual([1, undefined, 2, undefined, 3]);
  });

  test("workers share one channel: each value goes to one of them", async () => {
    const channel = new Channel<number>();
    const taken: number[] = [];
    const worker = async (): Promise<void> => {
      for await (const n of channel) taken.push(n);
    };
    const workers = [worker(), worker(), worker()];
    for (let n = 1; n <= 9; n++) channel.send(n);
    channel.close();
    await Promise.all(workers);
    expect(taken.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe("readable()", () => {
  test("takes a value only when one is requested", async () => {
    const channel = new Channel<number>();
    [1, 2, 3].forEach((n) => channel.send(n));
    const reader = channel.readable().getReader();
    await settle();
    expect(channel.size).toBe(3);
    expect(await reader.read()).toEqual({ done: false, value: 1 });
    await settle();
    expect(channel.size).toBe(2);
  });

  test("applies the backpressure of a pipe: a waiting writer leaves the values in the channel", async () => {
    const channel = new Channel<number>({ capacity: 2 });
    let write = (): void => undefined;
    const slow = new WritableStream<number>(
      { write: () => new Promise<void>((resolve) => (write = resolve)) },
      { highWaterMark: 1 },
    );
    void channel.readable().pipeTo(slow);
    await settle();
    const answers = [1, 2, 3, 4].map((n) => channel.send(n));
    await settle();
    expect([answers.at(-1), channel.size]).toEqual([false, 3]);
    write();
    await settle();
    expect(channel.size).toBe(2);
  });

  test("ends when the channel is closed, after the received values", async () => {
    const channel = new Channel<number>();
    channel.send(1);
    channel.close();
    const values: number[] = [];
    for await (const value of channel.readable()) values.push(value);
    expect(values).toEqual([1]);
  });

  test("fails with the error that the channel was closed with", async () => {
    const channel = new Channel<number>();
    const error = new Error("broken");
    channel.send(1);
    channel.close(error);
    const reader = channel.readable().getReader();
    await reader.read();
    expect(await rejection(reader.read())).toBe(error);
  });

  test.each([false, true])(
    "cancelling it closes the channel, so that its feeds stop (a read waits: %s)",
    async (waits) => {
      const { channel, subscription } = fed();
      const reader = channel.readable().getReader();
      const read = waits ? reader.read() : reader.closed.then(() => end);
      await reader.cancel("no longer wanted");
      expect(channel.closed).toBe(true);
      expect(await subscription.closed).toMatchObject({ reason: "closed" });
      expect(await read).toEqual(end);
    },
  );

  test("an event that it handed over counts as taken when the next one is requested", async () => {
    const { channel, send, taken } = fed();
    send(1);
    const reader = channel.readable().getReader();
    await reader.read();
    expect(taken()).toBe(0);
    void reader.read();
    await settle();
    expect(taken()).toBe(1);
  });
});

test("never causes an unhandled rejection", async () => {
  const unhandled = vi.fn<(error: unknown) => void>();
  process.on("unhandledRejection", unhandled);
  const channel = new Channel<number>();
  channel.close(new Error("broken"));
  channel.readable();
  channel[Symbol.asyncIterator]();
  await settle();
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});
