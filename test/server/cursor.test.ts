import { GAP_TYPE, memoryLog, type Appended, type Entry, type Log } from "@steadfeed/server";
import { expect, test, vi } from "vitest";
import { Cursor, type Step } from "../../packages/server/src/session/cursor.ts";
import { draftOf } from "../../packages/server/src/broker/publisher.ts";
import { gapOf, later } from "./support.ts";

const append = (log: Log, data: string, options = {}): Appended =>
  log.append(draftOf("stream:s", data, options, 1000)) as Appended;

const open = (
  log: Log,
  from: "last-id" | "live" | "earliest" = "last-id",
  lastEventId = "",
  version = 0,
): Cursor => new Cursor(log, ["stream:s", "all"], version, from, lastEventId);

const next = (cursor: Cursor, limit = 10): Step => {
  const step = cursor.next(limit);
  if (step instanceof Promise) throw new Error("memory answers at once");
  return step;
};

const all = (cursor: Cursor): string[] => {
  const step = next(cursor);
  for (const entry of step.events) cursor.take(entry);
  cursor.arrive(step.at);
  return step.events.map(({ type, data }) =>
    type === GAP_TYPE ? `[${gapOf(data).reason}]` : data,
  );
};

test("without a cursor a reader gets the following events", () => {
  const log = memoryLog();
  append(log, "before");
  const cursor = open(log);
  append(log, "after");
  expect(all(cursor)).toEqual(["after"]);
  expect(cursor.at).toBe(log.tail);
});

test("each start option gives the documented events", () => {
  const log = memoryLog();
  const one = append(log, "1");
  append(log, "2");
  expect(all(open(log, "last-id", one.id))).toEqual(["2"]);
  expect(all(open(log, "live", one.id))).toEqual([]);
  expect(all(open(log, "earliest"))).toEqual(["1", "2"]);
  // Else every reconnection would bring everything again.
  expect(all(open(log, "earliest", one.id))).toEqual(["2"]);
});

test("a reader from the oldest gets no gap for earlier events", () => {
  const log = memoryLog({ maxEvents: 2 });
  for (const data of ["1", "2", "3"]) append(log, data);
  const cursor = open(log, "earliest");
  const first = next(cursor, 1);
  cursor.take(first.events[0]!);
  expect(all(cursor)).toEqual(["3"]);
});

test("kept events of a quiet stream are sent without repeating the busy stream's gap", () => {
  const log = memoryLog({ maxEvents: 2 });
  const start = log.tail;
  const quiet = log.append(draftOf("all", "quiet", {}, 1000)) as Entry;
  for (const data of ["1", "2", "3"]) append(log, data);
  const walk = (cursor: Cursor): string[] => {
    const seen: string[] = [];
    for (let step = next(cursor, 1); step.events.length > 0; step = next(cursor, 1)) {
      for (const entry of step.events) {
        seen.push(entry.type === GAP_TYPE ? "[gap]" : entry.data);
        cursor.take(entry);
      }
    }
    return seen;
  };
  expect(walk(open(log, "last-id", start))).toEqual(["[gap]", "quiet", "2", "3"]);
  expect(walk(open(log, "earliest"))).toEqual(["quiet", "2", "3"]);
  expect(walk(open(log, "last-id", quiet.id))).toEqual(["[gap]", "2", "3"]);
});

test("a step that was not taken is returned again", () => {
  const log = memoryLog();
  const cursor = open(log);
  append(log, "1");
  append(log, "2");
  cursor.take(next(cursor).events[0]!);
  expect(all(cursor)).toEqual(["2"]);
});

test("a gap is an event: its id is the cursor to resume from, its data has the reason and the range", () => {
  const log = memoryLog({ maxEvents: 1 });
  const one = append(log, "1");
  append(log, "2");
  const three = append(log, "3");
  const [gap, rest] = next(open(log, "last-id", one.id)).events;
  expect(gapOf(gap!.data)).toEqual({ reason: "trimmed", from: one.id, to: three.id });
  expect([gap!.type, rest!.data]).toEqual([GAP_TYPE, "3"]);
  expect(all(open(log, "last-id", gap!.id))).toEqual(["3"]);
});

test("a gap is sent once, and again for the next one", () => {
  const log = memoryLog({ maxEvents: 2 });
  const one = append(log, "1");
  for (const data of ["2", "3", "4"]) append(log, data);
  const cursor = open(log, "last-id", one.id);
  expect(all(cursor)).toEqual(["[trimmed]", "3", "4"]);
  append(log, "5");
  expect(all(cursor)).toEqual(["5"]);
  for (const data of ["6", "7", "8"]) append(log, data);
  expect(all(cursor)).toEqual(["[trimmed]", "7", "8"]);
});

test("a gap that was not taken is returned again", () => {
  const log = memoryLog();
  const cursor = open(log, "last-id", "of another server");
  next(cursor);
  expect(all(cursor)).toEqual(["[unknown]"]);
  expect(all(cursor)).toEqual([]);
});

test("skipping continues at the newest event, with a gap", () => {
  const log = memoryLog();
  const cursor = open(log);
  append(log, "missed");
  cursor.skip();
  const { events, at } = next(cursor);
  expect(gapOf(events[0]!.data)).toMatchObject({ reason: "slow", to: "" });
  cursor.take(events[0]!);
  cursor.arrive(at);
  append(log, "next");
  expect(all(cursor)).toEqual(["next"]);
});

test("a reader asked to skip while its log is pending still skips", async () => {
  const log = memoryLog();
  const cursor = open(later(log));
  append(log, "missed");
  const step = cursor.next(10);
  cursor.skip();
  expect((await step).events.map(({ data }) => gapOf(data).reason)).toEqual(["slow"]);
});

test("events of a later version, and expired ones, do not reach this reader", () => {
  vi.useFakeTimers();
  const log = memoryLog();
  const cursor = open(log, "live", "", 1);
  for (const options of [{ minVersion: 2 }, { minVersion: 1 }, { ttlMs: 5 }]) {
    append(log, "", options);
  }
  const wanted = next(cursor).events;
  expect(wanted.map((entry) => cursor.wants(entry))).toEqual([false, true, true]);
  vi.advanceTimersByTime(5);
  expect(cursor.wants(wanted[2]!)).toBe(false);
  vi.useRealTimers();
});
