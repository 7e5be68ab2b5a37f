import { FeedError, type Attempt } from "@steadfeed/client";
import { describe, expect, test, vi } from "vitest";
import { kindsOf, lastOf } from "../support/collect.ts";
import { fakeClock, listening, pass, settle, wired, type Serve } from "../support/wire.ts";

fakeClock();

/** Sends each path to the next; opens a stream where the way ends. */
const redirects =
  (way: Record<string, [status: number, location: string]>): Serve =>
  (request) => {
    const [status, location] = way[request.url] ?? [200, undefined];
    if (location === undefined) request.answer();
    else request.answer({ status, headers: { Location: location } });
  };

const start = "http://wire.test/events";

describe("redirects", () => {
  test.each([301, 302, 303, 307, 308])("%i is followed, relative or not", async (status) => {
    const { feed, wire } = await listening(
      redirects({
        [start]: [status, "/there?x=1"],
        "http://wire.test/there?x=1": [status, "http://wire.test/here"],
      }),
    );
    expect(feed.state).toBe("open");
    expect(wire.requests.map(({ url }) => url)).toEqual([
      start,
      "http://wire.test/there?x=1",
      "http://wire.test/here",
    ]);
    expect(wire.mostLive).toBe(1);
    expect(feed.stats.attempts).toBe(1);
  });

  test("the next attempt requests the first URL again, since its target may have changed", async () => {
    const { feed, wire } = await listening(redirects({ [start]: [307, "/there"] }));
    expect(feed.state).toBe("open");
    wire.last.end();
    await pass(1000);
    expect(wire.requests.map(({ url }) => new URL(url).pathname)).toEqual([
      "/events",
      "/there",
      "/events",
      "/there",
    ]);
  });

  test("within the origin, headers, token and cursor are sent along", async () => {
    const { wire } = await listening(redirects({ [start]: [302, "/there"] }), {
      headers: { "X-Mine": "1" },
      token: "secret",
      lastEventId: "7",
    });
    expect(Object.fromEntries(wire.last.headers)).toEqual({
      accept: "text/event-stream",
      authorization: "Bearer secret",
      "last-event-id": "7",
      "x-mine": "1",
    });
  });

  test.each([
    ["another host", "http://other.test/"],
    ["another port", "http://wire.test:8080/"],
    ["another scheme", "https://wire.test/events"],
  ])(
    "to %s, neither headers, token nor cursor are sent, and a gap is reported",
    async (_, location) => {
      const { feed, wire, told } = await listening(redirects({ [start]: [302, location] }), {
        headers: { "X-Mine": "1", Cookie: "session=1" },
        token: "secret",
        lastEventId: "7",
        dedupe: true,
      });
      expect(wire.last.url).toBe(location);
      expect(Object.fromEntries(wire.last.headers)).toEqual({ accept: "text/event-stream" });
      expect(kindsOf(told)).toEqual(["connecting", "gap", "open"]);
      expect(lastOf(told, "gap")).toMatchObject({ reason: "redirected", lastEventId: "7" });
      expect(lastOf(told, "open")).toMatchObject({ url: location, resumedFrom: "" });
      expect(feed.url).toBe(location);
      expect(feed.lastEventId).toBe("7");
    },
  );

  test("headers stay dropped when a redirect returns from another origin", async () => {
    const { wire } = await listening(
      redirects({ [start]: [302, "http://other.test/"], "http://other.test/": [302, `${start}2`] }),
      { token: "secret" },
    );
    expect(wire.last.url).toBe(`${start}2`);
    expect(wire.last.headers.has("Authorization")).toBe(false);
  });

  test.each([
    [303, "GET", undefined],
    [301, "GET", undefined],
    [302, "GET", undefined],
    [307, "POST", "question"],
    [308, "POST", "question"],
  ])("a POST continues after %i as %s", async (status, method, body) => {
    const { wire } = await listening(redirects({ [start]: [status, "/answer"] }), {
      method: "POST",
      body: "question",
      headers: { "Content-Type": "text/plain" },
    });
    expect(wire.last.method).toBe(method);
    expect(wire.last.body).toBe(body);
    expect(wire.last.headers.get("Content-Type")).toBe(body === undefined ? null : "text/plain");
  });

  test("20 are followed, and the 21st ends the feed", async () => {
    const twenty: Serve = (request, number) => {
      if (number === 21) request.answer();
      else request.answer({ status: 302, headers: { Location: `/${number}` } });
    };
    const { feed } = await listening(twenty);
    expect(feed.state).toBe("open");
    const loop = await listening(redirects({ [start]: [302, start] }));
    expect(loop.wire.requests).toHaveLength(21);
    expect(await loop.feed.closed).toMatchObject({
      reason: "failed",
      error: { code: "redirect", message: expect.stringContaining("20") },
    });
  });

  test.each([
    ["without a Location", {}],
    ["to an invalid URL", { Location: "http://[" }],
    ["to another protocol", { Location: "file:///etc/passwd" }],
    ["to a script", { Location: "javascript:alert(1)" }],
  ])("%s: the feed fails without calling validate", async (_, headers: Record<string, string>) => {
    const { feed, wire } = await listening((request) => request.answer({ status: 302, headers }), {
      validate: () => expect.unreachable(),
    });
    expect(await feed.closed).toMatchObject({
      reason: "failed",
      error: { code: "redirect", status: 302 },
    });
    expect(wire.requests).toHaveLength(1);
  });

  test("redirect: 'error' follows none", async () => {
    const { feed, wire } = await listening(redirects({ [start]: [302, "/there"] }), {
      redirect: "error",
    });
    expect(await feed.closed).toMatchObject({ reason: "failed", error: { code: "redirect" } });
    expect(wire.requests).toHaveLength(1);
  });

  test("a stream as body is not needed after a 303", async () => {
    const { feed, wire } = await listening(redirects({ [start]: [303, "/there"] }), {
      method: "POST",
      body: () => new ReadableStream(),
    });
    expect([feed.state, wire.last.method]).toEqual(["open", "GET"]);
  });

  test("a stream as body cannot be sent to a second URL", async () => {
    const { feed } = await listening(redirects({ [start]: [307, "/there"] }), {
      method: "POST",
      body: () => new ReadableStream(),
    });
    expect(await feed.closed).toMatchObject({ error: { code: "not-resumable" } });
  });
});

describe("a token", () => {
  test("from a function is requested once more after a 401, with the reason", async () => {
    const token = vi.fn<(attempt: Attempt) => string>(({ reason }) =>
      reason === "unauthorized" ? "new" : "old",
    );
    const { feed, wire } = await listening(
      (request) => {
        const fresh = request.headers.get("Authorization") === "Bearer new";
        if (fresh) request.answer();
        else request.answer({ status: 401 }).end();
      },
      { token, lastEventId: "7" },
    );
    expect(feed.state).toBe("open");
    expect(token).toHaveBeenCalledTimes(2);
    expect(wire.requests.map(({ lastEventId }) => lastEventId)).toEqual(["7", "7"]);
    expect(wire.mostLive).toBe(1);
  });

  test("that is refused twice ends the feed, so that no account gets locked", async () => {
    const { feed, wire } = await listening((request) => request.answer({ status: 401 }).end(), {
      token: () => "bad",
    });
    await pass(60_000);
    expect(await feed.closed).toMatchObject({ reason: "failed", error: { status: 401 } });
    expect(wire.requests).toHaveLength(2);
  });

  test("given as text is not sent again after a 401", async () => {
    const { feed, wire } = await listening((request) => request.answer({ status: 401 }).end(), {
      token: "bad",
    });
    expect(await feed.closed).toMatchObject({ error: { status: 401 } });
    expect(wire.requests).toHaveLength(1);
  });

  test("may be renewed again at the next attempt", async () => {
    let issued = 0;
    const { feed, wire } = await listening(
      (request, number) => {
        if (number % 2 === 1) request.answer({ status: 401 }).end();
        else request.answer();
      },
      { token: () => `t${++issued}` },
    );
    wire.last.end();
    await pass(1000);
    expect(feed.state).toBe("open");
    expect(wire.requests.map(({ headers }) => headers.get("Authorization"))).toEqual(
      [1, 2, 3, 4].map((each) => `Bearer t${each}`),
    );
  });
});

test("after a long sleep both token and cursor are stale: first a new token, then a request without the cursor", async () => {
  const { feed, wire, told } = await listening(
    (request) => {
      if (request.headers.get("Authorization") !== "Bearer new")
        request.answer({ status: 401 }).end();
      else if (request.lastEventId === undefined) request.answer();
      else request.answer({ status: 410 }).end();
    },
    { token: ({ reason }) => (reason === "start" ? "old" : "new"), lastEventId: "7" },
  );
  expect(feed.state).toBe("open");
  expect(wire.requests).toHaveLength(3);
  expect(kindsOf(told)).toEqual(["connecting", "gap", "open"]);
});

describe("functions of the attempt", () => {
  test("are called at each attempt", async () => {
    let round = 0;
    const { feed, wire } = wired((request) => request.reset(), {
      method: "POST",
      retry: { repeat: true },
      headers: () => ({ "X-Round": String(++round) }),
      body: async () => `body ${round}`,
    });
    feed.subscribe("message");
    await pass(3000);
    expect(wire.requests.map(({ headers, body }) => [headers.get("X-Round"), body])).toEqual([
      ["1", "body 1"],
      ["2", "body 2"],
      ["3", "body 3"],
    ]);
  });

  test.each(["headers", "token", "body"] as const)(
    "%s that throws fails the attempt, and the next attempt calls it again",
    async (name) => {
      let fails = true;
      const { feed, wire, told } = await listening((request) => request.answer(), {
        [name]: () => {
          if (fails) throw new Error("mine");
          return name === "headers" ? {} : "x";
        },
        method: "POST",
      });
      expect(lastOf(told, "waiting").error).toMatchObject({
        code: "callback",
        message: expect.stringContaining(name),
        cause: expect.objectContaining({ message: "mine" }),
      });
      expect(wire.requests).toHaveLength(0);
      fails = false;
      await pass(1000);
      expect(feed.state).toBe("open");
    },
  );

  test("a pending function does not keep a feed from closing", async () => {
    const never = (): Promise<string> => new Promise(() => undefined);
    const { feed, wire } = await listening(undefined, { token: never });
    expect(feed.state).toBe("connecting");
    feed.close();
    await settle();
    expect(await feed.closed).toMatchObject({ reason: "closed" });
    expect(wire.requests).toHaveLength(0);
  });

  test.each<[string, object]>([
    ["a header's name", { headers: () => ({ "no name": "x" }) }],
    ["a header's value", { headers: () => ({ "X-Mine": "a\nb" }) }],
    ["a token", { token: () => "a\nb" }],
  ])(
    "%s that no request can carry ends the feed, since retrying cannot help",
    async (_, options) => {
      const { feed, wire } = await listening(undefined, options);
      const { reason, error } = await feed.closed;
      expect(reason).toBe("failed");
      expect(error).toBeInstanceOf(FeedError);
      expect(error).toMatchObject({ code: "request" });
      expect(wire.requests).toHaveLength(0);
    },
  );

  test("a fetch that throws synchronously is a network error like any other", async () => {
    const { feed, told } = await listening(undefined, {
      fetch: () => {
        throw new TypeError("mine");
      },
    });
    expect(feed.state).toBe("waiting");
    expect(lastOf(told, "waiting").error).toMatchObject({ code: "network" });
  });

  test("a fetch that rejects with its own AbortError does not hang the feed", async () => {
    const { feed } = await listening(undefined, {
      fetch: async () => {
        throw new DOMException("theirs", "AbortError");
      },
    });
    expect(feed.state).toBe("waiting");
  });
});
