import { Broker, memoryLog } from "@steadfeed/server";
import { expect, test, vi } from "vitest";
import { gapOf, read, settled, type MemorySink } from "./support.ts";

test("an event reaches every session of its stream, and no other", async () => {
  const broker = new Broker();
  const sinks = [await read(broker, "a"), await read(broker, "a"), await read(broker, "b")];
  await broker.publish("a", { type: "tick", data: { eur: 1.08 } });
  await settled();
  expect(sinks.map(({ got }) => got)).toEqual([['{"eur":1.08}'], ['{"eur":1.08}'], []]);
  expect(sinks[0]!.events[0]).toEqual({
    event: "tick",
    data: '{"eur":1.08}',
    id: broker.lastEventId,
  });
});

test("a broadcast reaches every session, in order with the streams", async () => {
  const broker = new Broker();
  const sinks = [await read(broker, "a"), await read(broker, "b")];
  void broker.publish("a", "1");
  void broker.broadcast("2");
  void broker.publish("a", "3");
  await settled();
  expect(sinks.map(({ got }) => got)).toEqual([["1", "2", "3"], ["2"]]);
});

test("a client gets its own events in all its sessions, also after it was away, and no other client does", async () => {
  const broker = new Broker();
  const mine = { streams: "s", client: "me" };
  const sinks = [
    await read(broker, mine),
    await read(broker, mine),
    await read(broker, { streams: "s", client: "you" }),
    await read(broker),
  ];
  const { id } = await broker.publish("s", "0");
  await broker.send("me", "1");
  await settled();
  expect(sinks.map(({ got }) => got)).toEqual([["0", "1"], ["0", "1"], ["0"], ["0"]]);
  sinks[0]!.leave();
  sinks[1]!.leave();
  await broker.send("me", "2");
  expect((await read(broker, mine, { lastEventId: id })).got).toEqual(["1", "2"]);
  expect((await read(broker, { streams: "s", client: "you" }, { lastEventId: id })).got).toEqual(
    [],
  );
});

test("one publish is encoded once, for a thousand sessions", async () => {
  const broker = new Broker({ heartbeatMs: false });
  for (let i = 0; i < 1000; i++) await read(broker);
  const encode = vi.spyOn(TextEncoder.prototype, "encode");
  // The test's own machinery encodes too.
  const encoded = (data: string) =>
    encode.mock.calls.filter(([text]) => text?.includes(data)).length;
  const stringify = vi.spyOn(JSON, "stringify");
  await broker.publish("s", { data: { eur: 1 } });
  await settled();
  expect([encoded("eur"), stringify.mock.calls.length]).toEqual([1, 1]);
  const go = [
    await read(broker, "s", { profile: "go" }),
    await read(broker, "s", { profile: "go" }),
  ];
  await broker.publish("s", "in both forms");
  await settled();
  expect([encoded("in both forms"), go.map(({ got }) => got)]).toEqual([
    2,
    [["in both forms"], ["in both forms"]],
  ]);
  vi.restoreAllMocks();
});

test("sixteen events in one turn are one write per session, awaited or not", async () => {
  const broker = new Broker();
  const sink = await read(broker);
  const before = sink.writes.length;
  for (let i = 0; i < 8; i++) void broker.publish("s", `${i}`);
  for (let i = 8; i < 16; i++) await broker.publish("s", `${i}`);
  await settled();
  expect([sink.writes.length - before, sink.got.length]).toEqual([1, 16]);
});

test("a stopped reader delays no other, and no publisher", async () => {
  const broker = new Broker({ slow: { policy: "resume" } });
  const [stopped, quick] = [await read(broker), await read(broker)];
  stopped.room = 1;
  for (let i = 0; i < 100; i++) await broker.publish("s", `${i}`);
  await settled();
  expect([stopped.writes.length, quick.got.length]).toEqual([2, 100]);
});

test("an event for later versions does not reach earlier ones, live or replayed", async () => {
  const broker = new Broker();
  const { id } = await broker.publish("s", "0");
  const live = [
    await read(broker, { streams: "s", version: 1 }),
    await read(broker, { streams: "s", version: 2 }),
  ];
  await broker.publish("s", "for 2", { minVersion: 2 });
  await broker.publish("s", "for all");
  await settled();
  const replayed = [
    await read(broker, { streams: "s", version: 1 }, { lastEventId: id }),
    await read(broker, { streams: "s", version: 2 }, { lastEventId: id }),
  ];
  for (const sinks of [live, replayed])
    expect(sinks.map(({ got }) => got)).toEqual([["for all"], ["for 2", "for all"]]);
});

test("an expired event is not replayed", async () => {
  vi.useFakeTimers();
  const broker = new Broker();
  const { id } = await broker.publish("s", "0");
  await broker.publish("s", "soon stale", { ttlMs: 1000 });
  await broker.publish("s", "stays");
  vi.advanceTimersByTime(1000);
  expect((await read(broker, "s", { lastEventId: id })).got).toEqual(["stays"]);
  vi.useRealTimers();
});

test("only declared streams may be read and published, until more are declared", async () => {
  const broker = new Broker({ streams: ["a"] });
  await expect(broker.publish("b", "x")).rejects.toMatchObject({ code: "unknown-stream" });
  expect([broker.hasStream("a"), broker.hasStream("b"), broker.streams()]).toEqual([
    true,
    false,
    ["a"],
  ]);
  broker.declare("b");
  await broker.publish("b", "x");
  expect(broker.streams()).toEqual(["a", "b"]);
});

test("any name is a stream by default, and one without sessions leaves nothing", async () => {
  const broker = new Broker();
  const sink = await read(broker, "ad hoc");
  expect([broker.streams(), broker.hasStream("whatever")]).toEqual([["ad hoc"], true]);
  sink.leave();
  expect(broker.streams()).toEqual([]);
});

test("connected sessions can be counted and iterated", async () => {
  const broker = new Broker<string>();
  await read<string>(broker, { streams: "a", client: "me", state: "one" });
  await read<string>(broker, { streams: ["a", "b"], client: "me", state: "two" });
  expect([
    await broker.presence.has("me"),
    await broker.presence.has("you"),
    broker.sessions().size,
    broker.stream("b").size,
  ]).toEqual([true, false, 2, 1]);
  expect([...broker.sessions("me")].map(({ state }) => state)).toEqual(["one", "two"]);
});

test.each([
  ["a stream without a name", (broker: Broker) => broker.publish("", "x")],
  ["a client without a name", (broker: Broker) => broker.send("", "x")],
  ["an id with a line end", (broker: Broker) => broker.publish("s", "x", { id: "1\nevent: evil" })],
  ["an id with NUL", (broker: Broker) => broker.publish("s", "x", { id: "1\0" })],
  [
    "a type with a line end",
    (broker: Broker) => broker.broadcast({ type: "a\r\nid: 9", data: "" }),
  ],
  ["an invalid retry", (broker: Broker) => broker.publish("s", { data: "", retryMs: Number.NaN })],
  ["data that has no text", (broker: Broker) => broker.publish("s", { data: undefined })],
])("a mistake is refused and takes no position in the log: %s", async (_, mistake) => {
  const broker = new Broker();
  const before = broker.lastEventId;
  await expect(mistake(broker)).rejects.toThrow(TypeError);
  expect(broker.lastEventId).toBe(before);
});

test("an event that is too large is refused with a code", async () => {
  const broker = new Broker({ limits: { eventBytes: 100 } });
  await expect(broker.publish("s", "é".repeat(60))).rejects.toMatchObject({
    code: "event-too-large",
    status: 413,
  });
});

const place = (id: string): number => Number(id.split("-")[1]);

test("published = received + reported as a gap, for any behavior of readers", async () => {
  const broker = new Broker({ log: memoryLog({ maxEvents: 40 }), slow: { policy: "resume" } });
  let seed = 7;
  const chance = (below: number): number => (seed = (seed * 16_807) % 2_147_483_647) % below;
  const first = broker.lastEventId;
  const readers = Array.from({ length: 20 }, () => ({
    got: [] as number[],
    gaps: [] as { from: number; to: number }[],
    at: first,
    sink: undefined as MemorySink | undefined,
  }));
  const connect = async (reader: (typeof readers)[number]): Promise<void> => {
    reader.sink = await read(broker, { streams: ["a", "b"] }, { lastEventId: reader.at });
  };
  const leave = (reader: (typeof readers)[number]): void => {
    for (const { data, id, event } of reader.sink!.events) {
      reader.at = id!;
      if (event === undefined) reader.got.push(place(id!));
      else {
        const { from, to } = gapOf(data);
        reader.gaps.push({ from: place(from), to: to === "" ? place(id!) + 1 : place(to) });
      }
    }
    reader.sink!.leave();
    reader.sink = undefined;
  };
  for (let n = 1; n <= 3000; n++) {
    void broker.publish(chance(10) ? "a" : "b", `${n}`);
    const reader = readers[chance(20)]!;
    if (!reader.sink) await connect(reader);
    else if (chance(3) === 0) leave(reader);
    else if (chance(2)) reader.sink.room = 1 + chance(2000);
    else reader.sink.drain();
    if (chance(5) === 0) await settled();
  }
  for (const reader of readers) {
    if (reader.sink) leave(reader);
    await connect(reader);
    leave(reader);
    const { got, gaps } = reader;
    expect(got).toEqual([...new Set(got)].toSorted((a, b) => a - b));
    const missing = Array.from({ length: 3000 }, (_, i) => i + 1).filter((n) => !got.includes(n));
    const silent = missing.filter((n) => !gaps.some(({ from, to }) => from < n && n < to));
    expect(silent).toEqual([]);
  }
  const total = (count: (reader: (typeof readers)[number]) => number): number =>
    readers.reduce((sum, reader) => sum + count(reader), 0);
  // It would prove nothing without losses, nor if all was lost.
  expect(total(({ gaps }) => gaps.length)).toBeGreaterThan(20);
  expect(total(({ got }) => got.length)).toBeGreaterThan(20_000);
});
