import { describe, expect, test } from "vitest";
import { checkImports, walkOf } from "../../scripts/check-imports.mjs";
import { laws } from "../../scripts/laws.mjs";

/** A made-up package: a door, a folder over two files side by side, a folder apart. */
const law = {
  levels: [["index"], ["kit/*"], ["top/*"], ["left", "right"], ["base"]],
  apart: ["kit/*"],
  outside: { leftpad: ["left"], "node:*": ["top/*"], "@scope/name": ["*"] },
  platform: { "*": ["base"], window: ["top/*"] },
};

const check = (files: Record<string, string>): string[] =>
  checkImports({ pkg: files }, { pkg: law });

describe("a wrong import does not reach the main branch", () => {
  test("downward, within a folder, and from allowed packages: all accepted", () => {
    const files = {
      "index.ts": `export { top } from "./top/top.ts"; export type * from "./base.ts";`,
      "kit/kit.ts": `import { top } from "../top/top.ts"; export const kit = top;`,
      "top/top.ts": `import { hill } from "./hill.ts"; import { left } from "../left.ts"; export const top = [hill, left];`,
      "top/hill.ts": `import { on } from "node:events"; export const hill = (): unknown => [on, window];`,
      "left.ts": `import leftpad from "leftpad"; import type { Base } from "./base.ts";
        export const left = (b: Base): unknown => leftpad(b);`,
      "right.ts": `import { a } from "@scope/name"; export const right = a;`,
      "base.ts": "export interface Base { readonly document: string } export const b = [process];",
    };
    expect(check(files)).toEqual([]);
  });

  test.each([
    ["an import", `import { top } from "./top/top.ts"; export const r = top;`],
    ["a type import", `import type { top } from "./top/top.ts"; export type R = typeof top;`],
    ["a type query", `export type R = typeof import("./top/top.ts").top;`],
    ["a dynamic import", `export const r = (): unknown => import("./top/top.ts");`],
    ["an export from elsewhere", `export { top } from "./top/top.ts";`],
  ])("upward: %s", (_, text) => {
    expect(check({ "top/top.ts": "export const top = 1;", "right.ts": text })).toEqual([
      "packages/pkg/src/right.ts:1 imports ./top/top.ts, which is above it: imports go downward (scripts/laws.mjs, pkg.levels).",
    ]);
  });

  test("sideways", () => {
    const files = {
      "left.ts": "export const left = 1;",
      "right.ts": `\nimport { left } from "./left.ts";\nexport const r = left;`,
    };
    expect(check(files)).toEqual([
      "packages/pkg/src/right.ts:2 imports ./left.ts, which is beside it: imports go downward (scripts/laws.mjs, pkg.levels).",
    ]);
  });

  test("a cycle, of types too", () => {
    const files = {
      "top/a.ts": `import type { B } from "./b.ts"; export type A = B;`,
      "top/b.ts": `import type { A } from "./a.ts"; export type B = A;`,
    };
    expect(check(files)).toEqual([
      "packages/pkg/src has an import cycle: top/a.ts → top/b.ts → top/a.ts.",
    ]);
  });

  test("from isolated folders, and from an entry point", () => {
    const files = {
      "index.ts": `import { kit } from "./kit/kit.ts"; export const i = kit;`,
      "kit/kit.ts": "export const kit = 1;",
      "right.ts": `import "./index.ts"; export const r = 1;`,
    };
    expect(check(files)).toEqual([
      "packages/pkg/src/index.ts:1 imports ./kit/kit.ts, which is apart: nothing imports it.",
      "packages/pkg/src/right.ts:1 imports ./index.ts: index.ts is for other packages, import the file itself.",
    ]);
  });

  test.each(["leftpad", "node:http", "lodash", "@scope/name/inner"])("of %s", (specifier) => {
    expect(check({ "right.ts": `import "${specifier}";` })).toEqual([
      `packages/pkg/src/right.ts:1 imports ${specifier}, which pkg or this file may not (scripts/laws.mjs, pkg.outside).`,
    ]);
  });

  test("from another package's internals, of a missing file, and of a computed name", () => {
    const text = `import "../../parser/src/parser.ts";
      import "./gone.ts";
      export const r = (name: string): unknown => import(name);`;
    expect(check({ "right.ts": text })).toEqual([
      "packages/pkg/src/right.ts:1 imports ../../parser/src/parser.ts from outside its package: import packages by their names.",
      "packages/pkg/src/right.ts:2 imports ./gone.ts, which does not exist.",
      "packages/pkg/src/right.ts:3 imports a name made at run time: write it out.",
    ]);
  });
});

describe("a file uses only APIs of every platform", () => {
  test.each([
    ["by itself", "export const f = (): unknown => navigator.onLine;", "navigator"],
    ["of the global object", "export const f = (): unknown => globalThis.process?.env;", "process"],
    ["of a cast", `export const f = (): unknown => (globalThis as any)["Buffer"];`, "Buffer"],
    [
      "destructured",
      "export const f = () => { const { window: w } = globalThis; return w; };",
      "window",
    ],
    ["as a type", "export type F = Buffer;", "Buffer"],
    ["as a shorthand", "export const f = (): unknown => ({ document });", "document"],
  ])("a platform's name %s", (_, text, name) => {
    expect(check({ "right.ts": text })).toEqual([
      `packages/pkg/src/right.ts:1 uses ${name}, which not every platform has (scripts/laws.mjs, pkg.platform).`,
    ]);
  });

  test("members and keys of that name do not count", () => {
    const text = `export interface I { process: string; window(): void }
      export const f = (i: I): unknown => ({ document: i.process, w: i.window() });`;
    expect(check({ "right.ts": text })).toEqual([]);
  });

  test("a file that may use one name may not use another", () => {
    expect(check({ "top/a.ts": "export const a = (): unknown => [window, process];" })).toEqual([
      "packages/pkg/src/top/a.ts:1 uses process, which not every platform has (scripts/laws.mjs, pkg.platform).",
    ]);
  });
});

describe("importing a module has no effect", () => {
  test.each(["export default class {}", "const x = 1; export { x as default };"])("%s", (text) => {
    expect(check({ "right.ts": text })).toEqual([
      "packages/pkg/src/right.ts:1 exports a default: export it by its name.",
    ]);
  });

  test.each([
    "export let count = 0;",
    "const seen = new Map(); export const f = (): unknown => seen;",
    "const queue: string[] = []; export const f = (): unknown => queue;",
    "Object.freeze(Array);",
    "for (const x of [1]) void x;",
  ])("%s", (text) => {
    expect(check({ "right.ts": text })).toEqual([
      "packages/pkg/src/right.ts:1 does work or keeps state when imported: move it into a function or a class.",
    ]);
  });
});

test("a new file must be given a level", () => {
  expect(check({ "surprise.ts": "export const s = 1;" })).toEqual([
    'packages/pkg/src/surprise.ts:1 is on no level: add "surprise" to scripts/laws.mjs, pkg.levels.',
  ]);
});

describe("the walk", () => {
  const files = {
    "top/a.ts": `import { left } from "../left.ts"; export const a = left;`,
    "left.ts": `import { base } from "./base.ts"; export const left = base;`,
    "right.ts": `import { base } from "./base.ts"; export const right = base;`,
    "base.ts": "export const base = 1;",
  };

  test("is printed as the imports that connect its files, in either direction", () => {
    expect(walkOf({ ...law, walk: ["top/a", "base", "right"] }, files)).toBe(
      "top/a → left → base ← right",
    );
  });

  test("fails where no import connects two of its files, or a file is missing", () => {
    const walk = ["left", "right", "gone"];
    expect(checkImports({ pkg: files }, { pkg: { ...law, walk } })).toEqual([
      "packages/pkg/src has a broken walk: no import connects left and right (scripts/laws.mjs, pkg.walk).",
      "packages/pkg/src has a broken walk: no import connects right and gone (scripts/laws.mjs, pkg.walk).",
    ]);
  });
});

test("our own laws give no file two levels", () => {
  for (const { levels } of Object.values(laws)) {
    const entries = levels.flat();
    expect(new Set(entries).size).toBe(entries.length);
  }
});
