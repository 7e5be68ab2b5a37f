import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { checkFiles, checkMaps, doorsOf, untar } from "../../scripts/check-pack.mjs";

const complete = ["LICENSE", "README.md", "dist/index.js", "dist/index.d.ts", "src/index.ts"];

test("a complete tarball is fine", () => {
  expect(checkFiles("parser", [...complete, "package.json"])).toEqual([]);
});

test("missing files that users need, and files that only we need, are found", () => {
  const paths = [...complete.slice(1), "dist/.tsbuildinfo", "src/feed.test.ts"];
  expect(checkFiles("parser", paths)).toEqual([
    "parser: the tarball has no LICENSE.",
    "parser: the tarball holds dist/.tsbuildinfo, which nobody needs.",
    "parser: the tarball holds src/feed.test.ts, which nobody needs.",
  ]);
});

test("a source map without its source is found", () => {
  const map = (sources: string[], sourcesContent?: string[]) =>
    Buffer.from(JSON.stringify({ sources, sourcesContent }));
  const files = new Map([
    ["src/index.ts", Buffer.from("")],
    ["dist/index.js.map", map(["../src/index.ts", "../src/gone.ts"])],
    ["dist/held.js.map", map(["../../elsewhere/src/index.ts"], ["held"])],
  ]);
  expect(checkMaps("parser", files)).toEqual([
    "parser: dist/index.js.map leads to ../src/gone.ts, which is not there.",
  ]);
});

test("every entry point is imported", () => {
  const exports = { ".": {}, "./encode": {}, "./package.json": "./package.json" };
  expect(doorsOf({ name: "@steadfeed/parser", exports })).toEqual([
    "@steadfeed/parser",
    "@steadfeed/parser/encode",
  ]);
});

/** One file as tar writes it. */
const entry = (path: string, text: string): Buffer => {
  const head = Buffer.alloc(512);
  head.write(path, 0);
  head.write(text.length.toString(8).padStart(11, "0"), 124);
  head.write("0", 156);
  return Buffer.concat([head, Buffer.from(text.padEnd(Math.ceil(text.length / 512) * 512, "\0"))]);
};

test("a tarball unpacks to its files", () => {
  const long = "x".repeat(513);
  const tar = [entry("package/a.txt", "one"), entry("package/b/c.txt", long), Buffer.alloc(1024)];
  const files = untar(gzipSync(Buffer.concat(tar)));
  expect([...files].map(([path, bytes]) => [path, String(bytes)])).toEqual([
    ["a.txt", "one"],
    ["b/c.txt", long],
  ]);
});
