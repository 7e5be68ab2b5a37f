import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { longestDelayMs, startTimer } from "../../packages/client/src/core/timer.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a timer", () => {
  test("fires after the delay, not before", async () => {
    const over = vi.fn<() => void>();
    startTimer(over, 1000);
    await vi.advanceTimersByTimeAsync(999);
    expect(over).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toHaveBeenCalledOnce();
  });

  test.each([longestDelayMs + 1, 1e15, Number.POSITIVE_INFINITY])(
    "of %d ms does not fire at once",
    async (ms) => {
      const over = vi.fn<() => void>();
      startTimer(over, ms);
      await vi.advanceTimersByTimeAsync(longestDelayMs - 1);
      expect(over).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      expect(over).toHaveBeenCalledOnce();
    },
  );

  test.each([
    { ref: undefined, holds: true },
    { ref: true, holds: true },
    { ref: false, holds: false },
  ])("with ref: $ref keeps the process: $holds", ({ ref, holds }) => {
    vi.useRealTimers();
    const timer = startTimer(() => undefined, 1000, ref);
    expect(timer.hasRef()).toBe(holds);
    clearTimeout(timer);
  });

  test("that is a number, as in browsers, needs no unref", () => {
    const set = vi.spyOn(globalThis, "setTimeout").mockReturnValue(7 as never);
    expect(startTimer(() => undefined, 1000, false)).toBe(7);
    set.mockRestore();
  });
});
