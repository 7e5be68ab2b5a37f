import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test, vi } from "vitest";

afterEach(() => {
  vi.doUnmock("eventsource-parser");
  vi.resetModules();
});

/** Imports our parser with another version of its dependency in place of the right one. */
function importWith(createParser: unknown): Promise<typeof import("@steadfeed/parser")> {
  vi.resetModules();
  vi.doMock("eventsource-parser", () => ({ createParser }));
  return import("@steadfeed/parser");
}

/** Version 3, which a peer of ours brings. */
async function version3(): Promise<unknown> {
  const peer = createRequire(import.meta.resolve("eventsource-client"));
  const path = peer.resolve("eventsource-parser");
  expect(path).toContain("eventsource-parser@3");
  const { createParser } = (await import(pathToFileURL(path).href)) as { createParser: unknown };
  return createParser;
}

describe("an outdated eventsource-parser in place of ours is named, since it would lose ids silently", () => {
  test.each<[version: string, createParser: () => Promise<unknown>]>([
    ["3, which does not know onId", version3],
    [
      "2, whose parser takes a function",
      async () => (onParse: () => void) => ({ feed: () => onParse() }),
    ],
  ])("version %s", async (_version, createParser) => {
    const parser = await importWith(await createParser());
    expect(() => parser.createParser({ onEvent: () => undefined })).toThrow(
      /needs eventsource-parser 4/,
    );
  });
});
