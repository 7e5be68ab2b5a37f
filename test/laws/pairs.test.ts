import { expect, test } from "vitest";
import { checkPairs } from "../../scripts/check-pairs.mjs";

const code = "export const x = 1;";

test("a source without a test is found", () => {
  const sources = { client: { "feed.ts": code, "redis/log.ts": code } };
  expect(checkPairs(sources, ["client/redis/log.test.ts"], "")).toEqual([
    "packages/client/src/feed.ts has no test: write test/client/feed.test.ts.",
  ]);
});

test.each([
  ["index.ts", code],
  ["redis/index.ts", code],
  [
    "event.ts",
    `import type { A } from "./a.ts"; export interface E { a: A } type B = string; export type { B };`,
  ],
  ["event.ts", "export declare const x: number; export type * from './a.ts';"],
])("doors and types need none: %s", (path, text) => {
  expect(checkPairs({ client: { [path]: text } }, [], "")).toEqual([]);
});

test.each(["class A {} export type { A };", "export { x } from './x.ts';", "export enum E {}"])(
  "what is left at run time needs one: %s",
  (text) => {
    expect(checkPairs({ client: { "event.ts": text } }, [], "")).toHaveLength(1);
  },
);

test("a test without a source is found, in the packages' folders only", () => {
  const tests = ["parser/lost.test.ts", "e2e/anything.test.ts"];
  expect(checkPairs({}, tests, "")).toEqual([
    "test/parser/lost.test.ts pairs no source file: name it after one, or move it out of test/parser/.",
  ]);
});

test("a long file says why it is long", () => {
  const sources = { server: { "broker.ts": "// …\n".repeat(251) + code } };
  const tests = ["server/broker.test.ts"];
  expect(checkPairs(sources, tests, "")).toEqual([
    "packages/server/src/broker.ts has 252 lines: split it, or say in docs/decisions/ why not, by its path.",
  ]);
  expect(checkPairs(sources, tests, "`packages/server/src/broker.ts` is one because …")).toEqual(
    [],
  );
});
