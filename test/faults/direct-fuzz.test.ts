// What a server might send, by chance: the same bytes, ends and errors by undici's parser and directly.
import { expect, test } from "vitest";
import { compare } from "../fuzz/both.ts";

test("500 random answers", { timeout: 60_000 }, async () => {
  const seed = Date.now() % 2 ** 31;
  console.log(`Seeds ${seed} to ${seed + 499}`);
  const all = await Promise.all(Array.from({ length: 500 }, (_, index) => compare(seed + index)));
  expect(all.filter((bytes) => bytes > 0).length).toBeGreaterThan(100);
});
