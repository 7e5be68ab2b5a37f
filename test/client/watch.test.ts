import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Watch } from "../../packages/client/src/core/watch.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function watching(limitMs: number) {
  const late = vi.fn<() => void>();
  const watch = new Watch();
  watch.start(limitMs, late);
  return { watch, late };
}

const pass = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms));

describe("silence", () => {
  test("is reported after the limit, once, and not before", async () => {
    const { late } = watching(1000);
    await pass(999);
    expect(late).not.toHaveBeenCalled();
    await pass(1);
    expect(late).toHaveBeenCalledOnce();
    await pass(10_000);
    expect(late).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("counts from the last touch", async () => {
    const { watch, late } = watching(1000);
    await pass(900);
    watch.touch();
    await pass(999);
    expect(late).not.toHaveBeenCalled();
    await pass(1);
    expect(late).toHaveBeenCalledOnce();
  });

  test("is not reported for a feed that is never silent", async () => {
    const { watch, late } = watching(1000);
    for (let i = 0; i < 1000; i++) {
      await pass(100);
      watch.touch();
    }
    expect(late).not.toHaveBeenCalled();
  });

  test("a limit beyond the timer maximum is long, and causes no storm of timers", async () => {
    await pass(2 ** 33);
    const set = vi.spyOn(globalThis, "setTimeout");
    const { late } = watching(2 ** 32);
    await pass(2 ** 31);
    expect([late.mock.calls.length, set.mock.calls.length]).toEqual([0, 2]);
    await pass(2 ** 31);
    expect(late).toHaveBeenCalledOnce();
  });
});

describe("cost", () => {
  test("a touch sets no timer: one per limit at most, however many events come", async () => {
    const set = vi.spyOn(globalThis, "setTimeout");
    const { watch } = watching(1000);
    for (let i = 0; i < 100_000; i++) watch.touch();
    expect(set).toHaveBeenCalledOnce();
    await pass(999);
    watch.touch();
    await pass(1000);
    expect(set.mock.calls.length).toBeLessThanOrEqual(3);
  });
});

test("without a limit a touch does not even read the clock", async () => {
  const clock = vi.spyOn(performance, "now");
  new Watch().touch();
  expect(clock).not.toHaveBeenCalled();
});

describe("pause", () => {
  test("stops the clock: our own pause is not the server's silence", async () => {
    const { watch, late } = watching(1000);
    await pass(900);
    watch.pause();
    expect(vi.getTimerCount()).toBe(0);
    await pass(100_000);
    expect(late).not.toHaveBeenCalled();
    watch.resume();
    await pass(999);
    expect(late).not.toHaveBeenCalled();
    await pass(1);
    expect(late).toHaveBeenCalledOnce();
  });

  test("a chunk that was in flight does not restart it", async () => {
    const { watch, late } = watching(1000);
    watch.pause();
    watch.touch();
    await pass(10_000);
    expect(late).not.toHaveBeenCalled();
  });

  test("resume() without a pause adds neither time nor a second timer", async () => {
    const { watch, late } = watching(1000);
    await pass(500);
    watch.resume();
    expect(vi.getTimerCount()).toBe(1);
    await pass(500);
    expect(late).toHaveBeenCalledOnce();
  });
});

describe("stop", () => {
  test("happens on silence too: only start() starts it again", async () => {
    const { watch, late } = watching(1000);
    await pass(1000);
    watch.pause();
    watch.resume();
    await pass(10_000);
    expect(late).toHaveBeenCalledOnce();
  });

  test("is permanent, also after a resume()", async () => {
    const { watch, late } = watching(1000);
    watch.stop();
    watch.resume();
    await pass(10_000);
    expect([late.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test("start() resets the previous limit", async () => {
    const { watch, late } = watching(1000);
    const second = vi.fn<() => void>();
    await pass(500);
    watch.start(5000, second);
    await pass(4999);
    expect([late.mock.calls.length, second.mock.calls.length]).toEqual([0, 0]);
    await pass(1);
    expect([late.mock.calls.length, second.mock.calls.length]).toEqual([0, 1]);
  });

  test("one that was never started has nothing to pause or resume", async () => {
    const watch = new Watch();
    watch.touch();
    watch.pause();
    watch.resume();
    watch.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
