import { createServer } from "node:net";
import { Feed, FeedError, type FeedOptions } from "@steadfeed/client";
import { describe, expect, onTestFinished, test } from "vitest";
import { kindsOf, lastOf, rejection, statuses, until } from "../support/collect.ts";
import { listen, openStream, serve } from "../support/server.ts";

const transports: [string, FeedOptions][] = [
  ["undici", {}],
  ["fetch", { fetch: globalThis.fetch }],
];

function feedOf(url: string, options: FeedOptions): Feed {
  const feed = new Feed(url, options);
  onTestFinished(() => feed.close());
  return feed;
}

test.each(["example.com/events", "/events", "ws://example.com/", "", "http://"])(
  "%j throws at once, and names the valid form",
  (url) => {
    expect(() => new Feed(url)).toThrow(TypeError);
    expect(() => new Feed(url)).toThrow(/URL/);
  },
);

test("a closed feed keeps no socket for later", async () => {
  const server = await serve((_request, response) => openStream(response).end());
  const feed = feedOf(server.url, { retry: { initialDelayMs: 60_000 } });
  feed.subscribe("message");
  await until(() => expect(feed.state).toBe("waiting"));
  expect(server.sockets.size).toBe(1);
  feed.close();
  // undici and Node close an idle connection after 4 and 5 s.
  await until(() => expect(server.sockets.size).toBe(0), 3000);
});

describe.each(transports)("%s", (_, options) => {
  test("a port without a listener: open() names it with the reason, and the feed keeps trying", async () => {
    const server = await serve(() => undefined);
    await server.kill();
    const feed = feedOf(server.url, { ...options, retry: { initialDelayMs: 20, jitter: "none" } });
    const told = statuses(feed);
    const error = (await rejection(feed.open())) as FeedError;
    expect(error).toBeInstanceOf(FeedError);
    expect(error).toMatchObject({ code: "network", url: server.url, attempt: 1 });
    expect(error.message).toMatch(/ECONNREFUSED/);
    expect(error.message).toContain(server.url);
    expect(error.cause).toBeInstanceOf(Error);
    expect(feed.state).toBe("waiting");
    expect(lastOf(told, "waiting")).toMatchObject({ delayMs: 20, error });
    await serve((_request, response) => void openStream(response).write("data: back\n\n"), {
      port: server.port,
    });
    expect(await feed.once("message")).toMatchObject({ data: "back" });
  });

  test("a host that does not exist", async () => {
    const feed = feedOf("http://nowhere.invalid/", options);
    expect(await rejection(feed.open())).toMatchObject({
      code: "network",
      message: expect.stringMatching(/nowhere\.invalid.*(ENOTFOUND|EAI_AGAIN)/),
    });
  });

  test("a page that is not an event stream", async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
      response.end("<h1>Log in</h1>");
    });
    const feed = feedOf(url, options);
    expect(await rejection(feed.open())).toMatchObject({
      code: "content-type",
      status: 200,
      message: expect.stringContaining("text/html"),
    });
    expect(feed.state).toBe("closed");
  });

  test("a URL that does not exist", async () => {
    const server = await serve((_request, response) => response.writeHead(404).end("no"));
    const feed = feedOf(server.url, options);
    const iterator = feed.subscribe("message");
    expect(await rejection(iterator.next())).toMatchObject({ code: "status", status: 404 });
    expect(await feed.closed).toMatchObject({ reason: "failed", error: { status: 404 } });
    expect(server.requests).toBe(1);
  });

  test("a stream that never ends a line is cut off at maxEventBytes, after the events before it", async () => {
    let stopped = false;
    const server = await serve((_request, response) => {
      openStream(response).write("id: 1\ndata: good\n\n");
      const chunk = "x".repeat(64 * 1024);
      const write = (): void => {
        while (!response.destroyed && response.write(chunk));
        if (!stopped) response.once("drain", write);
      };
      response.on("close", () => (stopped = true));
      write();
    });
    const feed = feedOf(server.url, { ...options, maxEventBytes: 1024 * 1024 });
    const data: string[] = [];
    feed.subscribe("message", (event) => void data.push(event.data));
    const { reason, error, lastEventId } = await feed.closed;
    expect(reason).toBe("failed");
    expect(error).toMatchObject({
      code: "too-large",
      message: expect.stringMatching(/1048576 bytes.*maxEventBytes/),
    });
    expect({ data, lastEventId }).toEqual({ data: ["good"], lastEventId: "1" });
    expect(feed.stats.bytes).toBeLessThan(3 * 1024 * 1024);
    await until(() => expect(stopped).toBe(true));
    expect(server.requests).toBe(1);
  });

  test("a server that does not speak HTTP", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined).end("SSH-2.0-OpenSSH_9.9\r\n");
    });
    const port = await listen(server);
    onTestFinished(() => void server.close());
    const feed = feedOf(`http://127.0.0.1:${port}/`, options);
    expect(await rejection(feed.open())).toMatchObject({ code: "network" });
    expect(feed.state).toBe("waiting");
  });

  test("an answer that never arrives is a timeout, if a limit is set", async () => {
    const { url } = await serve(() => undefined);
    const feed = feedOf(url, { ...options, timeouts: { headersMs: 50 } });
    expect(await rejection(feed.open())).toMatchObject({ code: "timeout" });
  });

  test("a half-open connection is dropped and replaced, if idleMs is set", async () => {
    const server = await serve((_request, response) => void openStream(response).write(":\n"));
    const feed = feedOf(server.url, {
      ...options,
      timeouts: { idleMs: 300 },
      retry: { initialDelayMs: 5 },
    });
    const told = statuses(feed);
    await feed.open();
    await until(() => expect(server.requests).toBeGreaterThan(2));
    expect(kindsOf(told).slice(0, 5)).toEqual([
      "connecting",
      "open",
      "waiting",
      "connecting",
      "open",
    ]);
    await until(() => expect(server.answering).toBeLessThanOrEqual(1));
  });
});
