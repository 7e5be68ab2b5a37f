import { afterEach, expect, test, vi } from "vitest";
import { Once, onceMs } from "../../packages/server/src/log/idempotency.ts";

afterEach(() => vi.useRealTimers());

test("a key is remembered for a while, and then is new again", () => {
  vi.useFakeTimers();
  const once = new Once(1 << 20);
  once.set("k", "1");
  once.set(undefined, "2");
  expect([once.get("k"), once.get("l"), once.get(undefined)]).toEqual(["1", undefined, undefined]);
  vi.advanceTimersByTime(onceMs);
  expect(once.get("k")).toBeUndefined();
  once.set("k", "3");
  expect(once.get("k")).toBe("3");
});

test("keys use limited memory, and the oldest are removed", () => {
  const once = new Once(100_000);
  for (let i = 0; i < 1000; i++) once.set(`${i}`.padEnd(256, "x"), "id");
  const kept = Array.from({ length: 1000 }, (_, i) => once.get(`${i}`.padEnd(256, "x")) === "id");
  expect(once.bytes).toBeLessThanOrEqual(100_000);
  expect(kept.indexOf(true)).toBeGreaterThan(800);
  expect(kept.slice(kept.indexOf(true))).not.toContain(false);
});

test("the newest key is remembered however small the memory", () => {
  const once = new Once(1);
  once.set("a", "1");
  once.set("b", "2");
  once.set("b", "3");
  expect([once.get("a"), once.get("b")]).toEqual([undefined, "3"]);
});
