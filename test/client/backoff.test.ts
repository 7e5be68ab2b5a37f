import { describe, expect, test } from "vitest";
import { Backoff } from "../../packages/client/src/feed/backoff.ts";
import type { BackoffOptions } from "../../packages/client/src/core/retry-options.ts";
import { defaults, resolve } from "../../packages/client/src/core/resolve.ts";

const backoff = (options: Partial<BackoffOptions> = {}, random = 0): Backoff =>
  new Backoff({ ...defaults.retry, ...options }, () => random);

/** The delays of attempts that all fail before they open. */
const delays = (from: Backoff, count: number): number[] =>
  Array.from({ length: count }, () => from.next(0));

const plain = { jitter: "none" } as const;

describe("growth", () => {
  test.each<{ name: string; options: Partial<BackoffOptions>; expected: number[] }>([
    {
      name: "doubles up to 30 s",
      options: {},
      expected: [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000],
    },
    { name: "by the factor", options: { factor: 3 }, expected: [1000, 3000, 9000, 27_000, 30_000] },
    { name: "not at all with factor 1", options: { factor: 1 }, expected: [1000, 1000, 1000] },
    { name: "from the initial delay", options: { initialDelayMs: 10 }, expected: [10, 20, 40] },
    {
      name: "never below the initial delay",
      options: { initialDelayMs: 5000, maxDelayMs: 100 },
      expected: [5000, 5000],
    },
    {
      name: "from 0: at once, then still growing",
      options: { initialDelayMs: 0, factor: 10 },
      expected: [0, 10, 100, 1000, 10_000, 30_000],
    },
  ])("$name", ({ options, expected }) => {
    expect(delays(backoff({ ...plain, ...options }), expected.length)).toEqual(expected);
  });

  test.each([0, 1, 1000])(
    "stays a number after thousands of failures, from %i ms",
    (initialDelayMs) => {
      const from = backoff({ ...plain, initialDelayMs });
      expect(delays(from, 5000).at(-1)).toBe(30_000);
      expect(from.failures).toBe(5000);
    },
  );

  test("no delay exceeds the timer limit, beyond which a timer would fire at once", () => {
    const from = backoff({ ...plain, initialDelayMs: 1e12, maxDelayMs: 1e15 });
    expect(delays(from, 2)).toEqual([2 ** 31 - 1, 2 ** 31 - 1]);
  });
});

describe("jitter", () => {
  const bounds = (options: Partial<BackoffOptions>, serverMs?: number): number[] =>
    [0, 1].map((random) => {
      const from = backoff(options, random);
      if (serverMs !== undefined) from.serverRetry(serverMs);
      return from.next(0);
    });

  test.each([
    { jitter: "equal", own: [500, 1000], server: [2000, 3000] },
    { jitter: "full", own: [0, 1000], server: [2000, 4000] },
    { jitter: "none", own: [1000, 1000], server: [2000, 2000] },
  ] as const)(
    "$jitter: at most our own delay, at least the server's",
    ({ jitter, own, server }) => {
      expect(bounds({ jitter })).toEqual(own);
      expect(bounds({ jitter }, 2000)).toEqual(server);
    },
  );

  test("delays are whole milliseconds", () => {
    expect(backoff({ initialDelayMs: 333 }, 0.5).next(0)).toBe(250);
  });
});

describe("the server's retry:", () => {
  test.each([
    ["0 causes no storm", 0, 250],
    ["249", 249, 250],
    ["250 is the minimum", 250, 250],
    ["replaces our own", 7000, 7000],
    ["more than maxServerRetryMs", 300_001, 300_000],
    ["the largest number", Number.MAX_VALUE, 300_000],
    ["more digits than a number holds", Number.POSITIVE_INFINITY, 300_000],
  ])("%s", (_, ms, delay) => {
    const from = backoff(plain);
    from.serverRetry(ms);
    expect(from.next(0)).toBe(delay);
  });

  test("grows as ours does, and may start above maxDelayMs", () => {
    const from = backoff(plain);
    from.serverRetry(0);
    expect(delays(from, 9)).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    from.serverRetry(60_000);
    expect(delays(from, 2)).toEqual([60_000, 60_000]);
  });

  test("holds until the server sends another, also over healthy connections", () => {
    const from = backoff(plain);
    from.serverRetry(2000);
    from.opened(0);
    expect(from.next(60_000)).toBe(2000);
    from.serverRetry(3000);
    from.opened(70_000);
    expect(from.next(130_000)).toBe(3000);
  });

  test("is followed up to 2^31−1 ms with 'spec', and never grows", () => {
    const { retry } = resolve({ retry: "spec" });
    const from = new Backoff(retry, () => 0.5);
    expect(delays(from, 3)).toEqual([3000, 3000, 3000]);
    from.serverRetry(2 ** 40);
    expect(from.next(0)).toBe(2 ** 31 - 1);
    from.serverRetry(500);
    expect(delays(from, 2)).toEqual([500, 500]);
  });
});

describe("resetting", () => {
  /** After four failures, a connection that stands for `openMs`, with an event at the end or without. */
  function after(openMs: number, event: boolean): number {
    const from = backoff(plain);
    delays(from, 4);
    from.opened(100_000);
    if (event) from.event(100_000 + openMs);
    return from.next(100_000 + openMs);
  }

  // The delay before the connection was 8000 ms, the next would be 16 000.
  test.each([
    { name: "was stable for stableAfterMs", openMs: 5000, event: false, next: 1000 },
    { name: "was stable for slightly less", openMs: 4999, event: false, next: 16_000 },
    {
      name: "had an event, but was shorter than the previous delay",
      openMs: 3000,
      event: true,
      next: 16_000,
    },
  ])("a connection that $name", ({ openMs, event, next }) => {
    expect(after(openMs, event)).toBe(next);
  });

  test.each([
    { openMs: 1000, next: 2000 },
    { openMs: 1001, next: 1000 },
  ])("an event after $openMs ms, when the delay before was 1000 ms", ({ openMs, next }) => {
    const from = backoff(plain);
    from.next(0);
    from.opened(1000);
    from.event(1000 + openMs);
    expect(from.next(1000 + openMs)).toBe(next);
  });

  test("each reset by an event alone requires twice the time of the previous one, until a connection is stable", () => {
    const from = backoff(plain);
    /** The delay after a connection of so long, with an event at its end. */
    const flap = (now: number, openMs: number): number => {
      from.opened(now);
      from.event(now + openMs);
      return from.next(now + openMs);
    };
    from.next(0);
    expect([flap(10_000, 2001), flap(20_000, 2001), flap(30_000, 2001)]).toEqual([
      1000, 1000, 2000,
    ]);
    expect(flap(40_000, 4001)).toBe(1000);
    from.opened(50_000);
    expect(from.next(55_000)).toBe(1000);
    expect([flap(60_000, 1001), flap(70_000, 2001)]).toEqual([1000, 1000]);
  });

  test("stableAfterMs: 0 is for long polling: a response that ends is not a failure", () => {
    const from = backoff({ ...plain, stableAfterMs: 0 });
    for (let now = 0; now < 10_000; now += 1000) {
      from.opened(now);
      expect(from.next(now)).toBe(1000);
    }
  });

  test("an attempt that never opened does not inherit the success of the previous one", () => {
    const from = backoff(plain);
    from.opened(0);
    from.next(10_000);
    expect([from.next(20_000), from.next(40_000)]).toEqual([2000, 4000]);
  });

  test("failures count consecutive unhealthy attempts", () => {
    const from = backoff(plain);
    const counts = [from.failures];
    delays(from, 2);
    counts.push(from.failures);
    from.opened(0);
    from.event(60_000);
    counts.push(from.failures);
    from.next(60_000);
    counts.push(from.failures);
    expect(counts).toEqual([0, 2, 0, 1]);
  });
});

describe("endless flapping costs a few requests a minute", () => {
  const hourMs = 3_600_000;

  /** When requests are made in an hour in which every connection lives for so long. */
  function anHourOf(
    liveMs: number,
    withEvent: boolean,
    retryMs: number | undefined,
    random: () => number,
  ): number[] {
    const from = new Backoff(defaults.retry, random);
    const requests: number[] = [];
    for (let now = 0; now < hourMs;) {
      requests.push(now);
      from.opened(now);
      if (retryMs !== undefined) from.serverRetry(retryMs);
      now += liveMs;
      if (withEvent) from.event(now);
      now += from.next(now);
    }
    return requests;
  }

  /** Numbers like chance's, the same in every run. */
  function chance(): () => number {
    let seed = 1;
    return () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  }

  test.each([
    { name: "instant clean ends", liveMs: 0, withEvent: false, retryMs: undefined },
    { name: "instant clean ends, retry: 0", liveMs: 0, withEvent: false, retryMs: 0 },
    { name: "one event per connection of 50 ms", liveMs: 50, withEvent: true, retryMs: undefined },
    {
      name: "one event per connection of 50 ms, retry: 0",
      liveMs: 50,
      withEvent: true,
      retryMs: 0,
    },
    {
      name: "one event per connection of 900 ms, retry: 0",
      liveMs: 900,
      withEvent: true,
      retryMs: 0,
    },
    { name: "one event per connection of 2 s", liveMs: 2000, withEvent: true, retryMs: undefined },
    {
      name: "one event per connection of 1.1 s, retry: 0",
      liveMs: 1100,
      withEvent: true,
      retryMs: 0,
    },
    {
      name: "one event per connection of 4.9 s, retry: 0",
      liveMs: 4900,
      withEvent: true,
      retryMs: 0,
    },
  ])("$name", ({ liveMs, withEvent, retryMs }) => {
    for (const random of [() => 0, () => 1, chance()]) {
      const requests = anHourOf(liveMs, withEvent, retryMs, random);
      const lateOnes = requests.filter((at) => at >= hourMs - 600_000);
      expect(lateOnes.length / 10).toBeLessThanOrEqual(4);
      expect(requests.length).toBeLessThan(250);
    }
  });
});
