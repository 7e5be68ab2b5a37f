import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { longestDelayMs, sleep } from "../../packages/client/src/core/sleep.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const signal = (): AbortSignal => new AbortController().signal;

/** Sleeps, and says when it was over. */
function slept(ms: number, until: AbortSignal = signal(), ref?: boolean) {
  const over = vi.fn<() => void>();
  void sleep(ms, until, ref).then(over);
  return over;
}

describe("sleep", () => {
  test("resolves after the delay, not before", async () => {
    const over = slept(1000);
    await vi.advanceTimersByTimeAsync(999);
    expect(over).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toHaveBeenCalledOnce();
  });

  test("an abort ends it at once, and leaves no timer that keeps a process", async () => {
    const controller = new AbortController();
    const over = slept(1000, controller.signal);
    controller.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(over).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("an earlier abort makes it resolve at once", async () => {
    const over = slept(1000, AbortSignal.abort());
    await vi.advanceTimersByTimeAsync(0);
    expect([over.mock.calls.length, vi.getTimerCount()]).toEqual([1, 0]);
  });

  test("afterwards it leaves no listener on the signal, since a feed's signal lives long", async () => {
    const long = signal();
    const listen = vi.spyOn(long, "addEventListener");
    const unlisten = vi.spyOn(long, "removeEventListener");
    slept(10, long);
    await vi.advanceTimersByTimeAsync(10);
    expect(unlisten).toHaveBeenCalledExactlyOnceWith("abort", listen.mock.calls[0]![1]);
  });

  test.each([longestDelayMs + 1, 1e15, Number.POSITIVE_INFINITY])(
    "%d ms is long, and does not fire at once",
    async (ms) => {
      const over = slept(ms);
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
  ])("ref: $ref keeps the process: $holds", ({ ref, holds }) => {
    vi.useRealTimers();
    const set = vi.spyOn(globalThis, "setTimeout");
    const controller = new AbortController();
    slept(1000, controller.signal, ref);
    const timer = set.mock.results[0]!.value as NodeJS.Timeout;
    expect(timer.hasRef()).toBe(holds);
    controller.abort();
    set.mockRestore();
  });
});

test("a numeric timer, as in browsers, needs no unref", async () => {
  const set = vi.spyOn(globalThis, "setTimeout").mockReturnValue(7 as never);
  const controller = new AbortController();
  const over = sleep(1000, controller.signal, false);
  expect(set).toHaveBeenCalledOnce();
  set.mockRestore();
  controller.abort();
  await over;
});
