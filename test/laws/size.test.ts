import { expect, test } from "vitest";
import { bundle, checkBundle } from "../../scripts/size.mjs";

test("a small bundle of its own code is fine", async () => {
  const bundled = await bundle("export const x = 1;");
  expect(checkBundle("client", bundled, 100)).toEqual([]);
});

test("a bundle over its limit is found", async () => {
  const bundled = await bundle("export const x = 1;");
  expect(checkBundle("client", bundled, 10)).toEqual([
    `client is ${bundled.bytes} bytes for a browser: the budget is 10.`,
  ]);
});

test("an API that no browser has is found", async () => {
  const bundled = await bundle(`export { gzipSync } from "node:zlib";`);
  expect(checkBundle("client", bundled, 100)).toEqual([
    "client imports node:zlib, which no browser has.",
  ]);
});

test("undici is found", () => {
  const files = ["node_modules/.pnpm/undici@8.12.4/node_modules/undici/index.js"];
  expect(checkBundle("client", { bytes: 1, files, outside: [] }, 100)).toEqual([
    "client brings undici to browsers: only transport-undici.ts may import it.",
  ]);
});
