import { expect, test } from "vitest";
import { checkLines } from "../../scripts/check-lines.mjs";

const files = (lines: number) => ({ server: { "broker.ts": "// …\n".repeat(lines) } });

test("a file of 250 lines needs no reason", () => {
  expect(checkLines(files(250), "")).toEqual([]);
});

test("a longer file is reported until a decision names it", () => {
  expect(checkLines(files(251), "")).toEqual([
    "packages/server/src/broker.ts has 251 lines: split it, or say in docs/decisions/ why not, by its path.",
  ]);
  expect(checkLines(files(251), "`packages/server/src/broker.ts` is one because …")).toEqual([]);
});
