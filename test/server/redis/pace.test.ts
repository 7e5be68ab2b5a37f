import { expect, test } from "vitest";
import { Pace } from "../../../packages/server/src/redis/pace.ts";
import { raw } from "./fake.ts";

const page = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, i) => raw(`${i + 1}-0`, "x".repeat(bytes)));

test("before anything is known a page is small, even if its events are not", () => {
  expect(new Pace(500).entries).toBe(64);
});

test("a reader far behind gets larger pages, one after the other, up to the maximum", () => {
  const pace = new Pace(500);
  const asked = [1, 2, 3, 4].map(() => {
    const { entries } = pace;
    pace.came(page(entries, 100), entries);
    return entries;
  });
  expect(asked).toEqual([64, 128, 256, 500]);
});

test("a page of large events makes the next one small at once, and later pages grow again", () => {
  const pace = new Pace(500);
  pace.came(page(64, 1 << 20), 64);
  expect(pace.entries).toBe(3);
  pace.came(page(3, 8 << 20), 3);
  expect(pace.entries).toBe(1);
  pace.came(page(1, 100), 1);
  expect(pace.entries).toBe(2);
});

test("single events for a reader that is up to date do not change the page size", () => {
  const pace = new Pace(500);
  for (const count of [1, 0, 5]) pace.came(page(count, 10), pace.entries);
  expect(pace.entries).toBe(64);
});
