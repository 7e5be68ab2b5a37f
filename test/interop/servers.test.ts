// Our client at other people's servers.
import { createServer, type RequestListener } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Feed } from "@steadfeed/client";
import { createChannel, createSession } from "better-sse";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { afterEach, expect, test } from "vitest";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function feedAt(url: string): Feed {
  const feed = new Feed(url, { retry: { initialDelayMs: 50 } });
  closers.push(() => feed.close());
  return feed;
}

test("better-sse: its events, ids and JSON arrive", async () => {
  const channel = createChannel();
  const url = await listen(async (request, response) => {
    channel.register(await createSession(request, response));
  });
  const feed = feedAt(url);
  const ticks = feed.subscribe("tick");
  await feed.open();
  await expect.poll(() => channel.sessionCount).toBe(1);
  for (const n of [1, 2, 3]) channel.broadcast({ n }, "tick", { eventId: String(n) });
  for (const n of [1, 2, 3]) {
    expect((await ticks.next()).value).toEqual({
      type: "tick",
      data: JSON.stringify({ n }),
      lastEventId: String(n),
      id: String(n),
    });
  }
});

test("hono: a stream that ends is resumed after its last id", async () => {
  const app = new Hono().get("/", (context) =>
    streamSSE(context, async (stream) => {
      const from = Number(context.req.header("Last-Event-ID") ?? 0);
      for (const n of [from + 1, from + 2]) {
        await stream.writeSSE({ id: String(n), event: "tick", data: `a\nb ${n}` });
      }
    }),
  );
  const url = await listen(getRequestListener(app.fetch));
  const got: string[] = [];
  for await (const { data } of feedAt(url).subscribe("tick")) {
    got.push(data);
    if (got.length === 5) break;
  }
  expect(got).toEqual([1, 2, 3, 4, 5].map((n) => `a\nb ${n}`));
});
