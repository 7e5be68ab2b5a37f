import { Broker, memoryLog, type Log } from "@steadfeed/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { requireCloseOptions } from "../../packages/server/src/broker/shutdown.ts";
import { later, MemorySink, read } from "./support.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("a shutdown delivers events published before it, ends every session, and leaves no timer", async () => {
  const broker = new Broker();
  const sinks = await Promise.all(Array.from({ length: 2000 }, () => read(broker)));
  void broker.publish("s", "last");
  const closed = broker.close();
  await vi.advanceTimersByTimeAsync(10);
  await closed;
  expect(sinks.every(({ over, got }) => over === "end" && got.join() === "last")).toBe(true);
  expect([broker.sessions().size, vi.getTimerCount()]).toEqual([0, 0]);
});

test("accepts nothing new", async () => {
  const broker = new Broker();
  await broker.close();
  await expect(broker.publish("s", "x")).rejects.toMatchObject({ code: "closed" });
  await expect(read(broker)).rejects.toMatchObject({ code: "closed", status: 503 });
  expect([broker.tryPublish("s", "x"), broker.open]).toEqual([false, false]);
  expect(() => broker.subscribe("s")).toThrow("closed");
});

test("slow readers have until the deadline, then they are aborted", async () => {
  const broker = new Broker();
  const [quick, slow] = [await read(broker), await read(broker)];
  for (const sink of [quick, slow]) sink.room = 1;
  await broker.publish("s", "1");
  await broker.publish("s", "2");
  await vi.advanceTimersByTimeAsync(1);
  let done = false;
  const closed = broker.close({ graceMs: 1000 }).then(() => (done = true));
  await vi.advanceTimersByTimeAsync(500);
  quick.drain();
  quick.drain();
  await vi.advanceTimersByTimeAsync(499);
  expect([quick.over, quick.got, slow.over, done]).toEqual(["end", ["1", "2"], undefined, false]);
  await vi.advanceTimersByTimeAsync(1);
  await closed;
  expect([slow.over, vi.getTimerCount()]).toEqual(["abort", 0]);
});

test("a response that is not read to its end does not delay it", async () => {
  const broker = new Broker();
  const sink = new MemorySink();
  sink.lingers = true;
  await read(broker, "s", { sink });
  const closed = broker.close({ graceMs: 1000 });
  await vi.advanceTimersByTimeAsync(1000);
  await closed;
  expect([sink.over, vi.getTimerCount()]).toEqual(["abort", 0]);
});

test("readers get a reconnection time, each a different one", async () => {
  const broker = new Broker();
  const sinks = await Promise.all(Array.from({ length: 50 }, () => read(broker)));
  await broker.close({ retryMs: 1000 });
  const told = sinks.map(({ text }) => Number(/retry: (\d+)\n\n$/.exec(text)![1]));
  expect(Math.min(...told)).toBeGreaterThanOrEqual(500);
  expect(Math.max(...told)).toBeLessThanOrEqual(1500);
  expect(new Set(told).size).toBeGreaterThan(30);
});

test("the mode decides how responses end; by default the profile does", async () => {
  for (const [mode, ends] of [
    [undefined, ["end", "abort"]],
    ["end", ["end", "end"]],
    ["abort", ["abort", "abort"]],
  ] as const) {
    const broker = new Broker();
    const sinks = [await read(broker), await read(broker, "s", { profile: "go" })];
    await broker.close({ mode });
    expect(sinks.map(({ over }) => over)).toEqual(ends);
  }
});

test("closing twice, also from a hook, is closing once", async () => {
  const reasons: string[] = [];
  const broker: Broker = new Broker({
    onDisconnect: (_, reason) => {
      reasons.push(reason);
      void broker.close();
    },
  });
  await read(broker);
  await Promise.all([broker.close(), broker.close(), broker[Symbol.asyncDispose]()]);
  expect(reasons).toEqual(["shutdown"]);
});

test("a session during its welcome ends too", async () => {
  const sink = new MemorySink();
  const broker = new Broker({
    onConnect: () => new Promise((resolve) => setTimeout(resolve, 100)),
  });
  const connected = read(broker, "s", { sink });
  await broker.close();
  await vi.advanceTimersByTimeAsync(100);
  await connected;
  expect([sink.over, vi.getTimerCount()]).toEqual(["end", 0]);
});

test("the log is closed last", async () => {
  const order: string[] = [];
  const log = memoryLog();
  const watch: Log["watch"] = (appended) => {
    const stop = log.watch(appended);
    return () => (order.push("unwatched"), stop());
  };
  const broker = new Broker({
    log: { ...later(log), tail: log.tail, watch, close: () => void order.push("closed") },
    onDisconnect: () => void order.push("ended"),
  });
  await read(broker);
  await broker.close();
  expect(order).toEqual(["ended", "unwatched", "closed"]);
});

test.each([{ graceMs: -1 }, { graceMs: 2 ** 31 }, { retryMs: 0.5 }, { mode: "kill" as "end" }])(
  "a mistake throws and closes nothing: %o",
  async (options) => {
    expect(() => requireCloseOptions(options)).toThrow(TypeError);
    const broker = new Broker();
    expect(() => broker.close(options)).toThrow(TypeError);
    expect(broker.open).toBe(true);
  },
);
