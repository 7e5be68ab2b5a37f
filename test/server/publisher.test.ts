import { Broker, memoryLog, type Appended, type Log } from "@steadfeed/server";
import { expect, test, vi } from "vitest";
import { until } from "../support/collect.ts";
import { read } from "./support.ts";

/** A log that accepts events on request. */
function slow(): { log: Log; settle: (error?: Error) => void } {
  const log = memoryLog();
  const waiting: ((error?: Error) => void)[] = [];
  const append: Log["append"] = (draft) =>
    new Promise<Appended>((resolve, reject) => {
      waiting.push((error) => (error ? reject(error) : resolve(log.append(draft))));
    });
  return {
    log: Object.assign(Object.create(log) as Log, {
      append,
      watch: log.watch.bind(log),
      read: log.read.bind(log),
    }),
    settle: (error) => {
      for (const take of waiting.splice(0)) take(error);
    },
  };
}

test("a publisher gets the id, and the number of open sessions of each version that it reached", async () => {
  const broker = new Broker();
  await read(broker, { streams: "s", client: "me", version: 1 });
  await read(broker, { streams: "s", client: "me", version: 2 });
  await read(broker, { streams: "t", client: "you" });
  expect(await broker.publish("s", "x")).toEqual({ id: broker.lastEventId, sessions: 2 });
  expect(await broker.publish("s", "x", { minVersion: 2 })).toMatchObject({ sessions: 1 });
  expect(await broker.send("me", "x")).toMatchObject({ sessions: 2 });
  expect(await broker.send("nobody", "x")).toMatchObject({ sessions: 0 });
  expect(await broker.broadcast("x")).toMatchObject({ sessions: 3 });
});

test("the error of a log reaches the publisher", async () => {
  const { log, settle } = slow();
  const published = new Broker({ log }).publish("s", "x");
  settle(new Error("log gone"));
  await expect(published).rejects.toThrow("log gone");
});

test("tryPublish never waits: it drops an event that cannot be accepted now, and returns false", async () => {
  const { log, settle } = slow();
  const onError = vi.fn<(...args: unknown[]) => void>();
  const broker = new Broker({ log, onError });
  let taken = 0;
  while (broker.tryPublish("s", "x")) taken++;
  expect(taken).toBe(1024);
  settle(new Error("log gone"));
  await until(() => expect(onError).toHaveBeenCalledTimes(1024));
  expect(broker.tryPublish("s", "x")).toBe(true);
});

test("tryPublish returns false for an event that no log would accept, and throws for a mistake", () => {
  const broker = new Broker({ streams: ["s"], limits: { eventBytes: 50 } });
  expect(broker.tryPublish("s", "x")).toBe(true);
  expect(broker.tryPublish("s", "x".repeat(100))).toBe(false);
  expect(broker.tryPublish("t", "x")).toBe(false);
  expect(() => broker.tryPublish("s", { data: "", type: "a\nb" })).toThrow(TypeError);
  expect(() => broker.tryPublish("", "x")).toThrow(TypeError);
});
