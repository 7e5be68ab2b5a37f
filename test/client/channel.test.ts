import { Channel, type ChannelOptions, type Overflow } from "@steadfeed/client";
import { describe, expect, test, vi } from "vitest";
import type { AnyLane } from "../../packages/client/src/delivery/lane.ts";
import { contract, contractOfLeaving, type Subject } from "../support/contract.ts";
import { rejection } from "../support/collect.ts";
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

type Reported = Pick<AnyLane, "room" | "channelClosed" | "taken" | "dropped">;

/** A lane that records its reports. */
function lane(): AnyLane & { readonly told: unknown[] } {
  const told: unknown[] = [];
  const reported: Reported = {
    room: () => void told.push("room"),
    channelClosed: (error) => void told.push(["closed", error]),
    taken: ({ value }) => void told.push(["taken", value]),
    dropped: (item) => void told.push(["dropped", item!.value]),
  };
  return Object.assign(reported as AnyLane, { told });
}

/** A channel with one lane, which offers numbers. */
function sentInto(options?: { capacity?: number; overflow?: Overflow }) {
  const channel = new Channel<number>(options);
  const from = lane();
  channel.attach(from);
  return { channel, from, offer: (n: number) => channel.offer({ value: n, lane: from }) };
}

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

describe("the outcomes reported to a lane, from which the cursor is computed", () => {
  test("taken: when the reader requests the next value, not before", async () => {
    const { channel, from, offer } = sentInto();
    offer(1);
    offer(2);
    await channel.receive();
    expect(from.told).toEqual([]);
    await channel.receive();
    expect(from.told).toEqual([["taken", 1]]);
    void channel.receive();
    expect(from.told).toEqual([
      ["taken", 1],
      ["taken", 2],
    ]);
  });

  test("all values requested ahead, when more are requested", () => {
    const { channel, from, offer } = sentInto();
    [1, 2, 3].forEach(offer);
    void channel.receive();
    channel.tryReceive();
    expect(from.told).toEqual([["taken", 1]]);
    const reader = channel[Symbol.asyncIterator]();
    const waiting = [reader.next(), reader.next(), reader.next()];
    offer(4);
    offer(5);
    void reader.next();
    expect(from.told.slice(1)).toEqual([3, 4, 5].map((n) => ["taken", n]));
    expect(waiting).toHaveLength(3);
  });

  test("also a value handed directly to a waiting reader", async () => {
    const { channel, from, offer } = sentInto();
    const first = channel.receive();
    offer(1);
    await first;
    expect(from.told).toEqual([]);
    void channel.receive();
    expect(from.told).toEqual([["taken", 1]]);
  });

  test("tryReceive() takes the previous value too, even when it finds nothing", () => {
    const { channel, from, offer } = sentInto();
    offer(1);
    expect([channel.tryReceive(), channel.tryReceive()]).toEqual([1, undefined]);
    expect(from.told).toEqual([["taken", 1]]);
  });

  test("each iterator has its own current value: a fast one does not acknowledge for a slow one", async () => {
    const { channel, from, offer } = sentInto();
    const [slow, fast] = [channel[Symbol.asyncIterator](), channel[Symbol.asyncIterator]()];
    for (const n of [1, 2, 3]) offer(n);
    await slow.next();
    await fast.next();
    await fast.next();
    expect(from.told).toEqual([["taken", 2]]);
    await slow.return!();
    expect(from.told).toEqual([
      ["taken", 2],
      ["taken", 1],
    ]);
  });

  test("closing does not take a value that is being processed", async () => {
    const { channel, from, offer } = sentInto();
    offer(1);
    await channel.receive();
    channel.close();
    expect(from.told).toEqual([["closed", undefined]]);
    await channel.receive();
    expect(from.told).toEqual([
      ["closed", undefined],
      ["taken", 1],
    ]);
  });

  test("dropped: which value, not how many", () => {
    const oldest = sentInto({ capacity: 1, overflow: "drop-oldest" });
    expect([1, 2, 3].map(oldest.offer)).toEqual(["taken", "taken", "taken"]);
    expect(oldest.from.told).toEqual([
      ["dropped", 1],
      ["dropped", 2],
    ]);
    const newest = sentInto({ capacity: 1, overflow: "drop-newest" });
    expect([1, 2, 3].map(newest.offer)).toEqual(["taken", "dropped", "dropped"]);
    expect(newest.from.told).toEqual([]);
  });

  test("two lanes: each gets the outcomes of its own values", async () => {
    const channel = new Channel<string>({ capacity: 2, overflow: "drop-oldest" });
    const [a, b] = [lane(), lane()];
    channel.offer({ value: "a1", lane: a });
    channel.offer({ value: "b1", lane: b });
    channel.offer({ value: "b2", lane: b });
    expect([a.told, b.told]).toEqual([[["dropped", "a1"]], []]);
    await channel.receive();
    await channel.receive();
    expect([a.told, b.told]).toEqual([[["dropped", "a1"]], [["taken", "b1"]]]);
  });
});

describe("space", () => {
  test("is reported once when a full queue is half empty, and again after the next time it was full", () => {
    const { channel, from, offer } = sentInto({ capacity: 4 });
    const rooms = () => from.told.filter((told) => told === "room").length;
    expect([1, 2, 3, 4, 5].map(offer)).toEqual(["taken", "taken", "taken", "full", "full"]);
    const after = [1, 2, 3, 4, 5].map(() => (channel.tryReceive(), rooms()));
    expect(after).toEqual([0, 0, 1, 1, 1]);
    [6, 7, 8, 9].forEach(offer);
    channel.tryReceive();
    channel.tryReceive();
    expect(rooms()).toBe(2);
  });

  test("is not reported when the queue was never full", () => {
    const { channel, from, offer } = sentInto({ capacity: 4 });
    [1, 2, 3].forEach(offer);
    while (channel.tryReceive() !== undefined);
    expect(from.told).not.toContain("room");
  });

  test("a queue of one has space when it is empty", () => {
    const { channel, from, offer } = sentInto({ capacity: 1 });
    expect(offer(1)).toBe("full");
    channel.tryReceive();
    expect(from.told).toContain("room");
  });

  test("two feeds, one channel: a stopped feed resumes although the other sent in between", () => {
    const { channel, from: stopped, offer } = sentInto({ capacity: 8 });
    const other = lane();
    channel.attach(other);
    for (let n = 1; n <= 8; n++) offer(n);
    channel.tryReceive();
    channel.tryReceive();
    expect(channel.offer({ value: 9, lane: other })).toBe("taken");
    while (channel.tryReceive() !== undefined);
    expect(stopped.told).toContain("room");
    expect(other.told).toContain("room");
  });

  test("a lane that left gets no more reports", () => {
    const { channel, offer } = sentInto({ capacity: 1 });
    const left = lane();
    channel.attach(left);
    channel.detach(left);
    offer(1);
    channel.tryReceive();
    channel.close();
    expect(left.told).toEqual([]);
  });
});

describe("closing", () => {
  test("reports the error to each lane, once", () => {
    const { channel, from } = sentInto();
    const error = new Error("enough");
    channel.close(error);
    channel.close(new Error("again"));
    expect(from.told).toEqual([["closed", error]]);
  });

  test("reports to a late lane too, also after a reader got the error", async () => {
    const channel = new Channel<number>();
    const error = new Error("enough");
    channel.close(error);
    await rejection(channel.receive());
    const late = lane();
    channel.attach(late);
    expect(late.told).toEqual([["closed", error]]);
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
      const { channel, from } = sentInto();
      const reader = channel.readable().getReader();
      const read = waits ? reader.read() : reader.closed.then(() => end);
      await reader.cancel("no longer wanted");
      expect(channel.closed).toBe(true);
      expect(from.told).toEqual([["closed", undefined]]);
      expect(await read).toEqual(end);
    },
  );

  test("a value that it handed over counts as taken when the next one is requested", async () => {
    const { channel, from, offer } = sentInto();
    offer(1);
    const reader = channel.readable().getReader();
    await reader.read();
    expect(from.told).toEqual([]);
    void reader.read();
    await settle();
    expect(from.told).toEqual([["taken", 1]]);
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
