import { expect, test } from "vitest";
import {
  compare,
  justBefore,
  longestId,
  positionOf,
} from "../../../packages/server/src/redis/position.ts";

test("an id is the position after its entry, or with a mark just before it", () => {
  expect(positionOf("17-3")).toEqual({ id: "17-3", before: false });
  expect(positionOf(justBefore("17-3"))).toEqual({ id: "17-3", before: true });
});

test.each([
  "",
  "1",
  "-",
  "+",
  "$",
  "(1-1",
  "01-1",
  "1-01",
  "1-1 ",
  "1-1\n",
  "~",
  "~~1-1",
  `${"9".repeat(20)}-0`,
  "18446744073709551615-18446744073709551616",
  "1-1-1",
])("an id that Redis would misread or reject is not a position: %j", (text) =>
  expect(positionOf(text)).toBeUndefined(),
);

test("ids are ordered by time, then by number, not as text", () => {
  const ids = ["2-0", "10-2", "~10-10", "11-0", longestId];
  expect([...ids].toReversed().toSorted(compare)).toEqual(ids);
});
