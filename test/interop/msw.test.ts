import { Feed } from "@steadfeed/client";
import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import { sse } from "msw/sse";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { take } from "../support/collect.ts";

// msw does not see undici's dispatch: a test that uses it gives its feeds the global fetch.
const server = setupServer();
beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

function feedOf(url: string): Feed {
  const feed = new Feed(url, { fetch: globalThis.fetch, retry: { initialDelayMs: 1 } });
  onTestFinished(() => feed.close());
  return feed;
}

test("a mocked stream reaches a feed, which resumes after a break", async () => {
  const cursors: (string | null)[] = [];
  server.use(
    http.get("https://mocked.test/events", ({ request }) => {
      const cursor = request.headers.get("Last-Event-ID");
      cursors.push(cursor);
      const from = Number(cursor ?? 0) + 1;
      return new HttpResponse(
        `id: ${from}\ndata: ${from}\n\nid: ${from + 1}\ndata: ${from + 1}\n\n`,
        {
          headers: { "Content-Type": "text/event-stream" },
        },
      );
    }),
  );
  const events = await take(feedOf("https://mocked.test/events").subscribe("message"), 4);
  expect(events.map(({ data }) => data)).toEqual(["1", "2", "3", "4"]);
  expect(cursors).toEqual([null, "2"]);
});

test("msw's own sse handlers reach a feed: the request looks like an EventSource's", async () => {
  // Node has none, and msw wants one to be there.
  vi.stubGlobal("EventSource", () => undefined);
  onTestFinished(() => void vi.unstubAllGlobals());
  server.use(
    sse<{ tick: string }>("https://mocked.test/ticks", ({ client }) => {
      client.send({ id: "7", event: "tick", data: "one" });
      client.send({ event: "tick", data: "two" });
    }),
  );
  const feed = feedOf("https://mocked.test/ticks");
  const events = await take(feed.subscribe("tick"), 2);
  expect(events).toMatchObject([
    { type: "tick", data: "one", id: "7" },
    { type: "tick", data: "two", lastEventId: "7" },
  ]);
});
