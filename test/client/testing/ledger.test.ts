import { Ledger } from "@steadfeed/client/testing";
import { expect, test } from "vitest";

function ledgerOf(...events: [string, string?][]): Ledger {
  const ledger = new Ledger();
  for (const [id, type] of events) ledger.add(id, type);
  return ledger;
}

test("events are in the order of publication", () => {
  const ledger = ledgerOf(["b"], ["a"]);
  expect([ledger.size, ledger.placeOf("b"), ledger.placeOf("a"), ledger.placeOf("c")]).toEqual([
    2,
    0,
    1,
    undefined,
  ]);
});

test("counts events between two positions, of all types or of some", () => {
  const ledger = ledgerOf(["1"], ["2", "tick"], ["3", "tick"], ["4", "news"]);
  const count = (from: number, to: number, ...types: string[]): number =>
    ledger.count(from, to, new Set(types));
  expect(count(0, 4, "*")).toBe(4);
  expect(count(1, 3, "*")).toBe(2);
  expect(count(0, 4, "tick")).toBe(2);
  expect(count(0, 4, "message", "news")).toBe(2);
  expect(count(2, 2, "*")).toBe(0);
});

test("an id that occurs twice is a mistake of the test, and throws at once", () => {
  expect(() => ledgerOf(["1"], ["1"])).toThrow('"1" was published before.');
});
