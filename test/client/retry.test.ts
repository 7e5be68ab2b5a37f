import { FeedError, type Attempt, type RetryFunction } from "@steadfeed/client";
import { describe, expect, test, vi } from "vitest";
import { kindsOf, lastOf } from "../support/collect.ts";
import { fakeClock, listening, pass, settle, wired, type Serve } from "../support/wire.ts";

fakeClock();

const breaks: Serve = (request) => void request.reset();
const endsAtOnce: Serve = (request) => void request.answer().end();

/** The delays that a feed told, in order. */
const delays = (told: Awaited<ReturnType<typeof listening>>["told"]): number[] =>
  told.flatMap((status) => (status.kind === "waiting" ? [status.delayMs] : []));

describe("delays", () => {
  test("grow while attempts fail, up to maxDelayMs", async () => {
    const { told } = await listening(breaks, { retry: { initialDelayMs: 100, maxDelayMs: 1000 } });
    await pass(5000);
    expect(delays(told)).toEqual([100, 200, 400, 800, 1000, 1000, 1000, 1000]);
  });

  test("restart once a connection was stable for stableAfterMs", async () => {
    const { wire, told } = await listening((request, number) => {
      if (number < 3) request.reset();
      else request.answer();
    });
    await pass(1000 + 2000 + 5000);
    wire.last.end();
    await settle();
    expect(delays(told)).toEqual([1000, 2000, 1000]);
  });

  test("keep growing when a connection opens and ends at once", async () => {
    const { told } = await listening(endsAtOnce);
    await pass(7000);
    expect(delays(told)).toEqual([1000, 2000, 4000, 8000]);
  });

  test("follow the server's retry: from then on, within [250 ms, maxServerRetryMs]", async () => {
    const retries = ["0", "700", "99999999999999999999", "-1", "1e3"];
    const told = await Promise.all(
      retries.map(async (ms) => {
        const made = await listening(
          (request) => void request.answer().send(`retry: ${ms}\n\n`).end(),
          { retry: { initialDelayMs: 1000, maxServerRetryMs: 60_000 } },
        );
        return delays(made.told)[0];
      }),
    );
    expect(told).toEqual([250, 700, 60_000, 1000, 1000]);
  });

  test("after Retry-After last at least that long: seconds or a date", async () => {
    vi.setSystemTime("2026-01-01T00:00:00Z");
    const { wire, told } = await listening((request, number) => {
      const value = number === 1 ? "7" : "Thu, 01 Jan 2026 00:01:07 GMT";
      request.answer({ status: 503, headers: { "Retry-After": value } });
    });
    expect(delays(told)).toEqual([7000]);
    await pass(6999);
    expect(wire.requests).toHaveLength(1);
    await pass(1);
    expect(delays(told)).toEqual([7000, 60_000]);
  });

  test.each(["0", "1"])("are not shortened by Retry-After: %s", async (value) => {
    const { told } = await listening((request) =>
      request.answer({ status: 429, headers: { "Retry-After": value } }),
    );
    await pass(3000);
    expect(delays(told)).toEqual([1000, 2000, 4000]);
  });

  test("have jitter by default, so that a thousand clients do not return at once", async () => {
    const told = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const made = await listening(breaks, { retry: { jitter: "equal" } });
        return delays(made.told)[0]!;
      }),
    );
    expect(new Set(told).size).toBeGreaterThan(10);
    expect(Math.min(...told)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...told)).toBeLessThanOrEqual(1000);
  });
});

test("Retry-After is the minimum, and jitter is added: a thousand clients do not return at once", async () => {
  const told = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const made = await listening(
        (request) => void request.answer({ status: 503, headers: { "Retry-After": "7" } }),
        { retry: { jitter: "equal" } },
      );
      return delays(made.told)[0]!;
    }),
  );
  expect(new Set(told).size).toBeGreaterThan(10);
  expect(Math.min(...told)).toBeGreaterThanOrEqual(7000);
  expect(Math.max(...told)).toBeLessThanOrEqual(7500);
});

describe("never a storm: requests in an hour", () => {
  const hour = 3_600_000;
  const fewAMinute = 4 * 60;
  const storms: Record<string, Serve> = {
    "retry: 0 and an end at once": (request) => void request.answer().send("retry: 0\n\n").end(),
    "an end at once": endsAtOnce,
    "a reset at once": (request) => void request.answer().reset(),
    "one event each": (request, number) => void request.answer().events(number).end(),
    "retry: 0 and one event each": (request, number) =>
      void request.answer().send(`retry: 0\nid: ${number}\ndata: x\n\n`).end(),
    "no answer but a reset": breaks,
    "503 with Retry-After: 0": (request) =>
      void request.answer({ status: 503, headers: { "Retry-After": "0" } }),
    "one event, then an end after 200 ms": (request, number) => {
      request.answer().events(number);
      setTimeout(() => request.end(), 200);
    },
  };

  test.each(Object.keys(storms))("%s", async (name) => {
    const { wire, feed } = await listening(storms[name]);
    await pass(hour);
    expect(wire.requests.length).toBeLessThan(fewAMinute);
    expect(wire.requests.length).toBeGreaterThan(60);
    expect(wire.mostLive).toBe(1);
    feed.close();
    await pass(0);
  });
});

describe("giving up", () => {
  test("maxAttempts: that many retries in a row, then exhausted with the last error", async () => {
    const { feed, wire } = await listening(
      (request, number) => void request.reset(`read ERROR${number}`),
      { retry: { maxAttempts: 3 } },
    );
    await pass(60_000);
    expect(wire.requests).toHaveLength(4);
    const { reason, error } = await feed.closed;
    expect(reason).toBe("exhausted");
    expect((error as FeedError).message).toContain("ERROR4");
    expect(error).toMatchObject({ code: "network", attempt: 4 });
  });

  test("maxAttempts restarts after a healthy connection", async () => {
    const { feed, wire } = await listening(
      (request, number) => {
        if (number % 3 === 0) setTimeout(() => request.end(), 10_000);
        if (number % 3 === 0) request.answer();
        else request.reset();
      },
      { retry: { maxAttempts: 3 } },
    );
    await pass(200_000);
    expect(wire.requests.length).toBeGreaterThan(20);
    expect(feed.state).not.toBe("closed");
  });

  test("maxAttempts: 0 allows the first attempt only", async () => {
    const { feed, wire } = await listening(breaks, { retry: { maxAttempts: 0 } });
    await pass(60_000);
    expect(wire.requests).toHaveLength(1);
    expect(await feed.closed).toMatchObject({ reason: "exhausted" });
  });

  test("maxElapsedMs: no retry starts later than that after the first failure", async () => {
    const times: number[] = [];
    const { feed } = await listening(
      (request) => {
        times.push(performance.now());
        request.reset();
      },
      { retry: { maxElapsedMs: 10_000 } },
    );
    await pass(60_000);
    expect(times.map((at) => at - times[0]!)).toEqual([0, 1000, 3000, 7000]);
    expect(await feed.closed).toMatchObject({ reason: "exhausted", error: { code: "network" } });
  });

  test("maxElapsedMs counts only the time of failing: an hour of health uses up nothing", async () => {
    const { feed, wire } = await listening(
      (request, number) => {
        if (number === 1) request.answer();
        else request.reset();
      },
      { retry: { maxElapsedMs: 10_000 } },
    );
    await pass(3_600_000);
    wire.last.end();
    await pass(60_000);
    expect(await feed.closed).toMatchObject({ reason: "exhausted" });
    expect(wire.requests).toHaveLength(4);
  });

  test("a series of ends is exhausted too, and the error says so", async () => {
    const { feed } = await listening(endsAtOnce, { retry: { maxAttempts: 1 } });
    await pass(60_000);
    expect(await feed.closed).toMatchObject({ reason: "exhausted", error: { code: "ended" } });
  });
});

describe("a retry function", () => {
  test("receives the delay that the feed would use, Retry-After included", async () => {
    const retry = vi.fn<(error: unknown, context: { delayMs: number }) => number>(
      (_, { delayMs }) => delayMs,
    );
    const { told } = await listening(
      (request) => void request.answer({ status: 503, headers: { "Retry-After": "7" } }),
      { retry },
    );
    expect(retry.mock.calls[0]![1].delayMs).toBeGreaterThanOrEqual(7000);
    expect(delays(told)[0]).toBeGreaterThanOrEqual(7000);
  });

  test("receives the error and the feed's own delay, and its number is used", async () => {
    const retry = vi.fn<RetryFunction>(() => 40);
    const { wire, told } = await listening(
      (request, number) => (number === 2 ? request.answer().end() : request.reset()),
      { retry },
    );
    await pass(79);
    expect(wire.requests).toHaveLength(2);
    expect(delays(told)).toEqual([40, 40]);
    const [first, second] = retry.mock.calls;
    expect(first![0]).toMatchObject({ code: "network" });
    expect(first![1].attempt).toBe(1);
    expect(first![1].delayMs).toBeGreaterThanOrEqual(500);
    expect(second![0]).toBeUndefined();
    expect(second![1].attempt).toBe(2);
  });

  test("true uses the feed's own delay, even for an outcome that is normally fatal", async () => {
    const { feed, wire, told } = await listening(
      (request, number) => request.answer({ status: number === 1 ? 404 : 200 }),
      { retry: () => true },
    );
    expect(lastOf(told, "waiting").error).toMatchObject({ status: 404 });
    await pass(1000);
    expect(feed.state).toBe("open");
    expect(wire.requests).toHaveLength(2);
  });

  test("false closes the feed: failed after an error, ended after an end", async () => {
    const failed = await listening(breaks, { retry: () => false });
    expect(await failed.feed.closed).toMatchObject({
      reason: "failed",
      error: { code: "network" },
    });
    const ended = await listening(endsAtOnce, { retry: () => false });
    expect(await ended.feed.closed).toEqual({ reason: "ended", lastEventId: "" });
  });

  test("is not called after a 204, which is final", async () => {
    const retry = vi.fn<RetryFunction>(() => 0);
    const { feed } = await listening((request) => void request.answer({ status: 204 }), { retry });
    expect(await feed.closed).toMatchObject({ reason: "stopped" });
    expect(retry).not.toHaveBeenCalled();
  });

  test.each<[string, RetryFunction]>([
    [
      "throws",
      () => {
        throw new Error("mine");
      },
    ],
    ["gives NaN", () => Number.NaN],
    ["gives a negative number", () => -1],
    ["gives nothing", () => undefined as never],
  ])("that %s is reported as error, and the feed uses its own rules", async (_, retry) => {
    const { feed, told } = await listening(breaks, { retry });
    expect(feed.state).toBe("waiting");
    expect(lastOf(told, "error").error).toMatchObject({ code: "callback" });
    expect(delays(told)[0]).toBeGreaterThanOrEqual(500);
  });

  test("may close the feed, which is final", async () => {
    const { feed, told } = wired(breaks, {
      retry: () => {
        feed.close();
        return 0;
      },
    });
    feed.subscribe("message");
    await pass(1000);
    expect(kindsOf(told)).toEqual(["connecting", "closed"]);
  });
});

describe("retry: 'spec'", () => {
  test("waits the same time after every failure, without growth, and follows the server's time exactly", async () => {
    const { told } = await listening(
      (request, number) =>
        number < 4 ? request.reset() : request.answer().send("retry: 10\n\n").end(),
      { retry: "spec" },
    );
    await pass(9100);
    expect(delays(told).slice(0, 3)).toEqual([3000, 3000, 3000]);
    expect(new Set(delays(told).slice(3))).toEqual(new Set([250]));
  });

  test.each([408, 429, 500, 502, 503, 504])("a %i is final", async (status) => {
    const { feed } = await listening((request) => void request.answer({ status }), {
      retry: "spec",
    });
    expect(await feed.closed).toMatchObject({ reason: "failed", error: { status } });
  });

  test("a refused cursor is final: the standard has no second try", async () => {
    const { feed, wire } = await listening((request) => void request.answer({ status: 410 }), {
      retry: "spec",
      lastEventId: "7",
    });
    expect(await feed.closed).toMatchObject({ reason: "failed", error: { status: 410 } });
    expect(wire.requests).toHaveLength(1);
  });
});

describe("retry: false", () => {
  test.each<[string, Serve, object]>([
    ["an end", (request) => request.answer().events(1).end(), { reason: "ended" }],
    ["a break", breaks, { reason: "failed", error: { code: "network" } }],
    ["a 503", (request) => request.answer({ status: 503 }), { error: { status: 503 } }],
    ["a 204", (request) => request.answer({ status: 204 }), { reason: "stopped" }],
  ])("%s closes the feed, after one request", async (_, serve, end) => {
    const { feed, wire } = await listening(serve, { retry: false });
    await pass(60_000);
    expect(await feed.closed).toMatchObject(end);
    expect(wire.requests).toHaveLength(1);
  });
});

describe("attempts", () => {
  test("pass their facts to the functions that make the request", async () => {
    const attempts: Attempt[] = [];
    const { feed } = await listening(
      (request, number) => {
        if (number === 1) request.answer().events(7).reset();
        else if (number === 2) request.answer({ status: 401 });
        else request.answer();
      },
      {
        headers: (attempt) => {
          attempts.push(attempt);
          return {};
        },
        token: () => "t",
      },
    );
    await pass(1000);
    expect(feed.state).toBe("open");
    expect(
      attempts.map(({ number, reason, lastEventId, error }) => ({
        number,
        reason,
        lastEventId,
        code: error?.code,
      })),
    ).toEqual([
      { number: 1, reason: "start", lastEventId: "", code: undefined },
      { number: 2, reason: "retry", lastEventId: "7", code: "network" },
      { number: 2, reason: "unauthorized", lastEventId: "7", code: "status" },
    ]);
    expect(attempts[2]!.error).toMatchObject({ status: 401 });
    expect(attempts.map(({ signal }) => signal.aborted)).toEqual([false, false, false]);
    feed.close();
    // Not within close(): its listeners may call the feed.
    await Promise.resolve();
    expect(attempts[2]!.signal.aborted).toBe(true);
  });

  test("an aborted attempt aborts its signal, and a late answer opens nothing", async () => {
    let answer!: (url: string) => void;
    const asked = vi.fn<() => Promise<HeadersInit>>(
      () =>
        new Promise((resolve) => {
          answer = () => resolve({});
        }),
    );
    const { feed, wire } = wired(undefined, { headers: asked });
    feed.subscribe("message");
    await settle();
    feed.reconnect();
    await settle();
    expect(asked).toHaveBeenCalledTimes(2);
    feed.close();
    answer("late");
    await settle();
    expect(wire.requests).toHaveLength(0);
  });
});
