import { defineStream, defineStreams, typed } from "@steadfeed/contract";
import { expect, test } from "vitest";
import { z } from "zod";

test("a contract is a plain, frozen value, unaffected by later changes to its inputs", () => {
  const tick = z.object({ eur: z.number() });
  const given = { tick };
  const prices = defineStream(given);
  const api = defineStreams({ prices });
  Object.assign(given, { halted: z.string() });

  expect(prices).toEqual({ tick });
  expect(api).toEqual({ prices: { tick } });
  expect(() => Object.assign(api, { news: {} })).toThrow(TypeError);
  expect(() => Object.assign(prices, { halted: tick })).toThrow(TypeError);
});

test("a type alone accepts every value unchanged", () => {
  const value = { eur: 1 };
  expect(typed<{ eur: number }>()["~standard"].validate(value)).toEqual({ value });
});

test.each([
  [
    () => defineStream({ tick: {} as never }),
    "tick must be a Standard Schema (zod, valibot, ArkType) or typed<T>().",
  ],
  [() => defineStream({ tick: undefined as never }), "tick must be a Standard Schema"],
  [() => defineStream({ tick: "string" as never }), "tick must be a Standard Schema"],
  [
    () => defineStreams({ prices: z.string as never }),
    "prices must be a stream of defineStream().",
  ],
  [() => defineStreams({ prices: null as never }), "prices must be a stream of defineStream()."],
])("an invalid contract is refused, and the message names the part", (define, message) => {
  expect(define).toThrow(TypeError);
  expect(define).toThrow(message);
});

test("an event type may have any name", () => {
  const names = JSON.parse('{ "__proto__": 0, "constructor": 0 }') as Record<string, 0>;
  const stream = defineStream(
    Object.fromEntries(Object.keys(names).map((name) => [name, typed<string>()])),
  );
  expect(Object.keys(stream)).toEqual(["__proto__", "constructor"]);
});
