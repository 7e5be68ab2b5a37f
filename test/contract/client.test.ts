import { Client, Feed, type StatusOf } from "@steadfeed/client";
import { SharedFeed } from "@steadfeed/client/shared";
import { defineStream, defineStreams, typed } from "@steadfeed/contract";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { type } from "arktype";
import { describe, expect, expectTypeOf, onTestFinished, test } from "vitest";
import { z } from "zod";
import { listen } from "../server/servers.ts";

const prices = defineStream({
  tick: z.object({ symbol: z.string(), eur: z.number() }),
  halted: z.object({ why: z.string() }),
});
const news = defineStream({
  message: type({ title: "string" }),
  at: z.iso.datetime().transform((text) => new Date(text)),
  raw: typed<string>(),
});
const api = defineStreams({ prices, news });

async function both() {
  const broker = new Broker({ streams: api });
  const url = await listen(nodeHandler(broker));
  onTestFinished(() => broker.close());
  return { broker, url };
}

async function client() {
  const { broker, url } = await both();
  const made = new Client(url, { streams: api });
  onTestFinished(() => made.close());
  await Promise.all([made.feed("prices").open(), made.feed("news").open()]);
  return { broker, client: made };
}

describe("a client with the contract of its streams", () => {
  test("gives each event of a type its data, decoded and typed, to every subscriber", async () => {
    const { broker, client: reader } = await client();
    const called: number[] = [];
    reader.subscribe("prices", "tick", (event) => {
      expectTypeOf(event.data).toEqualTypeOf<{ symbol: string; eur: number }>();
      called.push(event.data.eur);
    });
    const filtered = reader.subscribe("prices", "tick", { filter: ({ data }) => data.eur > 1 });
    const two = reader.subscribe("prices", ["tick", "halted"]);
    const all = reader.subscribe("prices", "*");
    const iterated = reader.feed("news").subscribe("at");
    await broker.publish("prices", { type: "tick", data: { symbol: "A", eur: 1 } });
    await broker.publish("prices", { type: "halted", data: { why: "noon" } });
    await broker.publish("prices", { type: "tick", data: { symbol: "A", eur: 2 } });
    await broker.publish("news", { type: "at", data: "2026-01-01T00:00:00Z" });

    expect((await filtered.next()).value?.data).toEqual({ symbol: "A", eur: 2 });
    expect((await two.next()).value?.type).toBe("tick");
    expect((await two.next()).value?.data).toEqual({ why: "noon" });
    const first = (await all.next()).value;
    expect(first?.type === "tick" && first.data.eur).toBe(1);
    const day = (await iterated.next()).value;
    expectTypeOf(day).toEqualTypeOf<
      | {
          readonly type: "at";
          readonly data: Date;
          readonly lastEventId: string;
          readonly id?: string;
        }
      | undefined
    >();
    expect(day?.data.getUTCFullYear()).toBe(2026);
    expect(called).toEqual([1, 2]);
  });

  test("takes all events of a stream by its name, as a client without a contract does", async () => {
    const { broker, client: reader } = await client();
    const events = reader.subscribe("news");
    const called: string[] = [];
    reader.subscribe("news", (event) => void called.push(event.type));
    await broker.publish("news", { data: { title: "rain" } });
    await broker.publish("news", { type: "raw", data: "a\nb" });
    expect((await events.next()).value).toMatchObject({ type: "message", data: { title: "rain" } });
    expect((await events.next()).value).toMatchObject({ type: "raw", data: "a\nb" });
    expect(called).toEqual(["message", "raw"]);
  });

  test("refuses a stream that is not in it, and an events option next to it", async () => {
    const { client: reader } = await client();
    const untyped: object = reader;
    const message = "The contract has no stream pricez: it has prices, news.";
    expect(() => (untyped as Client).subscribe("pricez")).toThrow(message);
    expect(() => (untyped as Client).feed("constructor")).toThrow(TypeError);
    expect(() => new Client("http://localhost/", { streams: api, events: {} })).toThrow(
      "streams and events exclude each other.",
    );
    expect(() =>
      new Client("http://localhost/", { streams: { news: 7 } as never }).feed("news" as never),
    ).toThrow("events must be an object");
  });
});

test("one key of a contract covers many streams", async () => {
  const streams = defineStreams({
    ...api,
    "room:{id}": defineStream({ said: z.object({ text: z.string() }) }),
  });
  const broker = new Broker({ streams });
  const reader = new Client(await listen(nodeHandler(broker)), { streams });
  onTestFinished(() => reader.close());
  await Promise.all([reader.feed("room:7").open(), reader.feed("prices").open()]);
  const said = reader.subscribe("room:7", "said");
  const ticks = reader.subscribe("prices", "tick");
  await broker.publish("room:7", { type: "said", data: { text: "hello" } });
  await broker.publish("prices", { type: "tick", data: { symbol: "A", eur: 1 } });
  expect((await said.next()).value?.data.text).toBe("hello");
  expect((await ticks.next()).value?.data.eur).toBe(1);
  const untyped: object = reader;
  for (const name of ["room:", "rooms:7"]) {
    expect(() => (untyped as Client).feed(name)).toThrow("it has prices, news, room:{id}.");
  }
});

test("without a contract a client subscribes to the types of a stream too", async () => {
  const broker = new Broker();
  const reader = new Client(await listen(nodeHandler(broker)), { decode: "json" });
  onTestFinished(() => reader.close());
  await reader.feed("s").open();
  const ticks = reader.subscribe("s", "tick");
  await broker.publish("s", { type: "other", data: 1 });
  await broker.publish("s", { type: "tick", data: { eur: 1 } });
  const event = (await ticks.next()).value;
  expectTypeOf(event?.data).toBeUnknown();
  expect(event?.data).toEqual({ eur: 1 });
});

describe.each([
  ["Feed", Feed],
  ["SharedFeed", SharedFeed],
])("a %s with the contract of its stream", (_, Made) => {
  test("decodes it", async () => {
    const { broker, url } = await both();
    const feed = new Made(`${url}?stream=prices`, { events: prices });
    onTestFinished(() => feed.close());
    await feed.open();
    const tick = feed.once("tick");
    expectTypeOf(tick).resolves.toHaveProperty("data").toEqualTypeOf<{
      symbol: string;
      eur: number;
    }>();
    await broker.publish("prices", { type: "tick", data: { symbol: "A", eur: 1 } });
    expect((await tick).data).toEqual({ symbol: "A", eur: 1 });
  });
});

describe("a reader that is older than the publisher", () => {
  const older = defineStream({ tick: z.object({ eur: z.number() }) });
  const newer = defineStreams({
    prices: defineStream({
      tick: z.object({ eur: z.union([z.number(), z.string()]), venue: z.string().optional() }),
      split: z.object({ ratio: z.number() }),
    }),
  });

  test("keeps working: new types reach '*' as text, and data that its schema refuses is reported with the path", async () => {
    const broker = new Broker({ streams: newer });
    const url = await listen(nodeHandler(broker));
    const feed = new Feed(`${url}?stream=prices`, { events: older });
    onTestFinished(() => feed.close());
    const invalid: StatusOf<"invalid">[] = [];
    feed.on("invalid", (status) => invalid.push(status));
    await feed.open();
    const all = feed.subscribe("*");
    await broker.publish("prices", { type: "tick", data: { eur: 1, venue: "X" } });
    await broker.publish("prices", { type: "split", data: { ratio: 2 } });
    await broker.publish("prices", { type: "tick", data: { eur: "2" } });
    await broker.publish("prices", { type: "tick", data: { eur: 3 } });
    const seen = [await all.next(), await all.next(), await all.next()];
    expect(seen.map(({ value }) => [value?.type, value?.data])).toEqual([
      ["tick", { eur: 1 }],
      ["split", '{"ratio":2}'],
      ["tick", { eur: 3 }],
    ]);
    expect(invalid).toEqual([expect.objectContaining({ type: "tick", raw: '{"eur":"2"}' })]);
    expect(invalid[0]?.error.message).toContain("eur: ");
  });
});
