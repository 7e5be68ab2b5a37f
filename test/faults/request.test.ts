import { Feed, type FeedError, type FeedOptions } from "@steadfeed/client";
import { SseServer, type Play } from "@steadfeed/client/testing/node";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { rejection, until } from "../support/collect.ts";
import { feedOf, quick, transports } from "../support/feeds.ts";
import { ownPort } from "../support/port.ts";

async function serving(play: Play = (script) => script.events(1)): Promise<SseServer> {
  const server = await SseServer.listen(play, { port: await ownPort() });
  onTestFinished(() => server.close());
  return server;
}

describe.each(transports)("by %s", (_, options) => {
  const failureOf = async (given: FeedOptions): Promise<FeedError> => {
    const server = await serving();
    const feed = feedOf(server.url, { ...options, retry: quick, ...given });
    const error = (await rejection(feed.open())) as FeedError;
    expect(await feed.closed).toMatchObject({ reason: "failed", error });
    expect(server.requests).toHaveLength(0);
    return error;
  };

  describe("an impossible request is fatal, and the message names the fix", () => {
    test.each(["Keep-Alive", "Transfer-Encoding", "Upgrade", "Expect", "TE", "Proxy-Connection"])(
      "the header %s",
      async (name) => {
        const error = await failureOf({ headers: { [name]: "1" } });
        expect(error.code).toBe("request");
        expect(error.message.toLowerCase()).toContain(`the header ${name.toLowerCase()}`);
      },
    );

    test("headers as a single string", async () => {
      const error = await failureOf({ headers: "Authorization: x" as never });
      expect(error).toMatchObject({ code: "request" });
      expect(error.message).toMatch(/Authorization.*not a string/);
    });

    test("a value that no header can have, which stays secret", async () => {
      const error = await failureOf({ headers: { "X-A": "1", "X-Key": "secret\nmore" } });
      expect(error).toMatchObject({ code: "request" });
      expect(error.message).toMatch(/X-Key .*"\\n", at place 6/);
      expect(error.message).not.toContain("secret");
    });

    test("a name that no header can have", async () => {
      const error = await failureOf({ headers: { "X A": "1" } });
      expect(error.message).toContain('"X A" is not the name of a header');
    });

    test("an Accept from a function that excludes streams", async () => {
      const error = await failureOf({ headers: () => ({ Accept: "application/json" }) });
      expect(error).toMatchObject({ code: "request" });
      expect(error.message).toContain("text/event-stream");
    });
  });

  test("a Connection or Content-Length header is harmless", async () => {
    const server = await serving();
    const headers = { Connection: "keep-alive", "Content-Length": "7" };
    await feedOf(server.url, { ...options, headers }).open();
    expect(server.requests).toHaveLength(1);
  });

  test.each(["application/json, text/event-stream", "*/*", "text/*"])(
    "the user's Accept %j is sent",
    async (accept) => {
      const server = await serving();
      await feedOf(server.url, { ...options, headers: { Accept: accept } }).open();
      expect(server.last.headers.get("Accept")).toBe(accept);
    },
  );

  describe("a POST", () => {
    const post: FeedOptions = { ...options, method: "POST", body: "question" };

    test.each<[string, FeedOptions["retry"]]>([
      ["without options", undefined],
      ["with delays of its own", quick],
      ["with a retry function", () => 5],
      ["by the standard's rules", "spec"],
    ])("%s is sent once: an end in order closes the feed", async (_name, retry) => {
      const server = await serving((script) => script.events(1).end());
      const feed = feedOf(server.url, { ...post, retry });
      feed.subscribe("*", () => undefined);
      expect(await feed.closed).toMatchObject({ reason: "ended" });
      await sleep(50);
      expect(server.requests).toHaveLength(1);
    });

    test.each<[string, Play]>([
      ["a reset", (script) => script.events(1).delay(20).reset()],
      ["a 503", (script) => script.answer({ status: 503 }).end()],
      ["a 400 to a cursor", (script) => script.answer({ status: 400 }).end()],
    ])("is sent once: %s fails it", async (_name, play) => {
      const server = await serving(play);
      const feed = feedOf(server.url, { ...post, retry: quick, lastEventId: "7" });
      feed.subscribe("*", () => undefined);
      expect(await feed.closed).toMatchObject({ reason: "failed" });
      await sleep(50);
      expect(server.requests).toHaveLength(1);
    });

    test("that never reached the server is retried", async () => {
      const server = await serving((script) => script.events(1).end());
      await server.kill();
      const feed = feedOf(server.url, { ...post, retry: quick });
      expect(await rejection(feed.open())).toMatchObject({ code: "network" });
      await server.restart();
      expect(await feed.closed).toMatchObject({ reason: "ended" });
      expect(server.requests).toHaveLength(1);
    });

    test("with repeat is retried", async () => {
      const server = await serving((script) => script.events(1).end());
      const feed = feedOf(server.url, { ...post, retry: { ...quick, repeat: true } });
      feed.subscribe("*", () => undefined);
      await until(() => expect(server.requests.length).toBeGreaterThan(2));
    });
  });

  test("a HEAD and a GET repeat automatically", async () => {
    const server = await serving((script) => script.events(1).end());
    feedOf(server.url, { ...options, method: "get", retry: quick }).subscribe("*", () => undefined);
    await until(() => expect(server.requests.length).toBeGreaterThan(2));
  });
});

test("an Accept that excludes streams is a TypeError", () => {
  for (const accept of [
    "application/json",
    "text/event-stream;q=0",
    "text/event-stream;q=0, */*",
  ]) {
    const headers = { accept };
    expect(() => new Feed("http://wire.test/", { headers })).toThrow(TypeError);
    expect(() => new Feed("http://wire.test/", { headers })).toThrow(/text\/event-stream/);
  }
});

test.each(["CONNECT", "trace", "TRACK"])("the method %s is a TypeError, as in fetch", (method) => {
  expect(() => new Feed("http://wire.test/", { method })).toThrow(TypeError);
});

describe("the message names likely causes", () => {
  test("https to a port that speaks http", async () => {
    const server = await serving();
    const feed = feedOf(server.url.replace("http:", "https:"), { retry: quick });
    expect(((await rejection(feed.open())) as FeedError).message).toMatch(/does not speak TLS/);
  });

  test.each(["Failed to fetch", "NetworkError when attempting to fetch resource.", "Load failed"])(
    "a browser's %j",
    async (words) => {
      const fetch = (): Promise<Response> => Promise.reject(new TypeError(words));
      const feed = feedOf("http://wire.test/", { fetch });
      const { code, message } = (await rejection(feed.open())) as FeedError;
      expect(code).toBe("network");
      for (const cause of ["CORS", "Last-Event-ID", "Content-Security-Policy", "mixed content"])
        expect(message).toContain(cause);
    },
  );
});
