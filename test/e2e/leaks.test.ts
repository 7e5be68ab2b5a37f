// Closed objects are released: each test holds weak references only, and the objects that a user may still hold.
import { setTimeout as sleep } from "node:timers/promises";
import { queryObjects } from "node:v8";
import { Channel, Client, Feed, Subscription, type FeedEvent } from "@steadfeed/client";
import { SseServer } from "@steadfeed/client/testing/node";
import { settle, Wire } from "@steadfeed/client/testing";
import { Broker, memoryLog, type Session } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { describe, expect, onTestFinished, test } from "vitest";
import { until } from "../support/collect.ts";
import { collectGarbage } from "../support/gc.ts";
import { serve } from "../support/server.ts";

/** Those that are still held after a time in which they could be collected. */
async function held(made: Readonly<Record<string, WeakRef<object>>>): Promise<string[]> {
  const still = (): string[] =>
    Object.keys(made).filter((name) => made[name]!.deref() !== undefined);
  for (let tries = 0; tries < 50 && still().length > 0; tries++) {
    await sleep(50);
    collectGarbage();
  }
  return still();
}

const url = "http://wire.test/events";

describe("the client", () => {
  test("a closed feed can be collected, although its signal, its token and its channel live on", async () => {
    const wire = new Wire((request) => request.answer().events(1, 2));
    const signal = new AbortController();
    const work = new Channel<FeedEvent>();
    const make = async () => {
      const feed = new Feed(url, {
        fetch: wire.fetch,
        signal: signal.signal,
        token: () => "secret",
      });
      const callback = feed.subscribe("message", () => undefined);
      const iterator = feed.subscribe("*", { signal: signal.signal });
      const into = feed.subscribe("message", work);
      const told = feed.status();
      await iterator.next();
      feed.close();
      await feed.closed;
      const weak = { feed, callback, iterator, into, told };
      return Object.fromEntries(Object.entries(weak).map(([name, it]) => [name, new WeakRef(it)]));
    };
    const made = await make();
    wire.requests.length = 0;
    // What waits in a channel, and what its reader has in hand, knows where it came from.
    for (let n = 0; n < 3; n++) void work.receive();
    expect(await held(made)).toEqual([]);
    signal.abort();
  });

  test("a closed subscription can be collected, although its feed lives on", async () => {
    const wire = new Wire((request) => request.answer().events(1));
    const feed = new Feed(url, { fetch: wire.fetch });
    onTestFinished(() => feed.close());
    feed.subscribe("*", () => undefined);
    const make = async () => {
      const channel = new Channel<FeedEvent>();
      const callback = feed.subscribe("message", async () => undefined);
      const iterator = feed.subscribe("message");
      const into = feed.subscribe("message", channel);
      await iterator.next();
      callback.close();
      await iterator.return();
      into.close();
      await settle();
      const weak = { callback, iterator, into, channel };
      return Object.fromEntries(Object.entries(weak).map(([name, it]) => [name, new WeakRef(it)]));
    };
    expect(await held(await make())).toEqual([]);
    expect(feed.state).toBe("open");
  });

  test.each([
    ["refused", undefined],
    ["answered by 503", 503],
    ["ended", 200],
  ])("a feed whose attempts are %s keeps no old error", async (_, status) => {
    const server = await serve((_request, response) => {
      response.writeHead(status!, { "Content-Type": "text/event-stream" }).end();
    });
    if (status === undefined) await server.kill();
    const feed = new Feed(server.url, { retry: { initialDelayMs: 1, maxDelayMs: 1 } });
    onTestFinished(() => feed.close());
    const errors: WeakRef<Error>[] = [];
    feed.on("waiting", ({ error }) => void errors.push(new WeakRef(error)));
    feed.subscribe("*", () => undefined);
    await until(() => expect(errors.length).toBeGreaterThan(20));
    expect(await held(Object.fromEntries(errors.slice(0, 10).entries()))).toEqual([]);
  });

  test("a closed client can be collected with its feeds", async () => {
    const wire = new Wire((request) => request.answer().events(1));
    const make = async () => {
      const client = new Client(url, { fetch: wire.fetch });
      const feed = client.feed("a");
      await feed.once("message");
      client.close();
      await feed.closed;
      return { client: new WeakRef(client), feed: new WeakRef(feed) };
    };
    const made = await make();
    wire.requests.length = 0;
    expect(await held(made)).toEqual([]);
  });
});

describe("the server", () => {
  /** A broker, and one of its sessions that its reader has left. */
  async function left(broker: Broker) {
    // Nobody else is to hold it: it is killed below.
    const server = await serve(nodeHandler(broker), { atEnd: () => undefined });
    const sessions: WeakRef<Session>[] = [];
    const feed = new Feed(`${server.url}?stream=a`);
    await feed.open();
    // Not expect.poll, which keeps its subject until the test ends.
    await until(() => expect(broker.sessions().size).toBe(1));
    for (const session of broker.sessions()) sessions.push(new WeakRef(session));
    await broker.publish("a", "for one");
    feed.close();
    await until(() => expect(broker.sessions().size).toBe(0));
    await server.kill();
    return { session: sessions[0]!, feed: new WeakRef(feed) };
  }

  test("a session whose reader left can be collected, although the broker lives on", async () => {
    const broker = new Broker();
    onTestFinished(() => broker.close({ graceMs: 0 }));
    expect(await held(await left(broker))).toEqual([]);
    expect(broker.open).toBe(true);
  });

  test("a closed broker can be collected, although its log lives on", async () => {
    const log = memoryLog();
    const make = async () => {
      const broker = new Broker({ log });
      const reader = broker.subscribe("a");
      const made = await left(broker);
      await broker.close({ graceMs: 0 });
      return { ...made, broker: new WeakRef(broker), reader: new WeakRef(reader) };
    };
    expect(await held(await make())).toEqual([]);
    expect(log.read("", { to: ["stream:a"], limit: 9 })).toMatchObject({ events: [{}] });
  });
});

describe("a feed that reconnected a thousand times", () => {
  /** How many there are of the things that an attempt makes. */
  function alive(): Record<string, number> {
    collectGarbage();
    const kinds = { AbortController, Headers, Response, ReadableStream, Subscription, Feed };
    return Object.fromEntries(
      Object.entries(kinds).map(([name, kind]) => [name, queryObjects(kind, { format: "count" })]),
    );
  }

  /** Reconnects as soon as it is open, until it was open so often. */
  async function opens(feed: Feed, times: number): Promise<void> {
    let left = times;
    await new Promise<void>((resolve) => {
      const off = feed.on("open", () => {
        if (--left > 0) {
          setImmediate(() => feed.reconnect());
        } else {
          off();
          resolve();
        }
      });
      feed.reconnect();
    });
    await settle();
  }

  test.each([
    ["over undici", {}],
    ["over fetch", { fetch: globalThis.fetch }],
  ])("%s, has the same memory as after the first", { timeout: 180_000 }, async (_, options) => {
    const server = await SseServer.listen((script) => {
      script.events(1);
      server.requests.length = 0;
    });
    onTestFinished(() => server.close());
    const feed = new Feed(server.url, options);
    onTestFinished(() => feed.close());
    feed.subscribe("*", () => undefined);
    await opens(feed, 10);
    const first = alive();
    await opens(feed, 1000);
    const last = alive();
    const grown = Object.keys(first).filter((kind) => last[kind]! > first[kind]! + 20);
    expect({ grown, first, last }).toMatchObject({ grown: [] });
    expect(server.sockets).toBeLessThan(20);
    expect(feed.stats.opened).toBeGreaterThan(1000);
  });
});
