import { expect, test } from "vitest";
import { allowed, checkNeeds, oldestOf, statedOf } from "../../scripts/check-browsers.mjs";
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

test("a name that is not on the list is reported, and each listed one names the oldest browsers", () => {
  expect(checkNeeds("Feed", ["fetch", ".toSorted", "BroadcastChannel"])).toEqual([
    "Feed needs .toSorted of a browser, which is new: do without it, or say in check-browsers.mjs since when browsers have it.",
  ]);
  const one = Object.keys(allowed).find((name) => name === ".at")!;
  expect(oldestOf([one, "fetch"])).toEqual([92, 90, 15.4]);
  expect(statedOf("| `Feed`, `x` | 1 | 2 | 3.4 |", "Feed")).toEqual([1, 2, 3.4]);
});
