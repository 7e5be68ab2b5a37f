import { Broker, memoryLog, type BrokerOptions, type Log } from "@steadfeed/server";
import { expect, test, vi } from "vitest";
import { deferred, gapOf, later, read, settled } from "./support.ts";

test.each<[string, number, BrokerOptions, string[] | string]>([
  ["no-stream", 400, {}, []],
  ["bad-stream", 400, {}, ""],
  ["bad-stream", 400, {}, "x".repeat(257)],
  ["too-many-streams", 400, { limits: { streamsPerSession: 2 } }, ["a", "b", "c"]],
  ["unknown-stream", 404, { streams: ["a"] }, ["a", "b"]],
])("a reader gets the reason of its refusal: %s, %i", async (code, status, options, streams) => {
  const broker = new Broker(options);
  await expect(read(broker, { streams })).rejects.toMatchObject({ code, status });
  expect(broker.sessions().size).toBe(0);
});

test("an expired admission opens nothing, and an invalid time is reported", async () => {
  const broker = new Broker();
  const admission = (expiresAt: number) => ({ streams: "s", expiresAt });
  await expect(read(broker, admission(Date.now() - 1))).rejects.toMatchObject({
    code: "unauthorized",
    status: 401,
  });
  await expect(read(broker, admission(Number.NaN))).rejects.toThrow(/expiresAt must be/);
  expect(broker.sessions().size).toBe(0);
});

test.each(["", "x".repeat(257), 7])("an invalid client name opens nothing: %j", async (client) => {
  const broker = new Broker();
  const admission = { streams: "s", client: client as string };
  await expect(read(broker, admission)).rejects.toThrow(/client must be a string/);
  expect(broker.sessions().size).toBe(0);
});

test("a stream named twice is read once", async () => {
  const broker = new Broker({ limits: { streamsPerSession: 1 } });
  const sink = await read(broker, { streams: ["a", "a"] });
  await broker.publish("a", "x");
  await settled();
  expect(sink.got).toEqual(["x"]);
});

test("sessions are limited, and a slot is free again when one leaves", async () => {
  const broker = new Broker({ limits: { sessions: 2 } });
  const [one] = [await read(broker), await read(broker)];
  await expect(read(broker)).rejects.toMatchObject({ code: "too-many-sessions", status: 503 });
  one.leave();
  await read(broker);
});

test("limits hold while hooks are pending", async () => {
  const broker = new Broker({ limits: { sessions: 2 }, onConnect: () => settled() });
  const results = await Promise.allSettled([read(broker), read(broker), read(broker)]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
});

test("a client's sessions are limited, whatever the others do", async () => {
  const broker = new Broker({ limits: { sessionsPerClient: 1 } });
  await read(broker, { streams: "s", client: "me" });
  await read(broker, { streams: "s", client: "you" });
  await expect(read(broker, { streams: "s", client: "me" })).rejects.toMatchObject({
    code: "too-many-of-client",
    status: 429,
  });
});

test.each([
  ["allow", [["x"], ["x"]], [undefined, undefined]],
  ["replace", [[], ["x"]], ["end", undefined]],
] as const)("a second session of a client: %s", async (duplicateClient, got, over) => {
  const broker = new Broker({ duplicateClient });
  const mine = { streams: "s", client: "me" };
  const sinks = [await read(broker, mine), await read(broker, mine)];
  await broker.send("me", "x");
  await settled();
  expect(sinks.map((sink) => sink.got)).toEqual(got);
  expect(sinks.map((sink) => sink.over)).toEqual(over);
});

test("a second session of a client can be rejected, until the first is closed", async () => {
  const broker = new Broker({ duplicateClient: "reject" });
  const mine = { streams: "s", client: "me" };
  const first = await read(broker, mine);
  await expect(read(broker, mine)).rejects.toMatchObject({ code: "duplicate-client", status: 409 });
  first.leave();
  await read(broker, mine);
  expect(broker.sessions("me").size).toBe(1);
});

test("a cursor of any length costs no more than its limit, and gets a gap", async () => {
  const broker = new Broker({ limits: { cursorChars: 8 } });
  await broker.publish("s", "own", { id: "12345678" });
  await broker.publish("s", "next");
  expect((await read(broker, "s", { lastEventId: "12345678" })).got).toEqual(["next"]);
  const sink = await read(broker, "s", { lastEventId: `12345678${"9".repeat(100_000)}` });
  expect(sink.got).toEqual(["[unknown]", "own", "next"]);
  expect(gapOf(sink.events[0]!.data).from).toBe("12345678…");
});

test("a reader without a cursor gets one at once, so that it misses nothing after an early break", async () => {
  const broker = new Broker();
  const { id } = await broker.publish("s", "before");
  const sink = await read(broker);
  expect(sink.text).toBe(`: \nid: ${id}\n\n`);
  sink.leave();
  await broker.publish("s", "while it was away");
  expect((await read(broker, "s", { lastEventId: id })).got).toEqual(["while it was away"]);
});

test("a session holds the version, the state and the expiry of its admission", async () => {
  vi.useFakeTimers();
  const broker = new Broker<number>({ heartbeatMs: 1000 });
  const expiresAt = Date.now() + 1500;
  const sink = await read(broker, {
    streams: ["a", "b"],
    client: "me",
    version: 3,
    state: 7,
    expiresAt,
  });
  const [session] = broker.sessions("me");
  expect(session).toMatchObject({ version: 3, state: 7, client: "me", streams: ["a", "b"] });
  vi.advanceTimersByTime(2500);
  expect([sink.over, await session!.closed]).toEqual(["end", "expired"]);
  vi.useRealTimers();
});

test("a log that fails ends its sessions, and is reported", async () => {
  let error: Error | undefined;
  const onError = vi.fn<(...args: unknown[]) => void>();
  const broker = new Broker({ log: later(memoryLog(), () => error), onError });
  const sink = await read(broker);
  error = new Error("log gone");
  await broker.publish("s", "x");
  await settled();
  expect([sink.over, broker.sessions().size]).toEqual(["end", 0]);
  expect(onError).toHaveBeenCalledExactlyOnceWith(error, { phase: "log" });
});

test("a page that arrives too late is not written after the end", async () => {
  const arrival = deferred<undefined>();
  const log = memoryLog();
  const slow: Log = {
    ...later(log),
    tail: log.tail,
    read: async (...args) => (await arrival.promise, log.read(...args)),
  };
  const broker = new Broker({ log: slow });
  const sink = await read(broker);
  void broker.publish("s", "x");
  await settled();
  sink.leave();
  const before = sink.text;
  arrival.resolve(undefined);
  await settled();
  expect(sink.text).toBe(before);
});
