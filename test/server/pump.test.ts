import { memoryLog, type Entry, type Log } from "@steadfeed/server";
import { expect, test, vi } from "vitest";
import { Cursor, type Step } from "../../packages/server/src/session/cursor.ts";
import { draftOf } from "../../packages/server/src/broker/publisher.ts";
import { Outlet } from "../../packages/server/src/session/outlet.ts";
import { profiles } from "../../packages/server/src/log/profile.ts";
import { pump } from "../../packages/server/src/session/pump.ts";
import { later, MemorySink } from "./support.ts";

const append = (log: Log, data: string, options = {}): Entry =>
  log.append(draftOf("stream:s", data, options, 1 << 22)) as Entry;

function start(log: Log, reader: Log = log) {
  const sink = new MemorySink();
  const outlet = new Outlet(sink, profiles.standard, {}, false);
  const failed = vi.fn<(...args: unknown[]) => void>();
  const cursor = new Cursor(reader, ["stream:s"], 0, "live", "");
  const taker = {
    get ready() {
      return !outlet.full;
    },
    take: (step: Step) => pump(step, cursor, outlet),
    failed,
  };
  const run = (): void => cursor.run(taker, 256);
  const drain = (): void => {
    outlet.drain();
    sink.drain();
    run();
  };
  return { sink, outlet, cursor, run, failed, drain };
}

const flush = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};

test("events published in one turn are one write", () => {
  const log = memoryLog();
  const { sink, run } = start(log);
  for (let i = 0; i < 16; i++) append(log, `${i}`);
  run();
  expect(sink.writes).toHaveLength(1);
  expect(sink.got).toHaveLength(16);
});

test("a stopped reader holds 64 KB and one event at most, and gets the rest in order when it resumes", () => {
  const log = memoryLog({ maxEvents: 5000 });
  const { sink, run, outlet, drain } = start(log);
  sink.room = 64 << 10;
  for (let i = 0; i < 2000; i++) append(log, `${i}:${"x".repeat(100)}`);
  run();
  run();
  expect(outlet.full).toBe(true);
  expect(sink.held).toBeLessThan((64 << 10) + 200);
  for (let i = 0; i < 20; i++) drain();
  expect(Math.max(...sink.writes.map((bytes) => bytes.byteLength))).toBeLessThanOrEqual(64 << 10);
  expect(sink.got.map((data) => Number.parseInt(data, 10))).toEqual(
    Array.from({ length: 2000 }, (_, i) => i),
  );
});

test("an event larger than a write is still written completely", () => {
  const log = memoryLog();
  const { sink, run } = start(log);
  const [small, big] = ["small", "b".repeat(200_000)];
  for (const data of [small, big, small]) append(log, data);
  run();
  expect(sink.got).toEqual([small, big, small]);
});

test("a reader that stopped for longer than the log keeps events gets a gap, then the rest", () => {
  const log = memoryLog({ maxEvents: 3 });
  const { sink, run, drain } = start(log);
  sink.room = 1;
  append(log, "0");
  run();
  for (let i = 1; i < 10; i++) append(log, `${i}`);
  run();
  for (let i = 0; i < 5; i++) drain();
  expect(sink.got).toEqual(["0", "[trimmed]", "7", "8", "9"]);
});

test("a reader that lost its position continues at the newest event", () => {
  const log = memoryLog();
  const { sink, run, cursor, drain } = start(log);
  sink.room = 1;
  append(log, "0");
  run();
  append(log, "missed");
  cursor.skip();
  drain();
  append(log, "1");
  drain();
  expect(sink.got).toEqual(["0", "[slow]", "1"]);
});

test("events that a reader filters out still move its cursor", () => {
  const log = memoryLog();
  const { sink, run, cursor } = start(log);
  append(log, "later version", { minVersion: 1 });
  run();
  expect([sink.writes, cursor.at]).toEqual([[], log.tail]);
});

test("an asynchronous log loses no events that arrive in between, and repeats none", async () => {
  const log = memoryLog();
  const { sink, run } = start(log, later(log));
  for (let i = 0; i < 50; i++) {
    append(log, `${i}`);
    run();
    if (i % 3 === 0) await Promise.resolve();
  }
  await flush();
  expect(sink.got).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
});

test("a page that arrives after the end is not written", async () => {
  const log = memoryLog();
  const { sink, run, cursor } = start(log, later(log));
  append(log, "late");
  run();
  cursor.stop();
  await flush();
  expect(sink.writes).toEqual([]);
});

test("a log that fails is reported, at once or later, and no caller is affected", async () => {
  const log = memoryLog();
  const broken = (read: Log["read"]): Log => ({ ...later(log), tail: log.tail, read });
  const atOnce = start(
    log,
    broken(() => {
      throw new Error("at once");
    }),
  );
  atOnce.run();
  expect(atOnce.failed).toHaveBeenCalledWith(new Error("at once"));
  const afterwards = start(
    log,
    broken(() => Promise.reject(new Error("later"))),
  );
  afterwards.run();
  await flush();
  expect(afterwards.failed).toHaveBeenCalledExactlyOnceWith(new Error("later"));
});
