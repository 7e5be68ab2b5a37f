import { Feed, FeedError } from "@steadfeed/client";
import * as v from "valibot";
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { decode } from "../../packages/client/src/delivery/decode.ts";

const event = (type: string, data: string) => ({ type, data, lastEventId: "" });

type Options = Parameters<typeof decode>[1];

const decoderOf = (events: Options["events"], decoding: Options["decode"]) => ({
  decode(given: Parameters<typeof decode>[0]) {
    const decoded = decode(given, { events, decode: decoding });
    if (decoded instanceof FeedError) throw decoded;
    return decoded;
  },
});

const invalid = (decoding: () => unknown): FeedError => {
  try {
    decoding();
  } catch (error) {
    return error as FeedError;
  }
  throw new Error("it was valid");
};

describe("a decoder of a type", () => {
  const decoder = decoderOf(
    {
      price: z.object({ eur: z.number() }),
      rain: v.object({ mm: v.pipe(v.number(), v.minValue(0)) }),
      count: (text: string) => Number(text),
    },
    undefined,
  );

  test("gives a zod schema the parsed JSON, and the event the schema's output", () => {
    expect(decoder.decode(event("price", '{"eur":1,"more":2}'))).toEqual({
      type: "price",
      data: { eur: 1 },
      lastEventId: "",
    });
  });

  test("works with any Standard Schema: valibot too", () => {
    expect(decoder.decode(event("rain", '{"mm":3}')).data).toEqual({ mm: 3 });
  });

  test("gives a function the text", () => {
    expect(decoder.decode(event("count", "007")).data).toBe(7);
  });

  test("leaves other types as text, including unexpected ones from a hostile server", () => {
    for (const type of ["message", "__proto__", "constructor", "toString"]) {
      expect(decoder.decode(event(type, "{}")).data).toBe("{}");
    }
  });

  test("reports invalid data with its path, so that its sender can be found", () => {
    const error = invalid(() => decoder.decode(event("price", '{"eur":"one"}')));
    expect(error).toBeInstanceOf(FeedError);
    expect(error.code).toBe("invalid");
    expect(error.message).toContain("price");
    expect(error.message).toContain("eur");
    expect(invalid(() => decoder.decode(event("rain", '{"mm":-1}'))).message).toContain("mm");
    expect(invalid(() => decoder.decode(event("price", "{"))).message).toContain("JSON");
  });

  test.each([undefined, null, "text"])("refuses a schema whose result is %s", (result) => {
    const strange = { "~standard": { validate: () => result } } as never;
    const error = invalid(() => decoderOf({ a: strange }, undefined).decode(event("a", "{}")));
    expect(error.code).toBe("invalid");
    expect(error.message).toContain("which is not a result");
  });

  test("refuses an asynchronous schema with a message, instead of delivering a promise", () => {
    const late = decoderOf({ price: z.object({}).refine(async () => true) }, undefined);
    // zod itself may refuse first; either way it is reported and nothing is delivered.
    expect(invalid(() => late.decode(event("price", "{}"))).code).toBe("invalid");
    const slow = { "~standard": { validate: () => Promise.resolve({ value: 1 }) } };
    const error = invalid(() => decoderOf({ a: slow }, undefined).decode(event("a", "{}")));
    expect(error.message).toContain("synchronous");
  });
});

describe("decode for all types", () => {
  test("json parses each event, and passes the result to a schema", () => {
    const decoder = decoderOf({ price: z.object({ eur: z.number() }) }, "json");
    expect(decoder.decode(event("other", "[1]")).data).toEqual([1]);
    expect(decoder.decode(event("price", '{"eur":1}')).data).toEqual({ eur: 1 });
    expect(invalid(() => decoder.decode(event("other", "nope"))).code).toBe("invalid");
  });

  test("base64 gives bytes, whatever their values", () => {
    const decoder = decoderOf({}, "base64");
    expect(decoder.decode(event("file", "AAH/gA==")).data).toEqual(Uint8Array.of(0, 1, 255, 128));
    expect(invalid(() => decoder.decode(event("file", "%"))).code).toBe("invalid");
  });

  test("text lets a schema see the text itself", () => {
    const decoder = decoderOf({ word: z.string().min(2) }, "text");
    expect(decoder.decode(event("word", "ab")).data).toBe("ab");
    expect(invalid(() => decoder.decode(event("word", "a"))).code).toBe("invalid");
  });
});

describe("a feed with decoders", () => {
  const body = (text: string) => async () =>
    new Response(text, { headers: { "content-type": "text/event-stream" } });

  test("delivers typed data, reports invalid data, and continues", async () => {
    const feed = new Feed("http://feed.test/", {
      fetch: body(
        'event: price\ndata: {"eur":1}\n\nevent: price\ndata: {}\n\nevent: price\ndata: {"eur":2}\n\n',
      ),
      retry: false,
      events: { price: z.object({ eur: z.number() }) },
    });
    const told: string[] = [];
    feed.on("invalid", ({ type, raw, error }) => told.push(`${type} ${raw} ${error.code}`));
    const seen: number[] = [];
    for await (const { data } of feed.subscribe("price")) {
      expectTypeOf(data).toEqualTypeOf<{ eur: number }>();
      seen.push(data.eur);
    }
    expect(seen).toEqual([1, 2]);
    expect(told).toEqual(["price {} invalid"]);
  });

  test("infers each type's data from schemas and functions, without a cast", () => {
    const feed = () =>
      new Feed("http://feed.test/", {
        events: {
          price: z.object({ eur: z.number() }),
          rain: v.object({ mm: v.number() }),
          count: (text: string) => Number(text),
        },
      });
    expectTypeOf(() => feed().once("price")).returns.resolves.toHaveProperty("data");
    expectTypeOf<Awaited<ReturnType<typeof countOf>>>().toEqualTypeOf<number>();
    const countOf = async () => (await feed().once("count")).data;
    const rainOf = async () => (await feed().once("rain")).data;
    expectTypeOf<Awaited<ReturnType<typeof rainOf>>>().toEqualTypeOf<{ mm: number }>();
  });

  test("JSON for all types is unknown without an event map, so that objects are not taken for text", () => {
    const json = () => new Feed("http://feed.test/", { decode: "json" });
    expectTypeOf(json).returns.toEqualTypeOf<Feed<Record<string, unknown>>>();
    // @ts-expect-error -- its data is no text
    expectTypeOf(json).returns.toExtend<Feed>();
    const feed = () => new Feed<{ tick: { eur: number } }>("http://feed.test/", { decode: "json" });
    expectTypeOf(() => feed().once("tick")).returns.resolves.toHaveProperty("data");
  });
});
