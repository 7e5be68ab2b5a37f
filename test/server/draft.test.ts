import { expect, test, vi } from "vitest";
import { draftOf } from "../../packages/server/src/broker/publisher.ts";

test("by default an event is for every version, without expiry, with the log's id", () => {
  expect(draftOf("all", "x", {}, 9)).toEqual({
    to: "all",
    type: undefined,
    data: "x",
    retryMs: undefined,
    id: undefined,
    minVersion: Number.NEGATIVE_INFINITY,
    expiresAt: undefined,
    limitBytes: 9,
  });
});

test("a time to live counts from now", () => {
  vi.useFakeTimers({ now: 1000 });
  expect(draftOf("all", "x", { ttlMs: 500 }, 9).expiresAt).toBe(1500);
  vi.useRealTimers();
});

test.each([
  [/^ttlMs must be an integer/, { ttlMs: 0 }],
  [/^ttlMs/, { ttlMs: Number.NaN }],
  [/^minVersion must be a number, not NaN/, { minVersion: Number.NaN }],
  [/^minVersion/, { minVersion: "2" as unknown as number }],
])("a mistake throws at once: %s", (words, options) => {
  const mistake = (): unknown => draftOf("all", "x", options, 9);
  expect(mistake).toThrow(TypeError);
  expect(mistake).toThrow(words);
});
