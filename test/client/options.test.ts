import { Feed, type FeedOptions } from "@steadfeed/client";
import { describe, expect, test } from "vitest";
import { defaults, resolve } from "../../packages/client/src/core/resolve.ts";

const wrong = (options: unknown) => () => resolve(options as FeedOptions);

function thrownBy(call: () => unknown): unknown {
  try {
    return void call();
  } catch (error) {
    return error;
  }
}

describe("defaults", () => {
  test("match the documentation", () => {
    expect(resolve({})).toEqual({
      events: undefined,
      decode: undefined,
      headers: undefined,
      token: undefined,
      body: undefined,
      credentials: undefined,
      lastEventId: "",
      store: undefined,
      signal: undefined,
      fetch: undefined,
      node: undefined,
      validate: undefined,
      until: undefined,
      dedupe: false,
      dispatchEmpty: false,
      method: "GET",
      redirect: "follow",
      retry: {
        initialDelayMs: 1000,
        maxDelayMs: 30_000,
        factor: 2,
        jitter: "equal",
        maxAttempts: false,
        maxElapsedMs: false,
        stableAfterMs: 5000,
        maxServerRetryMs: 300_000,
        maxRetryAfterMs: 3_600_000,
        repeat: false,
      },
      mode: "steady",
      decide: undefined,
      timeouts: { connectMs: 10_000, headersMs: false, idleMs: false },
      maxEventBytes: 16 * 1024 * 1024,
      lingerMs: 0,
      hidden: "keep",
      ref: true,
    });
  });

  test("are frozen", () => {
    const frozen = [defaults, defaults.retry, defaults.timeouts].map((each) =>
      Object.isFrozen(each),
    );
    expect(frozen).toEqual([true, true, true]);
  });

  test("apply to options given as undefined", () => {
    const nothing = {
      method: undefined,
      redirect: undefined,
      retry: undefined,
      timeouts: undefined,
      maxEventBytes: undefined,
      lingerMs: undefined,
      hidden: undefined,
      ref: undefined,
    };
    expect(resolve(nothing)).toEqual(resolve({}));
    expect(resolve({ retry: { factor: undefined }, timeouts: { idleMs: undefined } })).toEqual(
      resolve({}),
    );
  });

  test("apply to properties missing in a group", () => {
    const { retry, timeouts } = resolve({ retry: { factor: 3 }, timeouts: { idleMs: 5000 } });
    expect(retry).toEqual({ ...defaults.retry, factor: 3 });
    expect(timeouts).toEqual({ ...defaults.timeouts, idleMs: 5000 });
  });

  test("the given options are not changed", () => {
    const options = Object.freeze({
      retry: Object.freeze({ factor: 3 }),
      timeouts: Object.freeze({ idleMs: 1 }),
      method: "post",
    });
    expect(resolve(options).method).toBe("POST");
  });
});

describe("retry", () => {
  const decide = (): boolean => true;

  test.each([
    [undefined, "steady", undefined],
    [{}, "steady", undefined],
    ["spec", "spec", undefined],
    [false, "never", undefined],
    [decide, "steady", decide],
  ] as const)("%s", (retry, mode, asked) => {
    expect(resolve({ retry })).toMatchObject({ mode });
    expect(resolve({ retry }).decide).toBe(asked);
  });

  test("'spec' means one delay without growth or jitter", () => {
    expect(resolve({ retry: "spec" }).retry).toMatchObject({
      initialDelayMs: 3000,
      factor: 1,
      jitter: "none",
      maxServerRetryMs: 2 ** 31 - 1,
    });
  });
});

describe("misuse is a TypeError that names the option and the fix", () => {
  const numbers = {
    "retry.initialDelayMs": { least: 0, off: false },
    "retry.maxDelayMs": { least: 0, off: false },
    "retry.factor": { least: 1, off: false },
    "retry.maxAttempts": { least: 0, off: true },
    "retry.maxElapsedMs": { least: 0, off: true },
    "retry.stableAfterMs": { least: 0, off: false },
    "retry.maxServerRetryMs": { least: 0, off: false },
    "retry.maxRetryAfterMs": { least: 0, off: false },
    "timeouts.connectMs": { least: 1, off: true },
    "timeouts.headersMs": { least: 1, off: true },
    "timeouts.idleMs": { least: 1, off: true },
    lingerMs: { least: 0, off: false },
  };
  const setting = (path: string, value: unknown): unknown => {
    const [group, name] = path.split(".");
    return name === undefined ? { [path]: value } : { [group!]: { [name]: value } };
  };

  test.each(Object.entries(numbers))("%s", (path, { least, off }) => {
    const name = path.split(".").at(-1)!;
    for (const value of [
      least - 1,
      least - 0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      "5",
      null,
      true,
      {},
      5n,
    ]) {
      expect(wrong(setting(path, value)), typeof value).toThrow(TypeError);
      expect(wrong(setting(path, value))).toThrow(
        new RegExp(`${name} must be a number ≥ ${least}`),
      );
    }
    expect(wrong(setting(path, least))).not.toThrow();
    const message = `${name} must be a number ≥ ${least}${off ? ", or false to turn it off" : ""}, not no.`;
    expect(wrong(setting(path, "no"))).toThrow(new TypeError(message));
    const accepted = [least, false].map(
      (value) => thrownBy(wrong(setting(path, value))) === undefined,
    );
    expect(accepted).toEqual([true, off]);
  });

  test.each([
    [
      "fetch beside node",
      { fetch: globalThis.fetch, node: {} },
      /fetch and node exclude each other/,
    ],
    ["redirect", { redirect: "manual" }, /redirect must be 'follow' or 'error', not manual/],
    ["redirect: null", { redirect: null }, /redirect must be/],
    [
      "jitter",
      { retry: { jitter: "decorrelated" } },
      /jitter must be 'equal', 'full' or 'none', not decorrelated/,
    ],
    ["retry: true", { retry: true }, /retry must be an object, a function, 'spec' or false/],
    ["retry: null", { retry: null }, /retry must be/],
    ["retry: 'never'", { retry: "never" }, /retry must be/],
    ["retry: 3", { retry: 3 }, /retry must be/],
    ["timeouts", { timeouts: 5000 }, /timeouts must be an object/],
    [
      "a typo in retry",
      { retry: { initialDelay: 5 } },
      /retry has no option initialDelay: did you mean initialDelayMs\? It has initialDelayMs, /,
    ],
    [
      "a typo in timeouts",
      { timeouts: { idle: 5 } },
      /timeouts has no option idle: did you mean idleMs\? It has connectMs, headersMs, idleMs\./,
    ],
    ["a method with a space", { method: "GET /" }, /method must be an HTTP method, not "GET \/"/],
    ["an empty method", { method: "" }, /method must be/],
    [
      "a body without a method",
      { body: "b" },
      /body needs a method that has one, such as 'POST', not GET/,
    ],
    [
      "a body to be made JSON",
      { body: { a: 1 }, method: "POST" },
      /body must be .*JSON\.stringify/,
    ],
    ["a decoder's name", { events: { tick: "json" } }, /events\.tick must be a schema/],
    ["a list of types", { events: ["tick"] }, /events\.0 must be a schema or a function/],
    ["a body of a HEAD", { body: "b", method: "head" }, /body needs a method/],
    ["a body function of a GET", { body: () => "b" }, /body needs a method/],
    [
      "lastEventId: 7",
      { lastEventId: 7 },
      /lastEventId must be a string: give a store as the store option/,
    ],
    ["lastEventId: null", { lastEventId: null }, /lastEventId must be/],
    ["half a store", { store: { get: () => "" } }, /store must be/],
  ])("%s", (_, options, message) => {
    expect(wrong(options)).toThrow(TypeError);
    expect(wrong(options)).toThrow(message);
  });

  test("throws in the constructor, not at the first request", () => {
    expect(() => new Feed("https://a.test/", { timeouts: { idleMs: 0 } })).toThrow(TypeError);
    expect(() => new Feed("a.test/events")).toThrow(TypeError);
  });
});

test.each(["GET", "QUERY", "patch", "M-SEARCH"])("the method %s is sent in capitals", (method) => {
  expect(resolve({ method }).method).toBe(method.toUpperCase());
});

describe("arguments that were mistaken for others", () => {
  test.each([
    [{ maxEventBytes: 1000.5 }, "maxEventBytes must be an integer"],
    [{ maxEventBytes: 0 }, "maxEventBytes must be an integer"],
    [{ decode: "jsn" }, "decode must be 'text', 'json' or 'base64', not jsn"],
    [{ dedupe: "no" }, "dedupe must be true or false"],
    [{ dispatchEmpty: 1 }, "dispatchEmpty must be true or false"],
    [{ ref: "false" }, "ref must be true or false"],
    [{ until: "[DONE]" }, "until must be a function"],
    [{ validate: true }, "validate must be a function"],
    [{ fetch: {} }, "fetch must be a function"],
  ])("%j throws at the call", (options, message) => {
    expect(() => new Feed("http://wire.test/", options as never)).toThrow(TypeError);
    expect(() => new Feed("http://wire.test/", options as never)).toThrow(message);
  });
});

test("a callback after the options throws, instead of becoming a subscription without a reader", () => {
  const feed = new Feed("https://example.com");
  const swapped = () => feed.subscribe("a", { capacity: 1 } as never, (() => undefined) as never);
  expect(swapped).toThrow(
    /argument of subscribe must be a callback, a Channel of this package, or options/,
  );
  feed.close();
});
