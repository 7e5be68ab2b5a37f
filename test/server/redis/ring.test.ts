import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Ring } from "../../../packages/server/src/redis/ring.ts";
import { slotOf, type Slot } from "../../../packages/server/src/redis/record.ts";
import { raw } from "./fake.ts";

const slot = (n: number, data = "x"): Slot => slotOf(raw(`${n}-0`, data), () => undefined);
const behind = { before: false };

function rest(ring: Ring, id: string, before = false): string[] | undefined {
  const start = ring.after({ id, before });
  if (start === undefined) return undefined;
  const ids: string[] = [];
  for (let i = start; ring.at(i); i++) ids.push(ring.at(i)!.id);
  return ids;
}

test("for every position it either has all later events, or knows that it does not", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 300 }), (size, count) => {
      const ring = new Ring(size, 1 << 20);
      ring.reset("0-0");
      for (let n = 1; n <= count; n++) ring.push(slot(n));
      for (let n = 0; n <= count; n++) {
        const all = Array.from({ length: count - n }, (_, i) => `${n + 1 + i}-0`);
        expect(rest(ring, `${n}-0`)).toEqual(n >= count - size ? all : undefined);
        const from = n > 0 && n > count - size ? [`${n}-0`, ...all] : undefined;
        expect(rest(ring, `${n}-0`, true)).toEqual(from);
      }
      expect(ring.tail).toBe(`${count}-0`);
    }),
  );
});

test("an id that never existed is unknown, even between two that exist", () => {
  const ring = new Ring(9, 1 << 20);
  ring.reset("1-0");
  ring.push(slot(3));
  expect([ring.after({ id: "2-0", ...behind }), ring.has("2-0"), ring.has("1-0")]).toEqual([
    undefined,
    false,
    true,
  ]);
});

test("it is limited in bytes, and always holds the newest event", () => {
  const ring = new Ring(99, 100);
  ring.reset("0-0");
  for (let n = 1; n <= 9; n++) ring.push(slot(n, "x".repeat(40)));
  expect(rest(ring, "8-0")).toEqual(["9-0"]);
  expect(ring.has("6-0")).toBe(false);
  ring.push(slot(10, "x".repeat(4000)));
  expect([rest(ring, "9-0"), ring.has("8-0")]).toEqual([["10-0"], false]);
});

test("after a restart it knows nothing of earlier events", () => {
  const ring = new Ring(9, 100);
  ring.reset("0-0");
  ring.push(slot(1));
  ring.reset("0-5");
  expect([ring.tail, ring.has("1-0"), ring.at(0)]).toEqual(["0-5", false, undefined]);
  expect([ring.fullWith(10, 0), ring.fullWith(9, 100), ring.fullWith(0, 101)]).toEqual([
    true,
    false,
    true,
  ]);
});
