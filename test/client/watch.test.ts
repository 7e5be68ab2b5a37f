import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Watch } from "../../packages/client/src/core/watch.ts";

beforeEach(() => {
  vi.useFakeTimers();
  // No input waits in sockets here.
  vi.stubGlobal("setImmediate", (run: () => void) => run());
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function watching(limitMs: number) {
  const late = vi.fn<() => void>();
  const watch = new Watch();
  watch.start(limitMs, late);
  return { watch, late };
}

const pass = (ms: number): void => void vi.advanceTimersByTime(ms);

describe("silence", () => {
  test("is told after the limit, once, and not before", () => {
    const { late } = watching(1000);
    pass(999);
    expect(late).not.toHaveBeenCalled();
    pass(1);
    expect(late).toHaveBeenCalledOnce();
    pass(10_000);
    expect(late).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("counts from the last touch", () => {
    const { watch, late } = watching(1000);
    pass(900);
    watch.touch();
    pass(999);
    expect(late).not.toHaveBeenCalled();
    pass(1);
    expect(late).toHaveBeenCalledOnce();
  });

  test("is not told of a feed that is never silent", () => {
    const { watch, late } = watching(1000);
    for (let i = 0; i < 1000; i++) {
      pass(100);
      watch.touch();
    }
    expect(late).not.toHaveBeenCalled();
  });

  test("a limit longer than a timer can take is long, not a storm of timers", () => {
    pass(2 ** 33);
    const set = vi.spyOn(globalThis, "setTimeout");
    const { late } = watching(2 ** 32);
    pass(2 ** 31);
    expect([late.mock.calls.length, set.mock.calls.length]).toEqual([0, 2]);
    pass(2 ** 31);
    expect(late).toHaveBeenCalledOnce();
  });
});

describe("cost", () => {
  test("a touch sets no timer: one per limit at most, however many events come", () => {
    const set = vi.spyOn(globalThis, "setTimeout");
    const { watch } = watching(1000);
    for (let i = 0; i < 100_000; i++) watch.touch();
    expect(set).toHaveBeenCalledOnce();
    pass(999);
    watch.touch();
    pass(1000);
    expect(set.mock.calls.length).toBeLessThanOrEqual(3);
  });
});

test("without a limit a touch does not even look at the clock", () => {
  const clock = vi.spyOn(performance, "now");
  new Watch().touch();
  expect(clock).not.toHaveBeenCalled();
});

describe("pause", () => {
  test("stands still: our own standstill is not the server's silence", () => {
    const { watch, late } = watching(1000);
    pass(900);
    watch.pause();
    expect(vi.getTimerCount()).toBe(0);
    pass(100_000);
    expect(late).not.toHaveBeenCalled();
    watch.resume();
    pass(999);
    expect(late).not.toHaveBeenCalled();
    pass(1);
    expect(late).toHaveBeenCalledOnce();
  });

  test("a chunk that was on its way does not start it again", () => {
    const { watch, late } = watching(1000);
    watch.pause();
    watch.touch();
    pass(10_000);
    expect(late).not.toHaveBeenCalled();
  });

  test("resume() without a pause does not add time, nor a second timer", () => {
    const { watch, late } = watching(1000);
    pass(500);
    watch.resume();
    expect(vi.getTimerCount()).toBe(1);
    pass(500);
    expect(late).toHaveBeenCalledOnce();
  });
});

describe("stop", () => {
  test("is also what silence does: nothing starts it again but start()", () => {
    const { watch, late } = watching(1000);
    pass(1000);
    watch.pause();
    watch.resume();
    pass(10_000);
    expect(late).toHaveBeenCalledOnce();
  });

  test("is for good, also over a resume()", () => {
    const { watch, late } = watching(1000);
    watch.stop();
    watch.resume();
    pass(10_000);
    expect([late.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test("start() anew forgets the limit before", () => {
    const { watch, late } = watching(1000);
    const second = vi.fn<() => void>();
    pass(500);
    watch.start(5000, second);
    pass(4999);
    expect([late.mock.calls.length, second.mock.calls.length]).toEqual([0, 0]);
    pass(1);
    expect([late.mock.calls.length, second.mock.calls.length]).toEqual([0, 1]);
  });

  test("one that was never started has nothing to pause or resume", () => {
    const watch = new Watch();
    watch.touch();
    watch.pause();
    watch.resume();
    watch.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
