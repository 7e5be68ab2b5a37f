// What is wrong, or loses one of two options, is refused by a sentence that names the fix; it never passes in silence.
import { Client, Feed, type FeedOptions } from "@steadfeed/client";
import { steadyFetch } from "@steadfeed/client/fetch";
import { SharedFeed } from "@steadfeed/client/shared";
import { defineStream, defineStreams, typed } from "@steadfeed/contract";
import { describe, expect, onTestFinished, test } from "vitest";
import { feedOf, transports } from "../support/feeds.ts";
import { playing, playLog, reports } from "../support/play.ts";

const url = "http://wire.test/";
const never = (): Promise<never> => new Promise(() => undefined);

function thrownBy(call: () => { close(): void }): Error {
  try {
    call().close();
  } catch (error) {
    return error as Error;
  }
  throw new Error("Nothing was thrown.");
}

const refusal = (options: unknown): Error => thrownBy(() => new Feed(url, options as FeedOptions));

describe("a body that fetch would make another text of", () => {
  const wrong: [string, unknown][] = [
    ["an object", { a: 1 }],
    ["an object without a prototype", Object.assign(Object.create(null) as object, { a: 1 })],
    [
      "an object of a class",
      new (class Prompt {
        text = "x";
      })(),
    ],
    ["a list", [1, 2]],
    ["a Map", new Map([["a", 1]])],
    ["a Set", new Set([1])],
    ["a Date", new Date(0)],
    ["an error", new Error("x")],
    ["a number", 5],
    ["NaN", Number.NaN],
    ["a bigint", 5n],
    ["true", true],
    ["a symbol", Symbol("x")],
    ["a Request", new Request(url)],
  ];

  test.each(wrong)("%s is refused, and the fix is named", (_, body) => {
    const error = refusal({ method: "POST", body });
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^body must be .*JSON\.stringify/);
  });

  test.each(wrong)("%s of a function too, and nothing is sent", async (_, body) => {
    const server = await playLog(1);
    for (const [, options] of transports) {
      const made = feedOf(server.url, { ...options, method: "POST", body: () => body as never });
      await expect(made.open()).rejects.toMatchObject({
        code: "request",
        message: expect.stringMatching(
          /^The request cannot be made: body must be .*JSON\.stringify/,
        ) as string,
      });
      expect((await made.closed).reason).toBe("failed");
    }
    expect(server.requests).toHaveLength(0);
  });

  const form = new FormData();
  form.set("a", "1");
  test.each<[string, unknown]>([
    ["a text", "a=1"],
    ["an empty text", ""],
    ["bytes", new Uint8Array([1])],
    ["a view", new DataView(new ArrayBuffer(1))],
    ["a buffer", new ArrayBuffer(1)],
    ["a Blob", new Blob(["a"])],
    ["a form", form],
    ["parameters", new URLSearchParams({ a: "1" })],
    ["nothing", undefined],
    ["null", null],
    [
      "a form of React Native",
      new (class FormData {
        append(): void {}
      })(),
    ],
  ])("%s is taken", (_, body) => {
    const feed = new Feed(url, { method: "POST", body: body as never });
    feed.close();
    expect(feed.state).toBe("closed");
  });
});

describe("an option of something else says whose it is", () => {
  test.each<[string, object, RegExp]>([
    ["a Client's", { streams: {} }, /^Feed has no option streams: it belongs to Client\./],
    ["a Client's", { streamParam: "s" }, /no option streamParam: it belongs to Client\./],
    ["a SharedFeed's", { key: "user" }, /no option key: it belongs to SharedFeed\b/],
    ["a subscription's", { capacity: 5 }, /no option capacity: it belongs to feed\.subscribe\(\)/],
    ["a subscription's", { filter: Boolean }, /filter: it belongs to feed\.subscribe\(\)/],
    ["of once()", { timeoutMs: 5 }, /timeoutMs: it belongs to feed\.once\(\)/],
    ["of TLS", { ca: "…" }, /ca: did you mean node\.tls\.ca\?/],
    ["of TLS", { node: { ca: "…" } }, /^node has no option ca: did you mean tls\.ca\?/],
    [
      "of TLS",
      { node: { rejectUnauthorized: false } },
      /^node has no option rejectUnauthorized: did you mean tls\.rejectUnauthorized\?/,
    ],
    ["of TLS", { node: { servername: "a" } }, /did you mean tls\.servername\?/],
    ["of TLS", { node: { key: "…" } }, /did you mean tls\.key\?/],
    ["of timeouts", { retry: { idleMs: 5 } }, /idleMs: did you mean timeouts\.idleMs\?/],
    [
      "of retry",
      { timeouts: { maxAttempts: 5 } },
      /maxAttempts: did you mean retry\.maxAttempts\?/,
    ],
  ])("%s: %o", (_, options, message) => {
    expect(refusal(options)).toBeInstanceOf(TypeError);
    expect(refusal(options).message).toMatch(message);
  });

  test("and so do those of a Client, a SharedFeed and a subscription", async () => {
    const { url: at } = await playLog(1);
    const feed = feedOf(at, {});
    const wrong = { lastEventId: "7" } as never;
    expect(() => feed.subscribe("message", () => undefined, wrong)).toThrow(
      /^subscribe has no option lastEventId: it belongs to Feed\./,
    );
    expect(thrownBy(() => new Client(url, { key: "a" } as never)).message).toMatch(
      /it belongs to SharedFeed/,
    );
    expect(thrownBy(() => new SharedFeed(url, { streams: {} } as never)).message).toMatch(
      /it belongs to Client/,
    );
  });
});

describe("two options of which one would be lost", () => {
  test.each<[string, object, RegExp]>([
    [
      "token beside Authorization",
      { token: "t", headers: { authorization: "Basic x" } },
      /^token and headers\.Authorization exclude each other/,
    ],
    [
      "token beside Authorization, as a list",
      { token: () => "t", headers: [["AUTHORIZATION", "Basic x"]] },
      /^token and headers\.Authorization exclude each other/,
    ],
    [
      "proxy beside socketPath",
      { node: { proxy: "http://localhost:1", socketPath: "/run/a" } },
      /^node\.proxy and node\.socketPath exclude each other/,
    ],
    [
      "dispatcher beside tls",
      { node: { dispatcher: { dispatch: () => true }, tls: { ca: "…" } } },
      /^node\.dispatcher and node\.tls exclude each other/,
    ],
    [
      "dispatcher beside proxy",
      { node: { dispatcher: { dispatch: () => true }, proxy: "env" } },
      /^node\.dispatcher and node\.proxy exclude each other/,
    ],
  ])("%s", (_, options, message) => {
    expect(refusal(options)).toBeInstanceOf(TypeError);
    expect(refusal(options).message).toMatch(message);
  });

  test.each(transports)(
    "token beside an Authorization that a function gives, by %s",
    async (_, options) => {
      const server = await playLog(1);
      const feed = feedOf(server.url, {
        ...options,
        token: () => "secret",
        headers: () => ({ authorization: "Basic x" }),
      });
      await expect(feed.open()).rejects.toMatchObject({
        code: "request",
        message: expect.stringMatching(
          /^The request cannot be made: token and headers\.Authorization exclude/,
        ) as string,
      });
      expect(server.requests).toHaveLength(0);
    },
  );
});

describe("options of node", () => {
  test.each<[string, object, RegExp]>([
    ["tls", { tls: 5 }, /^node\.tls must be an object/],
    ["tls", { tls: null }, /^node\.tls must be an object/],
    ["http2", { http2: "yes" }, /^node\.http2 must be true or false/],
    ["socketPath", { socketPath: 5 }, /^node\.socketPath must be a path/],
    ["socketPath", { socketPath: "" }, /^node\.socketPath must be a path/],
    ["dispatcher", { dispatcher: null }, /^node\.dispatcher must be an undici Dispatcher/],
    ["proxy", { proxy: null }, /^node\.proxy must be/],
    ["proxy", { proxy: "http://" }, /^node\.proxy must be/],
  ])("%s: %o", (_, node, message) => {
    expect(refusal({ node })).toBeInstanceOf(TypeError);
    expect(refusal({ node }).message).toMatch(message);
  });
});

describe("a group of options is an object, and no promise, list or map", () => {
  const wrong: [string, unknown][] = [
    ["a promise", Promise.resolve({})],
    ["a list", []],
    ["a Map", new Map()],
    ["null", null],
    ["a text", "x"],
    ["a number", 5],
    ["a symbol", Symbol("x")],
  ];
  const about: [string, (value: any) => { close(): void }, RegExp][] = [
    ["Feed", (value) => new Feed(url, value), /options of Feed must be an object/],
    ["Client", (value) => new Client(url, value), /options of Client must be an object/],
    ["events", (events) => new Feed(url, { events }), /^events(\.0)? must be /],
    ["retry", (retry) => new Feed(url, { retry }), /^retry must be an object/],
    ["timeouts", (timeouts) => new Feed(url, { timeouts }), /^timeouts must be an object/],
    ["node", (node) => new Feed(url, { node }), /^node must be an object/],
    ["tls", (tls) => new Feed(url, { node: { tls } }), /^node\.tls must be an object/],
    ["store", (store) => new Feed(url, { store }), /^store must /],
    ["streams", (streams) => new Client(url, { streams }), /^streams must be a contract/],
    ["a stream", (a) => new Client(url, { streams: { a } }), /^streams\.a must be a stream/],
    [
      "streamParam",
      (value) => new Client(url, { streamParam: value === "x" ? "" : value }),
      /^streamParam must be a text/,
    ],
    ["a decoder", (a) => new Feed(url, { events: { a } }), /^events\.a must be a schema/],
    ["method", (value) => new Feed(url, { method: value === "x" ? "" : value }), /^method must be/],
    [
      "what subscribe() takes second",
      (value) => new Feed(url, { fetch: never }).subscribe("a", value),
      /^(The second argument of|The options of) subscribe must be/,
    ],
    ["steadyFetch's retry", (retry) => steadyFetch({ retry }) as never, /^retry must be an object/],
    [
      "steadyFetch's fetch",
      (fetch) => steadyFetch({ fetch }) as never,
      /^fetch must be a function/,
    ],
  ];

  test.each(about)("%s", (_, make, message) => {
    for (const [what, value] of wrong) {
      const error = thrownBy(() => make(value));
      expect([what, error]).toEqual([what, expect.any(TypeError)]);
      expect(error.message).toMatch(message);
    }
  });

  test("nor is a promise of headers", () => {
    expect(refusal({ headers: Promise.resolve({ a: "b" }) })).toMatchObject({
      message: "headers must not be a promise: give a function that returns it.",
    });
  });

  test("a message shows a value that has no text, and no more than the beginning of a long one", () => {
    const long = refusal({ hidden: "x".repeat(1e6) }).message;
    expect(long.length).toBeLessThan(200);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const value of [Symbol("x"), Object.create(null), proxy])
      for (const name of ["decode", "credentials", "redirect", "hidden", "dedupe", "maxEventBytes"])
        expect(refusal({ [name]: value }).message).toMatch(new RegExp(`^${name} must be`));
  });
});

describe("options of subscribe(), once() and on()", () => {
  const signals: unknown[] = [null, 5, "x", {}, new AbortController(), { addEventListener() {} }];
  const feed = (): Feed => {
    const made = new Feed(url, { fetch: () => new Promise(() => undefined) });
    onTestFinished(() => made.close());
    return made;
  };
  const subscribe = (options: object) => () => feed().subscribe("a", () => undefined, options);

  test.each(signals)("a signal of another kind is refused at once: %o", async (signal) => {
    const refused = /^signal must be an AbortSignal/;
    expect(subscribe({ signal })).toThrow(TypeError);
    expect(subscribe({ signal })).toThrow(refused);
    expect(() => feed().on("open", () => undefined, { signal } as never)).toThrow(refused);
    await expect(feed().once("a", { signal } as never)).rejects.toThrow(refused);
    expect(() => new Feed(url, { signal } as never)).toThrow(refused);
  });

  test.each([null, 5, "x", {}, Promise.resolve(true)])("a filter of another kind: %o", (filter) => {
    expect(subscribe({ filter })).toThrow(TypeError);
    expect(subscribe({ filter })).toThrow(/^filter must be a function/);
  });

  test.each([null, 5, {}, Symbol("x")])("a name of another kind: %o", (name) => {
    expect(subscribe({ name })).toThrow(TypeError);
    expect(subscribe({ name })).toThrow(/^name must be a text/);
  });

  test.each([null, Number.NaN, -1, "5", Infinity, {}, true])(
    "a time of another kind: %o",
    async (timeoutMs) => {
      const made = feed();
      await expect(made.once("a", { timeoutMs } as never)).rejects.toThrow(
        /^timeoutMs must be a number ≥ 0/,
      );
      // Nothing was begun.
      expect(made.state).toBe("idle");
    },
  );
});

describe("an empty token is refused", () => {
  test.each([[""], [" "], ["\t"]])("%j is refused", (token) => {
    const error = refusal({ token });
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^token must not be empty: leave it out, or give undefined/);
  });

  test.each(transports)("that of a function too, by %s", async (_, options) => {
    const server = await playLog(1);
    const feed = feedOf(server.url, { ...options, token: async () => "" });
    await expect(feed.open()).rejects.toMatchObject({
      code: "request",
      message: expect.stringMatching(
        /^The request cannot be made: token must not be empty/,
      ) as string,
    });
    expect(server.requests).toHaveLength(0);
  });

  test("undefined of a function sends none", async () => {
    const server = await playLog(1);
    await feedOf(server.url, { token: () => undefined as never }).open();
    expect(server.last.headers.get("Authorization")).toBeNull();
  });
});

test("the message about a wrong token begins without the name of a class", async () => {
  const { url: at } = await playLog(1);
  const feed = feedOf(at, { token: () => "Bearer x" });
  await expect(feed.open()).rejects.toMatchObject({
    message: expect.stringMatching(/^The request cannot be made: token must/),
  });
});

describe("the reason that a function of the user threw is part of the message", () => {
  const fail = (): never => {
    throw new Error("the vault is sealed");
  };
  const atOnce = { retry: { initialDelayMs: 1, maxAttempts: 1 } };

  test.each<[string, FeedOptions]>([
    ["token", { token: fail }],
    ["headers", { headers: async () => fail() }],
    ["body", { method: "POST", body: fail }],
    ["until", { until: fail }],
    ["validate", { validate: fail }],
    ["store.get", { store: { get: fail, set: () => undefined } }],
    ["store.set", { store: { get: () => undefined, set: fail } }],
    ["retry", { retry: fail }],
  ])("%s", async (_, options) => {
    const server = await playing((script) => script.events(1).end());
    const feed = feedOf(server.url, { ...atOnce, ...options });
    const said = reports(feed, "error", "waiting", "closed");
    feed.subscribe("message", () => undefined);
    await expect
      .poll(() => said.map(({ error }) => error?.message as string))
      .toContainEqual(expect.stringContaining("the vault is sealed"));
  });

  test.each(["callback", "filter", "listener"])("%s", async (which) => {
    const { url: at } = await playLog(1);
    const feed = feedOf(at, {});
    const said = reports(feed, "error");
    if (which === "listener") feed.on("open", fail);
    feed.subscribe("message", which === "callback" ? fail : () => undefined, {
      filter: which === "filter" ? fail : () => true,
    });
    await expect.poll(() => said.length).toBe(1);
    expect(said[0]!["error"].message).toContain("the vault is sealed");
  });
});

test("a Client has no function for a URL, which its first subscription would find", () => {
  const error = thrownBy(() => new Client((() => url) as never));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toMatch(/^The URL of a Client must be a text or a URL/);
});

describe("a contract's streams", () => {
  const api = defineStreams({
    prices: defineStream({ tick: typed<number>() }),
    "room:{id}": defineStream({ said: typed<string>() }),
  });

  test("have no other event types, also in JavaScript", () => {
    const client = new Client(url, { streams: api, fetch: () => new Promise(() => undefined) });
    onTestFinished(() => client.close());
    const subscribe = client.subscribe.bind(client) as (...given: unknown[]) => unknown;
    for (const [stream, types] of [
      ["prices", "tikc"],
      ["prices", ["tick", "tikc"]],
      ["prices", "constructor"],
    ]) {
      expect(() => subscribe(stream, types, () => undefined)).toThrow(TypeError);
      expect(() => subscribe(stream, types, () => undefined)).toThrow(
        /^The stream prices has no event type (tikc|constructor) in the contract: it has tick\./,
      );
    }
    expect(() => subscribe("room:7", "tick")).toThrow(/room:7 has no event type tick .* has said/);
    expect(() => subscribe("prices", "tick", () => undefined)).not.toThrow();
    expect(() => subscribe("prices", "*", () => undefined)).not.toThrow();
    expect(() => subscribe("room:7", ["said"])).not.toThrow();
  });
});
