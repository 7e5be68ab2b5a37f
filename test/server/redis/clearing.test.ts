import { expect, test } from "vitest";
import { clearedOf, clearScript } from "../../../packages/server/src/redis/clearing.ts";

test("cleared events are read in both versions of the protocol", () => {
  const cleared = new Map([
    ["stream:s", "1-0"],
    ["all", "2-0"],
  ]);
  expect(clearedOf(["stream:s", "1-0", "all", "2-0"])).toEqual(cleared);
  expect(clearedOf({ "stream:s": "1-0", all: "2-0" })).toEqual(cleared);
  expect(clearedOf([])).toEqual(new Map());
});

test("clearing is one step: the mark in the log and its position", () => {
  expect(clearScript).toMatch(/XADD[\s\S]+HSET[\s\S]+return id/);
});
