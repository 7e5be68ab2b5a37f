import { describe, expect, test } from "vitest";
import { checkImports, laws } from "../../scripts/check-imports.mjs";

const client = (files: Record<string, string>): string[] => checkImports({ client: files });

describe("a wrong import does not reach the main branch", () => {
  test("downward imports, the packages' doors and the platform's rooms are fine", () => {
    const sources = {
      parser: {
        "index.ts": `export { createParser } from "./parser.ts"; export type * from "./event.ts";`,
        "parser.ts": `import { createParser as lines } from "eventsource-parser";
          import type { Event } from "./event.ts";
          export const createParser = (e: Event): unknown => lines(e);`,
        "event.ts": "export interface Event { readonly document: string }",
      },
      client: {
        "feed.ts": `import { connect } from "./connect.ts"; export const feed = [connect];`,
        "connect.ts": `import { transport } from "#transport"; export const connect = transport;`,
        "transport-undici.ts": `import { Agent } from "undici"; import { gunzip } from "node:zlib";
          export const transport = [Agent, gunzip, process.env];`,
        "page.ts": "export const page = (): unknown => globalThis.document ?? window;",
      },
      server: {
        "frame.ts": `import { encodeEvent } from "@steadfeed/parser/encode"; export const f = encodeEvent;`,
        "node.ts": `import { createServer } from "node:http"; export const s = [createServer, Buffer];`,
      },
    };
    expect(checkImports(sources)).toEqual([]);
  });

  test.each([
    ["an import", `import { Feed } from "./feed.ts"; export const c = Feed;`],
    ["a type import", `import type { Feed } from "./feed.ts"; export type C = Feed;`],
    ["a type query", `export type C = import("./feed.ts").Feed;`],
    ["a dynamic import", `export const c = (): unknown => import("./feed.ts");`],
    ["an export from elsewhere", `export { Feed } from "./feed.ts";`],
  ])("upward: %s", (_, text) => {
    const sentences = client({ "feed.ts": "export class Feed {}", "channel.ts": text });
    expect(sentences).toEqual([
      "packages/client/src/channel.ts:1 imports ./feed.ts, which stands above it: imports go downward (laws.client.levels).",
    ]);
  });

  test("sideways", () => {
    const sentences = client({
      "policy.ts": `\nimport { b } from "./backoff.ts";\nexport const p = b;`,
      "backoff.ts": "export const b = 1;",
    });
    expect(sentences).toEqual([
      "packages/client/src/policy.ts:2 imports ./backoff.ts, which stands beside it: imports go downward (laws.client.levels).",
    ]);
  });

  test("a circle, of types too", () => {
    const sentences = client({
      "testing/a.ts": `import type { B } from "./b.ts"; export type A = B;`,
      "testing/b.ts": `import type { A } from "./a.ts"; export type B = A;`,
    });
    expect(sentences).toEqual([
      "packages/client/src imports in a circle: testing/a.ts → testing/b.ts → testing/a.ts.",
    ]);
  });

  test("what stands apart", () => {
    const sentences = checkImports({
      server: {
        "redis/log.ts": `import { f } from "../frame.ts"; export const r = f;`,
        "frame.ts": "export const f = 1;",
        "broker.ts": `import { r } from "./redis/log.ts"; export const b = r;`,
      },
    });
    expect(sentences).toEqual([
      "packages/server/src/broker.ts:1 imports ./redis/log.ts, which stands apart: nothing imports it.",
    ]);
  });

  test("the door", () => {
    const sentences = client({
      "index.ts": "export {};",
      "shared.ts": `import "./index.ts"; export const s = 1;`,
    });
    expect(sentences).toEqual([
      "packages/client/src/shared.ts:1 imports ./index.ts: index.ts is a door for others, nothing inside goes through it.",
    ]);
  });

  test.each([
    ["client", "@steadfeed/server"],
    ["client", "@steadfeed/parser/encode"],
    ["client", "undici"],
    ["client", "node:http"],
    ["server", "@steadfeed/client"],
    ["server", "@steadfeed/parser"],
    ["parser", "@steadfeed/client"],
    ["parser", "lodash"],
  ])("%s from %s", (name, specifier) => {
    const sentences = checkImports({ [name]: { "options.ts": `import "${specifier}";` } });
    expect(sentences).toEqual([
      `packages/${name}/src/options.ts:1 imports ${specifier}, which ${name} may not, or not here (laws.${name}.outside).`,
    ]);
  });

  test("another package's insides, a file that is not there, a name made up at run time", () => {
    const sentences = client({
      "feed.ts": `import "../../parser/src/parser.ts";
        import "./gone.ts";
        export const f = (name: string): unknown => import(name);`,
    });
    expect(sentences).toEqual([
      "packages/client/src/feed.ts:1 imports ../../parser/src/parser.ts out of its package: packages meet at their doors.",
      "packages/client/src/feed.ts:2 imports ./gone.ts, which is not there.",
      "packages/client/src/feed.ts:3 imports what is only known at run time: write the name out.",
    ]);
  });
});

describe("a file says only what every platform understands", () => {
  test.each([
    ["by itself", "export const f = (): unknown => navigator.onLine;", "navigator"],
    ["of the global object", "export const f = (): unknown => globalThis.process?.env;", "process"],
    ["of a cast", `export const f = (): unknown => (globalThis as any)["Buffer"];`, "Buffer"],
    [
      "taken apart",
      "export const f = () => { const { window: w } = globalThis; return w; };",
      "window",
    ],
    ["as a type", "export type F = Buffer;", "Buffer"],
    ["as a shorthand", "export const f = (): unknown => ({ document });", "document"],
  ])("a platform's name %s", (_, text, name) => {
    expect(client({ "feed.ts": text })).toEqual([
      `packages/client/src/feed.ts:1 says ${name}, which not every platform has: it has its rooms (laws.client.platform).`,
    ]);
  });

  test("members and keys of that name are nobody's platform", () => {
    const text = `export interface I { process: string; window(): void }
      export const f = (i: I): unknown => ({ document: i.process, w: i.window() });`;
    expect(client({ "feed.ts": text })).toEqual([]);
  });

  test("the page's room has the page and no more", () => {
    expect(client({ "page.ts": "export const p = (): unknown => [window, process];" })).toEqual([
      "packages/client/src/page.ts:1 says process, which not every platform has: it has its rooms (laws.client.platform).",
    ]);
  });
});

describe("a module is quiet until it is used", () => {
  test.each(["export default class {}", "const x = 1; export { x as default };"])("%s", (text) => {
    expect(client({ "feed.ts": text })).toEqual([
      "packages/client/src/feed.ts:1 exports a default: export it by its name.",
    ]);
  });

  test.each([
    "export let count = 0;",
    "const seen = new Map(); export const f = (): unknown => seen;",
    "const queue: string[] = []; export const f = (): unknown => queue;",
    "Object.freeze(Array);",
    "for (const x of [1]) void x;",
  ])("%s", (text) => {
    expect(client({ "feed.ts": text })).toEqual([
      "packages/client/src/feed.ts:1 works or keeps state when it is merely imported: move it into a function or a class.",
    ]);
  });
});

test("a new file must be given its place", () => {
  expect(client({ "surprise.ts": "export const s = 1;" })).toEqual([
    'packages/client/src/surprise.ts:1 has no place yet: add "surprise" to scripts/check-imports.mjs, laws.client.levels.',
  ]);
});

test("no file has two places", () => {
  for (const { levels } of Object.values(laws)) {
    const places = levels.flat();
    expect(new Set(places).size).toBe(places.length);
  }
});
