import { memoryLog } from "@steadfeed/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Fanout } from "../../packages/server/src/broker/fanout.ts";
import { SessionCore } from "../../packages/server/src/session/session-core.ts";
import { Outlet } from "../../packages/server/src/session/outlet.ts";
import { profiles } from "../../packages/server/src/log/profile.ts";
import { Guard } from "../../packages/server/src/broker/hooks.ts";
import { addressesOf, Roster } from "../../packages/server/src/broker/presence.ts";
import { MemorySink } from "./support.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const home = {
  watcher: { ended: () => undefined, released: () => undefined, failed: () => undefined },
  slow: { timeoutMs: 1, tolerance: 1, policy: "resume" as const },
  beatEvery: 1,
};

function open(streams: string[], count = 1) {
  const roster = new Roster<unknown>(memoryLog(), new Guard({}));
  const pumped: SessionCore<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    const session = new SessionCore<unknown>({
      outlet: new Outlet(new MemorySink(), profiles.standard, {}, false),
      shared: home,
      state: i,
      streams,
      places: addressesOf(streams, undefined),
    });
    vi.spyOn(session, "pump").mockImplementation(() => void pumped.push(session));
    roster.add(session);
  }
  return { fanout: new Fanout(roster), pumped };
}

test("however many events one turn publishes, a session is notified once", () => {
  const { fanout, pumped } = open(["s"]);
  for (let i = 0; i < 16; i++) fanout.wake("stream:s");
  expect(pumped).toHaveLength(0);
  vi.runAllTimers();
  expect(pumped).toHaveLength(1);
});

test("a stream without readers costs nothing", () => {
  const { fanout } = open(["s"]);
  fanout.wake("stream:other");
  expect(vi.getTimerCount()).toBe(0);
});

test("many sessions are notified in slices, so that other tasks run in between, and all are notified", () => {
  const { fanout, pumped } = open(["s"], 2000);
  fanout.wake("stream:s");
  vi.advanceTimersToNextTimer();
  expect(pumped.length).toBeGreaterThan(0);
  expect(pumped.length).toBeLessThan(1000);
  // Published between two slices.
  fanout.wake("stream:s");
  vi.runAllTimers();
  expect(new Set(pumped).size).toBe(2000);
  expect(pumped.length).toBe(4000);
  expect(vi.getTimerCount()).toBe(0);
});

test("a stream with new events each turn queues no session twice, and starves none", () => {
  const { fanout, pumped } = open(["s"], 2000);
  for (let turn = 0; turn < 40; turn++) {
    fanout.wake("stream:s");
    vi.advanceTimersToNextTimer();
  }
  const slice = pumped.length / 40;
  const before = pumped.length;
  const told = new Map<unknown, number>();
  for (const session of pumped) told.set(session, (told.get(session) ?? 0) + 1);
  expect(Math.max(...told.values()) - Math.min(...told.values())).toBeLessThanOrEqual(1);
  vi.runAllTimers();
  // At most what is left of this round, and one more for what came during it.
  expect(pumped.length - before).toBeLessThanOrEqual(2 * 2000);
  expect(slice).toBeGreaterThan(100);
});
