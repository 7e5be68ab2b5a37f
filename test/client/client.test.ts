import { Channel, Client, type ClientOptions } from "@steadfeed/client";
import { describe, expect, test, vi } from "vitest";
import { take } from "../support/collect.ts";
import { closing, fakeClock, pass, settle, Wire, type Serve } from "../support/wire.ts";

fakeClock();

const opens: Serve = (request) => void request.answer();

function make(serve: Serve = opens, options: ClientOptions = {}, url = "http://wire.test/events") {
  const wire = new Wire(serve);
  const client = closing(new Client(url, { fetch: wire.fetch, ...options }));
  const urls = (): string[] => wire.requests.map((request) => request.url);
  return { wire, client, urls };
}

describe("the URL of a stream", () => {
  test.each([
    ["http://wire.test/events", "prices", "http://wire.test/events?stream=prices"],
    ["http://wire.test/events?a=1", "prices", "http://wire.test/events?a=1&stream=prices"],
    [
      "http://wire.test/?q=%7e",
      "a b&c=d/ü",
      "http://wire.test/?q=%7e&stream=a%20b%26c%3Dd%2F%C3%BC",
    ],
    ["http://wire.test/#part", "x", "http://wire.test/?stream=x#part"],
  ])("%s with %j is %s", async (url, stream, expected) => {
    const { client, urls } = make(opens, {}, url);
    client.subscribe(stream);
    await settle();
    expect(urls()).toEqual([expected]);
  });

  test("may use another parameter for the name", async () => {
    const { client, urls } = make(opens, { streamParam: "topic" });
    client.subscribe("prices");
    await settle();
    expect(urls()).toEqual(["http://wire.test/events?topic=prices"]);
  });

  test("subscribeRaw() adds nothing", async () => {
    const { client, urls } = make();
    client.subscribeRaw();
    await settle();
    expect(urls()).toEqual(["http://wire.test/events"]);
  });
});

test("all subscribers of a stream share one connection and one cursor; streams do not", async () => {
  const { client, wire } = make((request) => request.answer().events(request.url.at(-1)!));
  const a: string[] = [];
  client.subscribe("a", (event) => void a.push(`first ${event.data}`));
  client.subscribe("a", (event) => void a.push(`second ${event.data}`));
  client.subscribe("b", () => undefined);
  await settle();
  expect(wire.requests).toHaveLength(2);
  expect(a).toEqual(["first a", "second a"]);
  expect(client.feed("a")).toBe(client.feed("a"));
  expect(client.feed("a").lastEventId).toBe("a");
  expect(client.feed("b").lastEventId).toBe("b");
});

test("subscribes to every event type of a stream; its feed to one", async () => {
  const { client, wire } = make();
  const all: string[] = [];
  const ticks: string[] = [];
  client.subscribe("a", (event) => void all.push(event.type));
  client.feed("a").subscribe("tick", (event) => void ticks.push(event.type));
  await settle();
  wire.last.send("event: tick\ndata: 1\n\ndata: 2\n\n");
  await settle();
  expect(all).toEqual(["tick", "message"]);
  expect(ticks).toEqual(["tick"]);
});

test("delivers into an iterator, a callback or a channel", async () => {
  const { client } = make((request) => request.answer().events(1, 2));
  const channel = new Channel<{ data: string }>();
  const called: string[] = [];
  const iterator = client.subscribe("a");
  client.subscribe("a", (event) => void called.push(event.data));
  client.subscribe("a", channel);
  const raw = client.subscribeRaw();
  const events = await take(iterator, 2);
  expect(events.map(({ data }) => data)).toEqual(["1", "2"]);
  expect(called).toEqual(["1", "2"]);
  expect(channel.size).toBe(2);
  expect(await take(raw, 2)).toHaveLength(2);
});

test("a connection stays open for a second after the last subscriber left, so that switching views costs nothing", async () => {
  const { client, wire } = make();
  client.subscribe("a").close();
  const first = client.subscribe("a");
  await settle();
  first.close();
  await pass(900);
  const second = client.subscribe("a");
  await pass(5000);
  expect(wire.requests).toHaveLength(1);
  second.close();
  await pass(1000);
  expect(wire.live).toHaveLength(0);
});

test("a closed listener can subscribe again immediately", async () => {
  const { client, wire } = make((request, number) =>
    number === 1 ? request.answer({ status: 404 }) : request.answer().events(1),
  );
  const data: string[] = [];
  client.feed("prices").on("closed", () => {
    client.subscribe("prices", (event) => void data.push(event.data));
  });
  client.subscribe("prices", () => undefined);
  await settle();
  expect(wire.requests).toHaveLength(2);
  expect(data).toEqual(["1"]);
});

test("a closed feed is replaced by a new one", async () => {
  const { client, wire } = make((request, number) =>
    request.answer({ status: number === 1 ? 404 : 200 }),
  );
  const failed = client.feed("a");
  client.subscribe("a", () => undefined);
  expect(await failed.closed).toMatchObject({ reason: "failed" });
  await settle();
  client.subscribe("a", () => undefined);
  await settle();
  expect(client.feed("a")).not.toBe(failed);
  expect(client.feed("a").state).toBe("open");
  expect(wire.requests).toHaveLength(2);
});

describe("its end", () => {
  test("close() ends every feed, and no later subscription opens one", async () => {
    const { client, wire } = make();
    client.subscribe("a");
    client.subscribeRaw();
    await settle();
    expect(wire.live).toHaveLength(2);
    client.close();
    client.close();
    expect(wire.live).toHaveLength(0);
    expect(await client.subscribe("a").next()).toMatchObject({ done: true });
    expect(await client.subscribe("new").next()).toMatchObject({ done: true });
    await pass(5000);
    expect(wire.requests).toHaveLength(2);
  });

  test("drain() waits for slow consumers", async () => {
    const { client, wire } = make((request) => request.answer().events(1, 2));
    const iterator = client.subscribe("a");
    await settle();
    const drained = vi.fn<() => void>();
    void client.drain().then(drained);
    expect(wire.live).toHaveLength(0);
    await settle();
    expect(drained).not.toHaveBeenCalled();
    expect(await take(iterator, 3)).toHaveLength(2);
    await settle();
    expect(drained).toHaveBeenCalled();
    expect(await client.subscribe("b").next()).toMatchObject({ done: true });
  });

  test("await using closes it", async () => {
    const { client, wire } = make();
    client.subscribe("a");
    await settle();
    await client[Symbol.asyncDispose]();
    expect(wire.live).toHaveLength(0);
  });

  test("await using waits for the stores of all streams", async () => {
    const stored: string[] = [];
    const { client } = make((request) => request.answer().events(7), {
      store: (stream) => ({
        get: () => undefined,
        async set(id) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          stored.push(`${stream} ${id}`);
        },
      }),
    });
    for (const stream of ["a", "b"]) client.subscribe(stream, () => undefined);
    await settle();
    const disposed = client[Symbol.asyncDispose]().then(() => stored.length);
    await pass(100);
    expect(await disposed).toBe(2);
    expect(stored).toEqual(["a 7", "b 7"]);
  });

  test("its signal ends every feed", async () => {
    const controller = new AbortController();
    const { client, wire } = make(opens, { signal: controller.signal });
    client.subscribe("a");
    client.subscribe("b");
    await settle();
    controller.abort();
    expect(wire.live).toHaveLength(0);
  });
});

describe("misuse throws at once", () => {
  test("from the constructor: an invalid URL or option", () => {
    expect(() => new Client("nonsense")).toThrow(TypeError);
    expect(() => new Client("http://wire.test/", { lingerMs: -1 })).toThrow(/lingerMs/);
  });

  test.each([undefined, "", 7])("a stream called %j has no name", (stream) => {
    const { client } = make();
    expect(() => client.subscribe(stream as string)).toThrow(/name/);
  });
});

describe("cursors", () => {
  test("each stream resumes from its own, so that none skips events of another", async () => {
    const cursors: Readonly<Record<string, string>> = { prices: "7", news: "3" };
    const { client, wire } = make(opens, { lastEventId: (stream) => cursors[stream ?? ""] ?? "" });
    for (const stream of ["prices", "news", "sports"]) client.subscribe(stream);
    await settle();
    expect(wire.requests.map(({ lastEventId }) => lastEventId ?? "none")).toEqual([
      "7",
      "3",
      "none",
    ]);
  });

  test("one store for all streams is refused: they would overwrite each other's cursor", () => {
    const store = { get: () => "", set: () => undefined };
    expect(() => make(opens, { store: store as never })).toThrow(
      "each stream has a cursor of its own",
    );
  });
});
