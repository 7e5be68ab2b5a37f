import type { ServerResponse } from "node:http";
import type { Attempt } from "@steadfeed/client";
import { describe, expect, test } from "vitest";
import { lastOf, kindsOf, statuses, until } from "../../support/collect.ts";
import { feedOf, quick, transports } from "../../support/feeds.ts";
import { openStream, serve, type TestServer } from "../../support/server.ts";

const later = [408, 425, 429, 500, 502, 503, 504];

/** Answers the first request by a function, and opens a stream for all behind it. */
function firstAnswers(answer: (response: ServerResponse) => void): Promise<TestServer> {
  let first = true;
  return serve((_request, response) => {
    if (first) answer(response);
    else openStream(response).write("data: open\n\n");
    first = false;
  });
}

describe.each(transports)("%s", (_, options) => {
  test.each(["text/event-stream", "TEXT/Event-Stream;charset=UTF-8", "text/event-stream ; x=y"])(
    "200 with %s opens",
    async (type) => {
      const { url } = await serve((_request, response) => {
        response.writeHead(200, { "Content-Type": type }).write("data: 1\n\n");
      });
      expect((await feedOf(url, options).once("message")).data).toBe("1");
    },
  );

  test.each(later)("%i: retried, and then it opens", async (status) => {
    const server = await firstAnswers((response) => response.writeHead(status).end("later"));
    const feed = feedOf(server.url, { ...options, retry: quick });
    const told = statuses(feed);
    expect((await feed.once("message")).data).toBe("open");
    expect(server.requests).toBe(2);
    expect(lastOf(told, "waiting").error).toMatchObject({ code: "status", status });
  });

  test.each(later)("%i is fatal by the standard", async (status) => {
    const server = await firstAnswers((response) => response.writeHead(status).end());
    const feed = feedOf(server.url, { ...options, retry: "spec" });
    feed.subscribe("message");
    expect(await feed.closed).toMatchObject({ reason: "failed", error: { status } });
  });

  test.each([201, 205, 206, 400, 401, 403, 404, 405, 406, 409, 410, 418, 501, 505])(
    "%i is fatal: one request, and the feed names the status",
    async (status) => {
      const server = await serve((_request, response) => response.writeHead(status).end());
      const feed = feedOf(server.url, { ...options, retry: quick });
      feed.subscribe("message");
      expect(await feed.closed).toMatchObject({
        reason: "failed",
        error: { code: "status", status, url: server.url },
      });
      expect(server.requests).toBe(1);
    },
  );

  test.each([{}, { retry: "spec" }, { retry: false }] as const)(
    "204 ends the feed without an error: %j",
    async (mode) => {
      const server = await serve((_request, response) => response.writeHead(204).end());
      const feed = feedOf(server.url, { ...options, ...mode });
      const { done } = await feed.subscribe("message").next();
      expect(done).toBe(true);
      expect(await feed.closed).toEqual({ reason: "stopped", lastEventId: "" });
      expect(server.requests).toBe(1);
    },
  );

  test.each([400, 409, 410, 412, 416])(
    "%i to a cursor: one request without it, and a gap is reported",
    async (status) => {
      const cursors: unknown[] = [];
      const { url } = await serve(({ headers }, response) => {
        cursors.push(headers["last-event-id"]);
        if (headers["last-event-id"] === undefined) openStream(response).write("data: 1\n\n");
        else response.writeHead(status).end();
      });
      const feed = feedOf(url, { ...options, lastEventId: "old" });
      const told = statuses(feed);
      await feed.once("message");
      expect(cursors).toEqual(["old", undefined]);
      expect(kindsOf(told).slice(0, 3)).toEqual(["connecting", "gap", "open"]);
      expect(lastOf(told, "gap")).toMatchObject({ reason: "refused", lastEventId: "old" });
    },
  );

  test("401: a token function is called once more, at once, and a second 401 is fatal", async () => {
    let valid = "new";
    const tokens: unknown[] = [];
    const server = await serve(({ headers }, response) => {
      tokens.push(headers.authorization);
      if (headers.authorization === `Bearer ${valid}`) openStream(response).write("data: 1\n\n");
      else response.writeHead(401).end();
    });
    const token = ({ reason }: Attempt): string => (reason === "unauthorized" ? "new" : "old");
    const feed = feedOf(server.url, { ...options, token, retry: { initialDelayMs: 60_000 } });
    expect((await feed.once("message")).data).toBe("1");
    valid = "none";
    const other = feedOf(server.url, { ...options, token });
    other.subscribe("message");
    expect(await other.closed).toMatchObject({ reason: "failed", error: { status: 401 } });
    const both = ["Bearer old", "Bearer new"];
    expect(tokens).toEqual([...both, ...both]);
  });

  test.each([
    ["seconds", () => "1", 1000],
    ["a date", () => new Date(Date.now() + 2000).toUTCString(), 900],
  ])("Retry-After as %s is waited for, and no longer", async (_form, value, leastMs) => {
    let refusedAt = 0;
    const server = await firstAnswers((response) => {
      refusedAt = performance.now();
      response.writeHead(503, { "Retry-After": value() }).end();
    });
    const feed = feedOf(server.url, { ...options, retry: quick });
    const told = statuses(feed);
    await feed.once("message");
    const { delayMs } = lastOf(told, "waiting");
    expect(delayMs).toBeGreaterThanOrEqual(leastMs);
    expect(delayMs).toBeLessThanOrEqual(2000);
    expect(performance.now() - refusedAt).toBeGreaterThanOrEqual(leastMs);
  });

  test("Retry-After of a day lasts a day, without a timer overflow", async () => {
    const server = await serve((_request, response) =>
      response.writeHead(429, { "Retry-After": "86400" }).end(),
    );
    const retry = { ...quick, maxRetryAfterMs: 86_400_000 };
    const feed = feedOf(server.url, { ...options, retry });
    const told = statuses(feed);
    feed.subscribe("message");
    await until(() => expect(feed.state).toBe("waiting"));
    const { delayMs } = lastOf(told, "waiting");
    expect(delayMs).toBeGreaterThanOrEqual(86_400_000);
    expect(delayMs).toBeLessThanOrEqual(86_400_000 + quick.maxDelayMs);
  });
});
