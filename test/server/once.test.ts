import { afterEach, expect, test, vi } from "vitest";
import { Once, onceMs } from "../../packages/server/src/log/once.ts";

afterEach(() => vi.useRealTimers());

test("a key is remembered for a while, and then is new again", () => {
  vi.useFakeTimers();
  const once = new Once();
  once.set("k", "1");
  once.set(undefined, "2");
  expect([once.get("k"), once.get("l"), once.get(undefined)]).toEqual(["1", undefined, undefined]);
  vi.advanceTimersByTime(onceMs);
  expect(once.get("k")).toBeUndefined();
  once.set("k", "3");
  expect(once.get("k")).toBe("3");
});

test("only so many keys are remembered: the oldest go", () => {
  const once = new Once();
  for (let i = 0; i < 100_001; i++) once.set(`${i}`, "x");
  expect([once.get("0"), once.get("1"), once.get("100000")]).toEqual([undefined, "x", "x"]);
});
