import { spawn } from "node:child_process";
import { once } from "node:events";
import { Client, Feed, type FeedOptions } from "@steadfeed/client";
import { EventSource } from "@steadfeed/client/eventsource";
import { SharedFeed } from "@steadfeed/client/shared";
import { SseServer } from "@steadfeed/client/testing/node";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { until } from "../support/collect.ts";
import { feedOf, transports } from "../support/feeds.ts";

async function listening(): Promise<SseServer> {
  const server = await SseServer.listen((script) => script.events(1));
  onTestFinished(() => server.close());
  return server;
}

describe("options are own properties: properties of Object.prototype do not count", () => {
  const names: string[] = [];
  const pollute = (name: string, value: unknown): void => {
    names.push(name);
    // oxlint-disable-next-line no-extend-native -- as an attacker would
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
  };
  const clean = (): void => {
    for (const name of names.splice(0)) Reflect.deleteProperty(Object.prototype, name);
  };
  afterEach(clean);
  const never = (): never => {
    throw new Error("an option that nobody gave");
  };

  test.each<[string, unknown]>([
    ["headers", { "X-Evil": "1" }],
    ["token", "evil"],
    ["body", "evil"],
    ["method", "DELETE"],
    ["credentials", "include"],
    ["lastEventId", "evil"],
    ["store", { get: never, set: never }],
    ["fetch", never],
    ["node", { proxy: "http://127.0.0.1:1" }],
    ["redirect", "error"],
    ["validate", () => false],
    ["retry", false],
    ["timeouts", { idleMs: 1 }],
    ["until", () => true],
    ["events", { message: never }],
    ["decode", "base64"],
    ["maxEventBytes", 1],
    ["hidden", "pause"],
    ["streamParam", "evil"],
    ["key", 7],
    ["proxy", "http://127.0.0.1:1"],
    ["tls", { rejectUnauthorized: true }],
    ["socketPath", "/nowhere"],
    ["dispatcher", { dispatch: never }],
    // Not `resume`: Node's own streams take what Object.prototype has of that name for a listener.
    ["lookup", never],
    ["onread", { buffer: new Uint8Array(1), callback: never }],
    ["lingerMs", -1],
    ["dedupe", 7],
    ["dispatchEmpty", 7],
    ["ref", 7],
    ["http2", 7],
    ["repeat", 7],
    ["maxAttempts", 0],
    ["idleMs", 1],
    ["filter", () => false],
    ["capacity", 0],
    ["overflow", "error"],
    ["contract", never],
    ["withCredentials", true],
  ])("%s", async (name, value) => {
    const server = await listening();
    const makers: (() => { close(): void })[] = [
      () => {
        const feed = new Feed(server.url, { retry: {}, timeouts: {}, node: {} });
        feed.subscribe("message", () => undefined);
        return feed;
      },
      () => {
        const feed = new Feed(server.url, {
          fetch: (url, init) => {
            // fetch itself asks for inherited members.
            expect(Object.getPrototypeOf(init)).toBeNull();
            clean();
            return fetch(url, init);
          },
        });
        feed.subscribe("message", () => undefined);
        return feed;
      },
      () => {
        const client = new Client(server.url);
        client.subscribe("prices", () => undefined);
        return client;
      },
      () => new EventSource(server.url),
      () => {
        const feed = new SharedFeed(server.url);
        feed.subscribe("message", () => undefined);
        return feed;
      },
    ];
    for (const [index, make] of makers.entries()) {
      pollute(name, value);
      const source = make();
      onTestFinished(() => source.close());
      await until(() => expect(server.requests.length).toBe(index + 1));
      clean();
    }
    for (const { method, headers, lastEventId, url } of server.requests) {
      expect([method, lastEventId]).toEqual(["GET", undefined]);
      expect([headers.get("X-Evil"), headers.get("Authorization")]).toEqual([null, null]);
      expect(url).not.toContain("evil");
    }
  });
});

test("nor does a signal there, which Node's sockets would obey", async () => {
  // The server is a process of its own: its sockets would obey it too.
  const source = `
    const answer = (_, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write("data: hello\\n\\n");
    };
    const server = require("node:http").createServer(answer);
    server.listen(0, "127.0.0.1", () => console.log(server.address().port));
  `;
  const child = spawn(process.execPath, ["-e", source]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  const value = AbortSignal.abort();
  // oxlint-disable-next-line no-extend-native -- as an attacker would
  Object.defineProperty(Object.prototype, "signal", { value, configurable: true, writable: true });
  onTestFinished(() => void Reflect.deleteProperty(Object.prototype, "signal"));
  const feed = feedOf(`http://127.0.0.1:${String(said).trim()}/`, {});
  const { data } = await feed.once("message");
  expect(data).toBe("hello");
});

describe("an unknown name is refused, with the nearest known one", () => {
  const url = "http://wire.test/";
  test.each<[string, object, RegExp]>([
    [
      "another library's",
      { reconnectDelay: 5 },
      /^Feed has no option reconnectDelay: did you mean retry\.initialDelayMs\?/,
    ],
    ["a letter", { header: {} }, /header: did you mean headers\?/],
    ["two letters", { hedaers: {} }, /hedaers: did you mean headers\?/],
    ["capitals", { lastEventID: "7" }, /did you mean lastEventId\?/],
    ["without its group", { initialDelayMs: 5 }, /did you mean retry\.initialDelayMs\?/],
    ["without its group", { idleMs: 5 }, /did you mean timeouts\.idleMs\?/],
    ["without its group", { proxy: "env" }, /did you mean node\.proxy\?/],
    ["a browser's", { withCredentials: true }, /did you mean credentials\?/],
    ["of a property that every object has", { constructor: 1, toString: 2 }, /no option/],
    [
      "in retry",
      { retry: { maxRetryAfter: 5 } },
      /^retry has no option maxRetryAfter: did you mean maxRetryAfterMs\?/,
    ],
    [
      "in timeouts",
      { timeouts: { idle: 5 } },
      /^timeouts has no option idle: did you mean idleMs\?/,
    ],
    ["in node", { node: { prxy: "env" } }, /^node has no option prxy: did you mean proxy\?/],
  ])("%s: %j", (_, options, message) => {
    expect(() => new Feed(url, options as FeedOptions)).toThrow(TypeError);
    expect(() => new Feed(url, options as FeedOptions)).toThrow(message);
  });

  test("of a Client and a SharedFeed, which have some options of their own", () => {
    expect(() => new Client(url, { streamparam: "s" } as never)).toThrow(
      /^Client has no option streamparam: did you mean streamParam\?/,
    );
    expect(() => new SharedFeed(url, { kee: "s" } as never)).toThrow(
      /^SharedFeed has no option kee: did you mean key\?/,
    );
    expect(() => new Client(url, { streamParam: "s" }).close()).not.toThrow();
  });

  test("undefined counts as left out", () => {
    const feed = new Feed(url, { whatever: undefined } as FeedOptions);
    feed.close();
    expect(feed.state).toBe("closed");
  });

  test("the standard's EventSource ignores unknown options", async () => {
    const server = await listening();
    const source = new EventSource(server.url, { whatever: 1, token: "evil" } as never);
    onTestFinished(() => source.close());
    await until(() => expect(server.requests.length).toBe(1));
    expect(server.last.headers.get("Authorization")).toBeNull();
  });
});

test("an option with a getter is read once", () => {
  const reads: string[] = [];
  const options = {
    get method() {
      reads.push("method");
      return "GET";
    },
    retry: {
      get initialDelayMs() {
        reads.push("initialDelayMs");
        return 5;
      },
    },
  };
  new Feed("http://wire.test/", options).close();
  expect(reads.toSorted()).toEqual(["initialDelayMs", "method"]);
});

describe("a token is the bare token", () => {
  test.each([["Bearer abc"], ["bearer abc"], ["BEARER\tabc"], [null], [7], [{}]])("%j", (token) => {
    expect(() => new Feed("http://wire.test/", { token } as never)).toThrow(TypeError);
    expect(() => new Feed("http://wire.test/", { token } as never)).toThrow(/^token must/);
  });

  test.each(transports)("also from a function, by %s", async (_, options) => {
    const server = await listening();
    for (const token of ["Bearer abc", null, 7]) {
      const feed = feedOf(server.url, { ...options, token: () => token as string });
      await expect(feed.open()).rejects.toMatchObject({
        code: "request",
        message: expect.stringContaining("token must") as string,
      });
      expect((await feed.closed).reason).toBe("failed");
    }
    expect(server.requests).toHaveLength(0);
  });

  test("a token that only resembles the word Bearer is accepted", async () => {
    const server = await listening();
    await feedOf(server.url, { token: "bearer-abc" }).open();
    expect(server.last.headers.get("Authorization")).toBe("Bearer bearer-abc");
  });
});
