import { defineStream, defineStreams, typed } from "@steadfeed/contract";
import { Broker, ServerError, type ServerEvent } from "@steadfeed/server";
import { publishHandler } from "@steadfeed/server/publish";
import { type } from "arktype";
import * as v from "valibot";
import { expect, test } from "vitest";
import { z } from "zod";
import { read, settled } from "../server/support.ts";

const prices = defineStream({
  tick: z.object({ symbol: z.string(), eur: z.number() }),
  halted: z.object({ why: z.string() }),
});
const news = defineStream({
  message: v.object({ title: v.pipe(v.string(), v.minLength(1)) }),
  alert: type({ level: "number" }),
  note: z.string(),
  at: z.iso.datetime().transform((text) => new Date(text)),
});
const api = defineStreams({ prices, news });

/** What a caller without a compiler can do. */
const untyped = (broker: object): Broker => broker as Broker;

const failureOf = async (publishing: Promise<unknown>): Promise<ServerError> => {
  const error: unknown = await publishing.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ServerError);
  return error as ServerError;
};

test("allowed data reaches its readers as JSON, a string too", async () => {
  const broker = new Broker({ streams: api });
  const sink = await read(broker, "news");
  await broker.publish("news", { data: { title: "rain" } });
  await broker.publish("news", { type: "note", data: "a\nb" });
  await broker.stream("news").publish("alert", { level: 3 }, { ttlMs: 1000 });
  await broker.stream("news").publish({ type: "alert", data: { level: 4 } });
  expect(broker.tryPublish("news", { type: "note", data: "c" })).toBe(true);
  await settled();
  expect(sink.events.map(({ event, data }) => [event ?? "message", data])).toEqual([
    ["message", '{"title":"rain"}'],
    ["note", '"a\\nb"'],
    ["alert", '{"level":3}'],
    ["alert", '{"level":4}'],
    ["note", '"c"'],
  ]);
});

test("the given value is sent, not the schema's output: a transform runs once, at the reader", async () => {
  const broker = new Broker({ streams: api });
  const sink = await read(broker, "news");
  await broker.publish("news", { type: "at", data: "2026-01-01T00:00:00Z" });
  await settled();
  expect(sink.got).toEqual(['"2026-01-01T00:00:00Z"']);
});

test.each([
  ["zod", "prices", { type: "tick", data: { symbol: "A", eur: "1" } }, "eur: "],
  ["valibot", "news", { data: { title: "" } }, "title: "],
  ["ArkType", "news", { type: "alert", data: { level: "high" } }, "level"],
  ["zod, at the top", "news", { type: "note", data: 7 }, "expected string"],
])(
  "a payload that %s refuses is an error at its publisher, with the path",
  async (_, stream, event: ServerEvent, path) => {
    const broker = new Broker({ streams: api });
    const before = broker.lastEventId;
    const error = await failureOf(untyped(broker).publish(stream, event));
    expect(error).toMatchObject({ code: "invalid", status: 422 });
    expect(error.message).toContain(
      `The data of a ${event.type ?? "message"} event is not valid: `,
    );
    expect(error.message).toContain(path);
    expect(error.cause).toMatchObject({ length: 1 });
    expect(broker.lastEventId).toBe(before);
    expect(() => untyped(broker).tryPublish(stream, event)).toThrow(ServerError);
  },
);

test("data is checked in the form that readers get: values that JSON changes are not dates, maps or bytes", async () => {
  const kept = defineStreams({
    s: defineStream({
      day: z.object({ at: z.date() }),
      some: z.map(z.string(), z.number()),
      bytes: z.instanceof(Uint8Array),
      within: typed<{ file: Uint8Array }>(),
      none: typed<undefined>(),
      big: z.bigint(),
    }),
  });
  const broker = new Broker({ streams: kept });
  const failures = [
    await failureOf(broker.publish("s", { type: "day", data: { at: new Date() } })),
    await failureOf(broker.publish("s", { type: "some", data: new Map() })),
    await failureOf(broker.publish("s", { type: "bytes", data: Uint8Array.of(1) })),
    await failureOf(broker.publish("s", { type: "within", data: { file: Uint8Array.of(1) } })),
    await failureOf(broker.publish("s", { type: "none", data: undefined })),
    await failureOf(broker.publish("s", { type: "big", data: 1n })),
  ];
  expect(failures.map(({ code }) => code)).toEqual(failures.map(() => "invalid"));
  expect(failures.map(({ message }) => message.replace(/^.*not valid: /, ""))).toEqual([
    expect.stringContaining("at: "),
    expect.stringContaining("Map"),
    expect.stringContaining("bytes"),
    expect.stringContaining("file"),
    expect.stringContaining("undefined"),
    expect.stringContaining("BigInt"),
  ]);
});

test("a type or a stream that is not in the contract is refused", async () => {
  const broker = untyped(new Broker({ streams: api }));
  expect(await failureOf(broker.publish("prices", { type: "tock", data: 1 }))).toMatchObject({
    code: "unknown-type",
    message: "prices: it has no event type tock, only tick, halted.",
  });
  expect(await failureOf(broker.publish("prices", "text"))).toMatchObject({ code: "unknown-type" });
  expect(await failureOf(broker.publish("prices", { type: "constructor", data: 1 }))).toMatchObject(
    {
      code: "unknown-type",
    },
  );
  expect(await failureOf(broker.publish("pricez", "text"))).toMatchObject({
    code: "unknown-stream",
  });
  expect(() => broker.declare("pricez")).toThrow(
    "The contract has no stream pricez: add it to defineStreams().",
  );
  await broker.stream("prices").remove();
  expect(broker.hasStream("prices")).toBe(false);
  broker.declare("prices");
  expect(broker.streams()).toEqual(["news", "prices"]);
});

test("one key covers many streams, which need not be declared", async () => {
  const room = defineStream({ said: z.object({ text: z.string() }) });
  const lobby = defineStream({ said: z.literal("hush") });
  const broker = new Broker({
    streams: { "room:{id}": room, "room:lobby": lobby, "{org}.{id}": room },
  });
  const sink = await read(broker, { streams: ["room:7", "a+b.c"] });
  await broker.publish("room:7", { type: "said", data: { text: "a" } });
  await broker.stream("a+b.c").publish("said", { text: "b" });
  await settled();
  expect(sink.got).toEqual(['{"text":"a"}', '{"text":"b"}']);
  expect(broker.streams()).toEqual(["room:lobby", "room:7", "a+b.c"]);

  expect(
    await failureOf(untyped(broker).publish("room:7", { type: "said", data: "hush" })),
  ).toMatchObject({ code: "invalid" });
  expect(
    await failureOf(untyped(broker).publish("room:lobby", { type: "said", data: { text: "a" } })),
  ).toMatchObject({ code: "invalid" });
  for (const name of ["room:", "rooms:7", "other", "a+b", "room:{id}"]) {
    expect(broker.hasStream(name), name).toBe(false);
  }
  await broker.stream("room:7").remove();
  expect(broker.hasStream("room:7")).toBe(true);
});

test("a broadcast, and an event for a client, is checked for each stream that has its type", async () => {
  const twice = defineStreams({
    a: defineStream({ note: z.string() }),
    b: defineStream({ note: z.string().max(3), other: z.number() }),
  });
  const broker = new Broker({ streams: twice });
  await broker.broadcast({ type: "note", data: "abc" });
  await broker.send("me", { type: "other", data: 1 });
  expect(await failureOf(broker.broadcast({ type: "note", data: "abcd" }))).toMatchObject({
    code: "invalid",
  });
  expect(await failureOf(untyped(broker).send("me", { type: "unknown", data: 1 }))).toMatchObject({
    message: "a, b: it has no event type unknown, only note, other.",
  });
});

test("check: false trusts the compiler: still JSON, and any type", async () => {
  const broker = untyped(new Broker({ streams: api, check: false }));
  const sink = await read(broker, "prices");
  await broker.publish("prices", { type: "tick", data: "none" });
  await broker.publish("prices", { type: "new", data: 1 });
  await settled();
  expect(sink.got).toEqual(['"none"', "1"]);
  const bytes = broker.publish("prices", { type: "tick", data: Uint8Array.of(1) });
  expect(await failureOf(bytes)).toMatchObject({ code: "invalid" });
});

test("an asynchronous schema is refused with a message, and its later rejection is harmless", async () => {
  const late = { "~standard": { validate: () => Promise.reject(new Error("late")) } };
  const broker = new Broker({ streams: { s: { tick: late } } });
  await expect(broker.publish("s", { type: "tick", data: 1 })).rejects.toThrow(
    "The schema of tick returned a promise: a contract needs synchronous schemas.",
  );
});

test("a schema that throws makes the data invalid", async () => {
  const link = v.pipe(
    v.string(),
    v.transform((text) => new URL(text)),
  );
  const broker = new Broker({ streams: { s: { link } } });
  await broker.publish("s", { type: "link", data: "https://a.test/" });
  const error = await failureOf(broker.publish("s", { type: "link", data: "nowhere" }));
  expect(error).toMatchObject({ code: "invalid", cause: expect.any(TypeError) });
});

test("events sent to a session outside the log follow the contract of its streams; other types are the session's own", async () => {
  const broker = new Broker({
    streams: api,
    onConnect(session) {
      session.send({ type: "note", data: "hello" });
      session.json("json", "note");
      session.send({ type: "own", data: "as it is" });
      session.json("own", "own");
      expect(() => session.send({ type: "alert", data: { level: "x" } })).toThrow("level");
    },
  });
  const sink = await read(broker, "news");
  await settled();
  expect(sink.got).toEqual(['"hello"', '"json"', "as it is", '"own"']);
});

test("a post to a broker with a contract is JSON, and checked", async () => {
  const broker = new Broker({ streams: api });
  const sink = await read(broker, "prices");
  const handler = publishHandler(broker, { authorize: false });
  const post = async (body: string): Promise<readonly [number, string]> => {
    const url = "http://localhost/?stream=prices&type=tick";
    const response = await handler(new Request(url, { method: "POST", body }));
    return [response.status, await response.text()];
  };
  expect(await post('{ "symbol": "A", "eur": 1 }')).toEqual([202, expect.any(String)]);
  expect(await post('{ "symbol": "A" }')).toEqual([422, expect.stringContaining("eur: ")]);
  expect(await post("{")).toEqual([422, "The body must be JSON."]);
  await settled();
  expect(sink.got).toEqual(['{"symbol":"A","eur":1}']);
});

test.each([
  [{ streams: { prices: z.object({}) } }, "streams.prices must be a stream of defineStream()"],
  [{ streams: prices }, "streams.tick must be a stream of defineStream()"],
  [{ streams: { prices: { tick: {} } } }, "streams.prices must be a stream of defineStream()"],
  [{ streams: { s: { "a\nb": z.string() } } }, 'streams.s has an invalid event type: "a\\nb".'],
  [{ streams: { s: { "steadfeed.gap": z.string() } } }, "streams.s has an invalid event type"],
  [{ streams: { s: { "*": z.string() } } }, "streams.s has an invalid event type"],
  [{ streams: { s: { "": z.string() } } }, "streams.s has an invalid event type"],
  [{ streams: api, check: 1 }, "check must be true or false, not 1."],
  [{ check: false }, "check needs a contract: give streams made by defineStreams()."],
  [{ streams: 7 }, 'streams must be "auto", a list of names or a contract, not 7.'],
  [{ streams: null }, 'streams must be "auto", a list of names or a contract, not null.'],
])("an invalid contract is refused when the broker is created: %#", (options, message) => {
  expect(() => new Broker(options as never)).toThrow(TypeError);
  expect(() => new Broker(options as never)).toThrow(message);
});
