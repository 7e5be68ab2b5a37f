import { createParser, type ParserOptions } from "@steadfeed/parser";
import { describe, expect, test } from "vitest";
import { defaults, resolve } from "../../packages/parser/src/options.ts";

/** What a caller without types may hand in. */
const create = (options?: unknown): unknown => createParser(options as ParserOptions);
const onEvent = (): void => undefined;

describe("misuse throws at the call, with the option and the fix", () => {
  test.each([
    ["nothing at all", undefined],
    ["null", null],
    ["no onEvent", {}],
    ["a bare function", onEvent],
    ["another library's name", { onMessage: onEvent }],
    ["an onEvent that is not a function", { onEvent: "log" }],
  ])("%s: the message shows how to pass onEvent", (_, options) => {
    expect(() => create(options)).toThrow(TypeError);
    expect(() => create(options)).toThrow(/^onEvent must be a function: createParser\(\{ onEvent/);
  });

  test("a dispatchEmpty of a string, which would turn it on", () => {
    expect(() => create({ onEvent, dispatchEmpty: "false" })).toThrow(
      "dispatchEmpty must be true or false",
    );
  });

  test.each(["onRetry", "onComment", "onId", "onError"])(
    "%s that is not a function, before the first byte that needs it",
    (name) => {
      for (const value of [null, "log", 1, {}]) {
        expect(() => create({ onEvent, [name]: value })).toThrow(TypeError);
        expect(() => create({ onEvent, [name]: value })).toThrow(`${name} must be a function`);
      }
    },
  );

  test.each([
    0,
    -1,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    "1024",
    1024n,
    null,
    false,
  ])("maxEventBytes %s: never unlimited by accident", (maxEventBytes) => {
    expect(() => create({ onEvent, maxEventBytes })).toThrow(TypeError);
    expect(() => create({ onEvent, maxEventBytes })).toThrow(
      `maxEventBytes must be an integer ≥ 1, not ${String(maxEventBytes)}.`,
    );
  });

  test.each([null, 7, {}])("lastEventId %s, which would be sent as a header", (lastEventId) => {
    expect(() => create({ onEvent, lastEventId })).toThrow(TypeError);
    expect(() => create({ onEvent, lastEventId })).toThrow(
      `lastEventId must be a string, not ${typeof lastEventId}.`,
    );
  });
});

describe("a missing option has its default", () => {
  test("an event of 16 MiB, from the start of the feed", () => {
    expect(resolve({ onEvent })).toMatchObject({
      lastEventId: "",
      maxEventBytes: 16 * 1024 * 1024,
    });
  });

  test("undefined is the same as left out", () => {
    const nothing = {
      onRetry: undefined,
      onComment: undefined,
      onError: undefined,
      lastEventId: undefined,
      maxEventBytes: undefined,
    };
    expect(resolve({ onEvent, ...nothing })).toMatchObject(defaults);
    const parser = createParser({ onEvent, ...nothing });
    expect(() => parser.push(": c\nretry: 1\ndata: a\n\n")).not.toThrow();
  });

  test("given options are kept", () => {
    const given = { onEvent, onRetry: onEvent, lastEventId: "7", maxEventBytes: 1 };
    expect(resolve(given)).toEqual(given);
  });

  test("the defaults are frozen", () => {
    expect(Object.isFrozen(defaults)).toBe(true);
  });
});
