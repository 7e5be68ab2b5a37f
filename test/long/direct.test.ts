// Bodies directly from the socket beside undici's parser, for longer than in each run of the tests.
import { expect, test } from "vitest";
import { compare } from "../fuzz/both.ts";

test("100 000 random answers", { timeout: 1_200_000 }, async () => {
  const seed = Date.now() % 2 ** 31;
  console.log(`Seeds ${seed} to ${seed + 99_999}`);
  let direct = 0;
  for (let at = 0; at < 100_000; at += 100) {
    const seeds = Array.from({ length: 100 }, (_, index) => seed + at + index);
    for (const bytes of await Promise.all(seeds.map(compare))) direct += Number(bytes > 0);
  }
  expect(direct).toBeGreaterThan(30_000);
});
