import type { FeedOptions } from "@steadfeed/client";
import { expect, test } from "vitest";
import { identify, leadingOptions, nameOf } from "../../../packages/client/src/shared/key.ts";

const url = "http://localhost/events";
const of = (options: FeedOptions, key?: string): string => identify(url, options as never, key);

test.each<[string, FeedOptions, FeedOptions]>([
  [
    "order and case of headers",
    { headers: { B: "2", a: "1" } },
    {
      headers: [
        ["A", "1"],
        ["b", "2"],
      ],
    },
  ],
  [
    "order of limits",
    { timeouts: { idleMs: 5, headersMs: 6 } },
    { timeouts: { headersMs: 6, idleMs: 5 } },
  ],
  ["decoders, cursor and queues", { lastEventId: "5", lingerMs: 9, decode: "text" }, {}],
  ["a form's body and its text", { body: new URLSearchParams({ a: "1" }) }, { body: "a=1" }],
])("tabs share despite different %s", (_, a, b) => {
  expect(of(a)).toBe(of(b));
});

test.each<[FeedOptions, FeedOptions]>([
  [{ token: "a" }, { token: "b" }],
  [{ token: "a" }, {}],
  [{ headers: { Authorization: "a" } }, { headers: { Authorization: "b" } }],
  [{ headers: { a: "1", b: "2" } }, { headers: { a: "1,b,2" } }],
  [{ credentials: "include" }, {}],
  [
    { method: "POST", body: "a" },
    { method: "POST", body: "b" },
  ],
  [{ redirect: "error" }, {}],
  [{ retry: { maxAttempts: 3 } }, { retry: { maxAttempts: 4 } }],
  [{ retry: "spec" }, {}],
  [{ timeouts: { idleMs: 5 } }, {}],
  [{ maxEventBytes: 5 }, {}],
  [{ dispatchEmpty: true }, {}],
  [{ dedupe: true }, {}],
])("tabs with %j and %j never share, whatever their key", (a, b) => {
  expect(of(a)).not.toBe(of(b));
  expect(of(a, "same")).not.toBe(of(b, "same"));
});

test.each<[string, FeedOptions]>([
  ["headers", { headers: () => ({}) }],
  ["token", { token: () => "" }],
  ["fetch", { fetch: globalThis.fetch }],
  ["validate", { validate: () => true }],
  ["until", { until: () => true }],
  ["retry", { retry: () => true }],
  ["body", { method: "POST", body: new Blob() }],
])("%s that cannot be compared requires a key, which is then compared instead", (name, options) => {
  expect(() => of(options)).toThrow(`can't compare ${name} between tabs: give a key`);
  expect(of(options, "a")).toBe(of(options, "a"));
  expect(of(options, "a")).not.toBe(of(options, "b"));
  expect(of(options, "a")).not.toBe(of({}, "a"));
});

test("a URL counts as its resolved address; a function requires a key", () => {
  expect(identify(new URL(url), {})).toBe(of({}));
  expect(identify(`${url}?a`, {})).not.toBe(of({}));
  expect(() => identify(() => url, {})).toThrow("compare url");
});

test.each([
  ["", "a text"],
  [5 as never, "a text"],
])("a key is a non-empty text, not %j", (key) => {
  expect(() => of({}, key)).toThrow("key must be a non-empty string.");
});

test("the compared values are the ones that the leader uses", () => {
  const options: FeedOptions = { token: "a", lastEventId: "5", lingerMs: 9, dedupe: true };
  expect(leadingOptions(options as never)).toEqual({ token: "a", dedupe: true });
});

test("the name of the lock hides its inputs", async () => {
  const name = await nameOf(of({ token: "secret" }));
  expect(name).toMatch(/^steadfeed 2 [0-9a-f]{64}$/);
  expect(name).not.toBe(await nameOf(of({ token: "another" })));
});
