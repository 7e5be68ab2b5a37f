import { expect, test } from "vitest";
import { checkCode, checkDocs, checkFiles, checkLinks } from "../../scripts/check-docs.mjs";
import { root } from "../../scripts/source.mjs";

const page = (comment: string, language: string, ...lines: string[]): string =>
  ["# Title", comment, "", `\`\`\`${language}`, ...lines, "```", "The end."].join("\n");

const example = [
  'import { Feed } from "@steadfeed/client";',
  "export function run(): void {",
  "  // #region first",
  "  const feed = new Feed();",
  "  if (feed) {",
  "    feed.close();",
  "  }",
  "  // #endregion first",
  "}",
].join("\n");
const read = (path: string): string | undefined => (path === "examples/a.ts" ? example : undefined);

test("every page of this repository shows tested code and has working links", () => {
  expect(checkDocs(root)).toEqual([]);
});

test("a repository without a README is reported", () => {
  expect(checkDocs(`${root}no-such-folder/`)).toContain("README.md is missing.");
});

test("code equal to its example passes, at any indentation", () => {
  const shown = ["const feed = new Feed();", "if (feed) {", "  feed.close();", "}"];
  const comment = "<!-- region: examples/a.ts#first -->";
  expect(checkCode("README.md", page(comment, "ts", ...shown), read)).toEqual([]);
});

test.each([
  [
    "that nothing runs",
    "",
    "README.md:4 shows code that nothing runs: put it into examples/ and say <!-- region: examples/FILE.ts#NAME --> before it.",
  ],
  [
    "that differs",
    "<!-- region: examples/a.ts#first -->",
    "README.md:4 differs from examples/a.ts#first: copy it again.",
  ],
  [
    "from a file that is gone",
    "<!-- region: examples/b.ts#first -->",
    "README.md:4 shows examples/b.ts, which is not there.",
  ],
  [
    "from a region that is gone",
    "<!-- region: examples/a.ts#last -->",
    'README.md:4 shows examples/a.ts#last, and no "// #region last" is in it.',
  ],
])("code %s is found", (_, comment, sentence) => {
  expect(checkCode("README.md", page(comment, "ts", "new Feed();"), read)).toEqual([sentence]);
});

test("commands and output need no example", () => {
  expect(checkCode("README.md", page("", "sh", "npm test"), read)).toEqual([]);
});

test("a broken link is found; web addresses, anchors and code are skipped", () => {
  const text = [
    "[a](../README.md#top) [b](gone.md) ![c](<img/x.png> 'title') [d](https://example.com) [e](#here)",
    "`[f](in-code.md)`",
    "[g]: ./also-gone.md",
    "```md",
    "[h](in-a-block.md)",
    "```",
    "[i](../../outside.md)",
  ].join("\n");
  const there = new Set(["README.md", "docs/img/x.png"]);
  expect(checkLinks("docs/walk.md", text, (path) => there.has(path))).toEqual([
    "docs/walk.md links to gone.md, which is not there.",
    "docs/walk.md links to ../../outside.md, which is not there.",
    "docs/walk.md links to ./also-gone.md, which is not there.",
  ]);
});

test("a file that a page names and that does not exist is found", () => {
  const text = "`test/a.test.ts` is there, `test/b.test.ts` is not; `lib/c.ts` is no file of ours.";
  expect(checkFiles("docs/walk.md", text, (path) => path === "test/a.test.ts")).toEqual([
    "docs/walk.md names test/b.test.ts, which is not there.",
  ]);
});
