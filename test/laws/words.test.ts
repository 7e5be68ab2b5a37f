import { expect, test } from "vitest";
import { checkAllWords, checkNames, checkWords } from "../../scripts/check-words.mjs";
import { root } from "../../scripts/source.mjs";

test("pages, comments and test names use the words of the glossary", () => {
  expect(checkAllWords(root)).toEqual([]);
});

test("a phrase to avoid is reported with its line, and with the replacement", () => {
  const text = "A feed.\nEvents behind the cursor come again, and the gap is told as such.\n";
  expect(checkWords("a.md", text)).toEqual([
    "a.md:2 says “is told”: say “reported”, “sent” or who gets it.",
    "a.md:2 says “told as”: say “reported”.",
    "a.md:2 says “behind the cursor”: say “after”.",
  ]);
});

test("other meanings of these words are accepted", () => {
  const text = "A server behind a proxy tells a story, and a reader falls behind.\n";
  expect(checkWords("a.md", text)).toEqual([]);
});

test("a riddle in the name of a test is reported with its line", () => {
  const text =
    'describe("a feed", () => {\n  test.each([1])(`${x}: what came, %s`, () => {});\n});\n';
  expect(checkNames("a.test.ts", text)).toEqual([
    "a.test.ts:2 names a test “what”: name the thing.",
  ]);
});
