// What a browser's production build has in place of the checks and the dates of Node: pure functions.
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  checkNames,
  checkOptions,
  checkResumption,
  headersOf,
  urlOf,
} from "../../packages/client/src/core/checks-slim.ts";
import { defaults } from "../../packages/client/src/core/resolve.ts";
import { retryAfterMs, takeCredentials } from "../../packages/client/src/http/platform-browser.ts";

describe("a production build still refuses", () => {
  test("an option that it does not know, by its name", () => {
    expect(() => checkNames("Feed", { reties: 1 }, defaults)).toThrow(/^Wrong option: reties/);
    expect(() => checkNames("Feed", { reties: undefined }, defaults)).not.toThrow();
  });

  test("options that are no object", () => {
    expect(() => checkNames("Feed", null as never, defaults)).toThrow(TypeError);
  });

  test("a redirect option that would let a secret go anywhere", () => {
    const check = (redirect: string) => checkOptions({ ...defaults, redirect } as never);
    expect(() => check("errors")).toThrow("Wrong option: redirect");
    for (const redirect of ["follow", "error"]) expect(() => check(redirect)).not.toThrow();
  });

  test.each([null, 7, {}])("the token %j", (token) => {
    expect(() => headersOf({}, token as never)).toThrow("Wrong option: token");
  });

  test.each<[string, HeadersInit, string | undefined]>([
    ["a header", { "X-Key": "secret\nmore" }, undefined],
    ["a token", {}, "secret\nmore"],
  ])("%s that no request can carry, without quoting it", (_, headers, token) => {
    const attempt = () => headersOf(headers, token);
    expect(attempt).toThrow(TypeError);
    expect(attempt).not.toThrow(/secret/);
  });

  test("a URL that is not one, or not HTTP", () => {
    expect(() => urlOf("http://", undefined)).toThrow(TypeError);
    expect(() => urlOf("ws://a.test/", undefined)).toThrow("Wrong option: url");
    expect(urlOf("/b", "https://a.test/").href).toBe("https://a.test/b");
  });

  test("a result of resume without a URL, which would be read as /undefined", () => {
    expect(() => checkResumption({} as never)).toThrow("Wrong option: url of resume");
    expect(() => checkResumption({ url: "/rest" })).not.toThrow();
  });

  test("a URL with a password, which the browser's fetch would refuse at every attempt", () => {
    expect(() => takeCredentials(new URL("https://ann:secret@a.test/"))).toThrow(TypeError);
    expect(() => takeCredentials(new URL("https://ann:secret@a.test/"))).not.toThrow(/secret/);
    expect(takeCredentials(new URL("https://a.test/"))).toBeUndefined();
  });
});

test("the headers of a production build are the user's and the token", () => {
  expect([...headersOf({ "X-A": "1" }, "t")]).toEqual([
    ["authorization", "Bearer t"],
    ["x-a", "1"],
  ]);
  expect([...headersOf(undefined, undefined)]).toEqual([]);
});

describe("Retry-After in a page", () => {
  const now = Date.parse("Thu, 01 Jan 2026 00:00:00 GMT");
  afterEach(() => void vi.useRealTimers());

  test.each([
    ["120", 120_000],
    ["0", 0],
    ["1.5", 2000],
    ["120, 120", 120_000],
    ["Thu, 01 Jan 2026 00:02:00 GMT", 120_000],
    ["Thursday, 01-Jan-26 00:02:00 GMT", 120_000],
    ["Wed, 31 Dec 2025 23:00:00 GMT", 0],
    ["99999999999999999999", 3_600_000],
    ["Fri, 31 Dec 9999 23:59:59 GMT", 3_600_000],
    ["soon", 0],
    ["", 0],
    ["1e3", 0],
    ["2026-01-01T00:02:00Z", 0],
    ["next week GMT", 0],
    [null, 0],
  ])("%j", (value, ms) => {
    vi.useFakeTimers({ now });
    expect(retryAfterMs(value, 3_600_000)).toBe(ms);
  });
});
