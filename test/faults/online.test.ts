import { describe, expect, onTestFinished, test, vi } from "vitest";
import { FakePage } from "../support/page.ts";
import { fakeClock, listening, pass } from "../support/wire.ts";

fakeClock();

test("a flapping network causes few requests: 24 events in 20 s", async () => {
  const page = new FakePage();
  const { wire } = await listening((request) => request.reset());
  const before = wire.requests.length;
  for (let count = 0; count < 24; count++) {
    page.online(false);
    page.online(true);
    await pass(833);
  }
  expect(wire.requests.length - before).toBeLessThanOrEqual(12);
});

test("a hundred events in one second cause only a few more", async () => {
  const page = new FakePage();
  const { wire } = await listening((request) => request.reset());
  for (let count = 0; count < 100; count++) {
    page.online(false);
    page.online(true);
    await pass(10);
  }
  expect(wire.requests.length).toBeLessThanOrEqual(4);
});

describe("a feed that was woken less than 5 s ago reconnects after that, with a jitter of 5 s more", () => {
  /** When a feed that is open asks again, in ms after the second of two `online` events. */
  async function secondAfter(chance: number): Promise<number> {
    const page = new FakePage();
    const random = vi.spyOn(Math, "random").mockReturnValue(chance);
    onTestFinished(() => random.mockRestore());
    const { wire } = await listening((request) => void request.answer());
    const flap = (): void => {
      page.online(false);
      page.online(true);
    };
    flap();
    await pass(0);
    expect(wire.requests.length).toBe(2);
    flap();
    for (let ms = 0; ms <= 11_000; ms += 100) {
      if (wire.requests.length > 2) return ms;
      await pass(100);
    }
    return Infinity;
  }

  test.each([
    [0, 5000],
    [0.5, 7500],
    [0.999, 9995],
  ])("random %d: %i ms", async (chance, expected) => {
    const ms = await secondAfter(chance);
    expect(ms).toBeGreaterThanOrEqual(expected);
    expect(ms).toBeLessThanOrEqual(expected + 200);
  });
});

test("pages that share a network do not reconnect at once", async () => {
  const page = new FakePage();
  const feeds = await Promise.all(
    Array.from({ length: 20 }, () => listening((request) => void request.answer())),
  );
  for (let round = 0; round < 2; round++) {
    page.online(false);
    page.online(true);
    await pass(0);
  }
  const times = new Map<number, number>();
  for (let ms = 0; ms <= 11_000; ms += 100) {
    const asked = feeds.filter(({ wire }) => wire.requests.length > 2).length;
    times.set(asked, ms);
    await pass(100);
  }
  expect(feeds.every(({ wire }) => wire.requests.length === 3)).toBe(true);
  // At no time did half of them come back together.
  const counts = [...times.keys()];
  const steps = counts.slice(1).map((count, index) => count - counts[index]!);
  expect(Math.max(...steps)).toBeLessThan(10);
});
