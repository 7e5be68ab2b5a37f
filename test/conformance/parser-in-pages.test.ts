import { describe, expect, test, vi } from "vitest";
import { cases } from "./cases.ts";
import { everyCut, sampledCuts } from "./cuts.ts";
import { difference } from "./outcome.ts";
import { parseInPieces } from "./parse.ts";
import type { Row } from "./row.ts";

// What a bundler for pages takes for `#lines`.
vi.mock(
  "../../packages/parser/src/lines.ts",
  () => import("../../packages/parser/src/lines-browser.ts"),
);

describe("the full parser in a page follows the standard at every cut", () => {
  test.each(cases)("$name", ({ bytes: sent, expected, resumedFrom, large }: Row) => {
    const wrong: string[] = [];
    for (const { name, at } of large ? sampledCuts(sent.length) : everyCut(sent.length)) {
      const found = difference(parseInPieces(sent, at, resumedFrom), expected);
      if (found !== undefined) wrong.push(`${name}: ${found}`);
    }
    expect(wrong).toEqual([]);
  });
});
