import { expect, test } from "vitest";
import { sinceOf } from "../../scripts/browser-features.mjs";
import { checkNeeds, newestOf, oldestOf, statedOf } from "../../scripts/check-browsers.mjs";
import { needsOfText } from "../../scripts/platform.mjs";

const needs = (text: string) => needsOfText(text, new Set(["toSorted", "any"]));

test("syntax that is too new is found", () => {
  const text = "class a { #b = 1; #c() {} static {} } a?.b ?? c; d ||= 1; /(?<=x)y/";
  const found = ["?.", "??", "??=, ||=, &&=", "lookbehind"];
  const ofClasses = ["private fields", "private methods", "static blocks"];
  expect(needs(text)).toEqual([...found, ...ofClasses, "c", "d"].toSorted());
});

test("a global that no import declares belongs to the platform; a member does not, unless of globalThis", () => {
  const text =
    "const { a, b: [c] = [] } = fetch(d.e); function f(g) { return [a, c, g]; } globalThis.h;";
  expect(needs(text)).toEqual(["d", "fetch", "globalThis", "h"]);
});

test("members of the language's library are found", () => {
  expect(needs("[].toSorted(); AbortSignal.any([])")).toEqual([".any", ".toSorted", "AbortSignal"]);
});

test("a name that is not on the list is reported", () => {
  expect(checkNeeds("Feed", ["fetch", ".toSorted", "BroadcastChannel"])).toEqual([
    "Feed needs .toSorted of a browser, which is new: do without it, or put it on the list in browser-features.mjs.",
  ]);
});

test("MDN's data names the first versions that have all of a feature, and a part of it does not count", () => {
  expect(sinceOf(".at")).toEqual([92, 90, 15.4]);
  expect(sinceOf("public fields")).toEqual([72, 69, 16]);
  expect(() => sinceOf("nothingOfTheKind")).toThrow("MDN's data has no nothingOfTheKind");
});

test("the oldest browsers have every needed feature, and an optional one is not asked for", () => {
  const asked = [".at", "fetch", "BroadcastChannel"];
  expect(oldestOf(asked)).toEqual([92, 90, 15.4]);
  expect(newestOf(asked)).toBe("Chrome 92 (.at), Firefox 90 (.at), Safari 15.4 (.at)");
});

test("the page of browsers states the versions in the row of a door", () => {
  expect(statedOf("| `Feed`, `x` | 1 | 2 | 3.4 |", "Feed")).toEqual([1, 2, 3.4]);
});
