import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Feed } from "@steadfeed/client";
import { EventSource } from "@steadfeed/client/eventsource";
import { describe, expect, onTestFinished, test } from "vitest";
import { feedOf, quick, transports } from "../support/feeds.ts";
import { playing, reports } from "../support/play.ts";

const end = "id: 3\nevent: steadfeed.end\n\n";

describe.each(transports)("a stream that marks its end, by %s", (_, options) => {
  test("closes the feed as ended and complete after the last event, without another request", async () => {
    const server = await playing((script) => script.events(1, 2).send(end).end());
    const feed = feedOf(server.url, { ...options, retry: quick });
    const got: string[] = [];
    feed.subscribe("*", ({ data }) => void got.push(data));
    expect(await feed.closed).toEqual({ reason: "ended", complete: true, lastEventId: "3" });
    expect(got).toHaveLength(2);
    expect(feed.stats.attempts).toBe(1);
  });

  test("an iterator gets every event before it is done", async () => {
    const server = await playing((script) => script.events(1, 2).send(end).end());
    const feed = feedOf(server.url, { ...options, retry: quick });
    const got: string[] = [];
    for await (const { lastEventId } of feed.subscribe("*")) got.push(lastEventId);
    expect(got).toEqual(["1", "2"]);
  });

  test("needs no final chunk: a stream that marked its end is complete, however the connection closes", async () => {
    const server = await playing((script) => script.events(1).send(end).reset());
    const feed = feedOf(server.url, { ...options, retry: false });
    feed.subscribe("*", () => undefined);
    expect(await feed.closed).toMatchObject({ reason: "ended", complete: true });
  });

  test.each([
    "event: steadfeed.end\nid: 3\n\n",
    "event:steadfeed.end\r\nid:3\r\n\r\n",
    "retry: 50\nevent: steadfeed.end\rid: 3\r\r",
  ])("in any field order and with any line ends, cut anywhere: %j", async (text) => {
    for (let cut = 1; cut < text.length; cut += 5) {
      const server = await playing((script) =>
        script.events(1).send(text.slice(0, cut)).delay(3).send(text.slice(cut)).stall(),
      );
      const feed = feedOf(server.url, { ...options, retry: quick });
      feed.subscribe("*", () => undefined);
      const { lastEventId, ...info } = await feed.closed;
      expect([info, lastEventId], `cut at ${cut}`).toEqual([
        { reason: "ended", complete: true },
        // A CR that may be the first half of a CRLF completes the block with the next byte at the latest.
        "3",
      ]);
    }
  });

  test.each([
    "data: event: steadfeed.end\nid: 2\n\n",
    "data: a\u2028event: steadfeed.end\nid: 2\n\n",
    "id: 2\nevent: steadfeed.ending\ndata: x\n\n",
    "id: 2\nevents: steadfeed.end\ndata: x\n\n",
    ": event: steadfeed.end\nid: 2\ndata: x\n\n",
  ])("is not recognized in anything else: %j", async (text) => {
    const server = await playing((script) => script.events(1).send(text).stall());
    const feed = feedOf(server.url, { ...options, retry: quick });
    const waits = reports(feed, "closed");
    const events = feed.subscribe("*");
    await events.next();
    expect((await events.next()).value).toMatchObject({ lastEventId: "2" });
    expect(waits).toEqual([]);
  });
});

test("a feed in 'spec' mode ignores the mark, requests again, and stops at the 204", async () => {
  const cursors: (string | undefined)[] = [];
  const server = await playing((script) => {
    cursors.push(script.lastEventId);
    if (script.lastEventId === "3") script.answer({ status: 204 }).end();
    else script.send("retry: 5\n\n").events(1, 2).send(end).end();
  });
  const feed = feedOf(server.url, { retry: "spec" });
  const got: string[] = [];
  feed.subscribe("*", ({ lastEventId }) => void got.push(lastEventId));
  expect(await feed.closed).toMatchObject({ reason: "stopped", lastEventId: "3" });
  expect(got).toEqual(["1", "2"]);
  expect(cursors.slice(1)).toEqual(["3"]);
});

test("an EventSource dispatches no end, requests again with its id, and closes at the 204", async () => {
  const cursors: unknown[] = [];
  const server = createServer((request, response) => {
    cursors.push(request.headers["last-event-id"]);
    const over = request.headers["last-event-id"] === "3";
    response.writeHead(over ? 204 : 200, { "Content-Type": "text/event-stream" });
    response.end(over ? "" : `retry: 5\n\nid: 1\ndata: a\n\n${end}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const source = new EventSource(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  onTestFinished(() => {
    source.close();
    server.close();
    server.closeAllConnections();
  });
  const seen: string[] = [];
  for (const type of ["message", "steadfeed.end"]) {
    source.addEventListener(type, ({ lastEventId }) => void seen.push(`${type} ${lastEventId}`));
  }
  await new Promise<void>((resolve) => {
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) resolve();
    });
  });
  expect(seen).toEqual(["message 1"]);
  expect(cursors).toEqual([undefined, "3"]);
});

test("a store gets the end's id, so that a new feed from it gets the 204", async () => {
  const server = await playing((script) => {
    if (script.lastEventId === "3") script.answer({ status: 204 }).end();
    else script.events(1, 2).send(end).end();
  });
  const kept: string[] = [];
  const store = { get: () => kept.at(-1) ?? "", set: (id: string) => void kept.push(id) };
  const first = new Feed(server.url, { store });
  first.subscribe("*", () => undefined);
  await first.closed;
  expect(kept.at(-1)).toBe("3");
  const second = feedOf(server.url, { store });
  second.subscribe("*", () => undefined);
  expect(await second.closed).toMatchObject({ reason: "stopped" });
});
