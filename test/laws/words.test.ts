import { expect, test } from "vitest";
import { checkAllWords, checkWords } from "../../scripts/check-words.mjs";
import { root } from "../../scripts/source.mjs";

test("what people read here uses the words of the glossary", () => {
  expect(checkAllWords(root)).toEqual([]);
});

test("a phrase that readers stumble over is named with its line, and with what to say", () => {
  const text = "A feed.\nEvents behind the cursor come again, and the gap is told as such.\n";
  expect(checkWords("a.md", text)).toEqual([
    "a.md:2 says “is told”: say “reported”, “sent” or who gets it.",
    "a.md:2 says “told as”: say “reported”.",
    "a.md:2 says “behind the cursor”: say “after”.",
  ]);
});

test("what the words also mean is left alone", () => {
  const text = "A server behind a proxy tells a story, and a reader falls behind.\n";
  expect(checkWords("a.md", text)).toEqual([]);
});
