import { FeedError, type FeedOptions } from "@steadfeed/client";
import { SseServer, type Play } from "@steadfeed/client/testing/node";
import { describe, expect, onTestFinished, test } from "vitest";
import { rejection, statuses, until } from "../support/collect.ts";
import { feedOf, quick, transports } from "../support/feeds.ts";

async function serving(play: Play): Promise<SseServer> {
  const server = await SseServer.listen(play);
  onTestFinished(() => server.close());
  return server;
}

const answering = (status: number, headers: Record<string, string> = {}): Promise<SseServer> =>
  serving((script) => script.answer({ status, headers }).end());

const refusedBy = async (server: SseServer, options: FeedOptions): Promise<FeedError> =>
  (await rejection(feedOf(server.url, options).open())) as FeedError;

describe.each(transports)("by %s", (_, options) => {
  describe("a status", () => {
    test.each([500, 506, 508, 520, 521, 522, 523, 524, 527, 529, 530, 599, 408, 425, 429])(
      "%i is retried",
      async (status) => {
        const server = await serving((script, number) =>
          number === 1 ? script.answer({ status }).end() : script.events(1),
        );
        const feed = feedOf(server.url, { ...options, retry: quick });
        feed.subscribe("*", () => undefined);
        await until(() => expect(feed.state).toBe("open"));
      },
    );

    test.each([501, 505, 511, 525, 526, 400, 404, 418])("%i is fatal", async (status) => {
      const server = await answering(status);
      const feed = feedOf(server.url, { ...options, retry: quick });
      feed.open().catch(() => undefined);
      expect(await feed.closed).toMatchObject({ reason: "failed", error: { status } });
      expect(server.requests).toHaveLength(1);
    });
  });

  describe("Retry-After", () => {
    test.each([
      ["32.5", 33_000],
      ["0.2", 1000],
      ["7", 7000],
      ["7, 7", 7000],
      ["7, 8", undefined],
      ["999999999", 3_600_000],
      ["Sun, 06 Nov 1994 08:49:37 GMT", 0],
      ["Sunday, 06-Nov-94 08:49:37 GMT", 0],
      ["Sun Nov  6 08:49:37 1994", 0],
      ["Fri, 31 Dec 9999 23:59:59 GMT", 3_600_000],
      ["Fri, 31 Dec 9999 23:59:59 GMT, Fri, 31 Dec 9999 23:59:59 GMT", 3_600_000],
      ["Wed, 31 Feb 2099 00:00:00 GMT", undefined],
      ["Fri, 31 Dec 9999 23:59:59 +0000", undefined],
      ["31 Dec 9999", undefined],
      ["9999", 3_600_000],
      ["2099-01-01T00:00:00Z", undefined],
      ["-5", undefined],
      ["+5", undefined],
      ["1e3", undefined],
      ["5s", undefined],
      [".5", undefined],
      ["5.", undefined],
      ["soon", undefined],
    ])("%j", async (value, ms) => {
      const server = await answering(503, { "Retry-After": value });
      const feed = feedOf(server.url, { ...options, retry: { initialDelayMs: 0 } });
      const told = statuses(feed);
      feed.open().catch(() => undefined);
      await until(() => expect(told).toContainEqual(expect.objectContaining({ kind: "waiting" })));
      feed.close();
      const waiting = told.find(({ kind }) => kind === "waiting");
      // What was ignored, and what is past, leaves the feed's own delay.
      expect(waiting).toMatchObject({ delayMs: ms ?? 0 });
    });

    test("retry.maxRetryAfterMs is its upper limit", async () => {
      const server = await answering(429, { "Retry-After": "60" });
      const retry = { initialDelayMs: 0, maxRetryAfterMs: 5 };
      const feed = feedOf(server.url, { ...options, retry });
      feed.open().catch(() => undefined);
      await until(() => expect(server.requests.length).toBeGreaterThan(2));
    });
  });

  describe("Content-Type, read as by fetch", () => {
    test.each([
      'text/event-stream; profile="a, b/c"',
      'text/event-stream; profile="a\\", b/c"',
      "text/plain, text/event-stream",
      "text/event-stream, nonsense",
      "text/event-stream, */*",
      "Text/Event-Stream;charset=latin1",
    ])("%j is a stream", async (type) => {
      const server = await serving((script) =>
        script.answer({ headers: { "Content-Type": type } }),
      );
      expect(await feedOf(server.url, options).open()).toMatchObject({ status: 200 });
    });

    test.each([
      'text/html; profile="x, text/event-stream"',
      "text/event-stream, text/html",
      "text/event-stream x",
      "text/event-stream\u00a0",
      "text/event-stream-x",
    ])("%j is not a stream", async (type) => {
      const server = await answering(200, { "Content-Type": type });
      expect(await refusedBy(server, options)).toMatchObject({ code: "content-type" });
    });
  });

  describe("the body of a refusal", () => {
    const saying = (body: string, status = 400, type = "text/plain"): Promise<SseServer> =>
      serving((script) =>
        script
          .answer({ status, headers: { "Content-Type": type } })
          .send(body)
          .end(),
      );

    test("is in error.body, and in the message when it is short", async () => {
      const body = "Name a stream: ?stream=NAME";
      const error = await refusedBy(await saying(body), options);
      expect(error).toBeInstanceOf(FeedError);
      expect([error.status, error.body]).toEqual([400, body]);
      expect(error.message).toContain(body);
    });

    test("is one line of the message, whatever it contains", async () => {
      const error = await refusedBy(await saying("a\r\nb\u001b[31m\u2028c"), options);
      expect(error.message).toMatch(/: a b \[31m c\.$/);
    });

    test("in HTML, or a long one, is in error.body only", async () => {
      for (const body of ["<!doctype html><h1>No</h1>", "x".repeat(300)]) {
        const error = await refusedBy(await saying(body), options);
        expect(error.body).toBe(body);
        expect(error.message).not.toContain(body);
      }
    });

    test("of the wrong type is in it too", async () => {
      const body = '{"error":"model overloaded"}';
      const error = await refusedBy(await saying(body, 200, "application/json"), options);
      expect([error.code, error.body]).toEqual(["content-type", body]);
    });

    test("is read up to 64 KiB", async () => {
      const error = await refusedBy(await saying("x".repeat(100_000)), options);
      expect(error.body).toHaveLength(64 * 1024);
    });

    test("is read up to 64 KiB of its bytes, and ends with a whole character", async () => {
      const error = await refusedBy(await saying(`x${"é".repeat(50_000)}`), options);
      expect(error.body).toBe(`x${"é".repeat(32 * 1024 - 1)}`);
    });

    test("is undefined when it is empty", async () => {
      expect((await refusedBy(await answering(404), options)).body).toBeUndefined();
    });

    test("that never ends delays no retry by more than its limit", async () => {
      const server = await serving((script, number) =>
        number === 1 ? script.answer({ status: 503 }).send("because") : script.events(1),
      );
      const feed = feedOf(server.url, { ...options, retry: quick });
      const from = performance.now();
      expect(await rejection(feed.open())).toMatchObject({ status: 503, body: "because" });
      await until(() => expect(feed.state).toBe("open"));
      expect(performance.now() - from).toBeLessThan(4000);
    });
  });

  describe("validate", () => {
    test("may read the body, which refuses the stream", async () => {
      const server = await serving((script) => script.send("not today").end());
      let text = "";
      const error = await refusedBy(server, {
        ...options,
        validate: async (head) => {
          text = await head.text();
          return true;
        },
      });
      expect(text).toBe("not today");
      expect(error).toMatchObject({ code: "status", body: "not today" });
    });

    test("that does not read it leaves it to the feed", async () => {
      const server = await serving((script) => script.events(1));
      const feed = feedOf(server.url, { ...options, validate: ({ status }) => status === 200 });
      expect((await feed.once("message")).data).toBe("1");
    });
  });

  test.each([400, 409, 410, 412, 413, 414, 416, 431])(
    "%i to a cursor: one request without it, and a gap",
    async (status) => {
      const server = await serving((script) => {
        if (script.lastEventId === undefined) script.events(1);
        else script.answer({ status }).end();
      });
      const feed = feedOf(server.url, { ...options, lastEventId: "7" });
      const told = statuses(feed);
      await feed.open();
      expect(server.requests.map(({ lastEventId }) => lastEventId)).toEqual(["7", undefined]);
      expect(told).toContainEqual({ kind: "gap", reason: "refused", lastEventId: "7" });
    },
  );

  test("an id of 12 KB is sent", async () => {
    const id = "x".repeat(12 * 1024);
    const server = await serving((script) => script.events(1));
    await feedOf(server.url, { ...options, lastEventId: id }).open();
    expect(server.last.lastEventId).toBe(id);
  });
});
