import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { rhythm, Wheel } from "../../packages/server/src/core/wheel.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("every member is visited once per turn, and never waits longer than one", () => {
  const visits = new Map<number, number[]>();
  const wheel = new Wheel<number>(15_000, (member) => visits.get(member)!.push(Date.now()));
  const start = Date.now();
  for (let member = 0; member < 1000; member++) {
    visits.set(member, []);
    wheel.add(member);
  }
  vi.advanceTimersByTime(45_000);
  for (const times of visits.values()) {
    expect(times).toHaveLength(3);
    expect(times[0]! - start).toBeLessThanOrEqual(15_000);
    expect(times[1]! - times[0]!).toBe(15_000);
  }
});

test("thousands of heartbeats are not sent in one long pause", () => {
  const busy = new Map<number, number>();
  const wheel = new Wheel<object>(15_000, () =>
    busy.set(Date.now(), (busy.get(Date.now()) ?? 0) + 1),
  );
  for (let i = 0; i < 6000; i++) wheel.add({});
  vi.advanceTimersByTime(15_000);
  expect(busy.size).toBe(60);
  expect(Math.max(...busy.values())).toBe(100);
});

test("one timer serves all members, and without members there is no timer", () => {
  const wheel = new Wheel<object>(100, () => undefined);
  const members = [{}, {}, {}];
  expect(vi.getTimerCount()).toBe(0);
  for (const member of members) wheel.add(member);
  expect([...wheel]).toEqual(members);
  expect(vi.getTimerCount()).toBe(1);
  for (const member of members) wheel.delete(member);
  wheel.delete({});
  expect(vi.getTimerCount()).toBe(0);
});

test("a member that leaves during its visit is not visited again", () => {
  const visited: number[] = [];
  const wheel: Wheel<number> = new Wheel<number>(
    100,
    (member) => {
      visited.push(member);
      wheel.delete(member);
    },
    1,
  );
  for (const member of [1, 2, 3]) wheel.add(member);
  vi.advanceTimersByTime(300);
  expect(visited).toEqual([1, 2, 3]);
});

test("a visit happens at least once per timeout, and heartbeats keep their own pace", () => {
  expect(rhythm(15_000, 30_000)).toEqual({ visitMs: 15_000, beatEvery: 1 });
  expect(rhythm(15_000, 4_000)).toEqual({ visitMs: 3750, beatEvery: 4 });
  expect(rhythm(false, 4_000)).toEqual({ visitMs: 4000, beatEvery: 0 });
});
