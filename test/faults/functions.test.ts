// oxlint-disable vitest/expect-expect -- some tables share a body
import { Feed, type FeedOptions } from "@steadfeed/client";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { until } from "../support/collect.ts";
import { escapes } from "../support/escapes.ts";
import { feedOf, quick } from "../support/feeds.ts";
import { playing, playLog, reports, type Facts } from "../support/play.ts";

const boom = new Error("boom");
const fail = (): never => {
  throw boom;
};
const rejected = (): Promise<never> => Promise.reject(boom);
const late = (): Promise<never> => sleep(20).then(fail);
/** Not a promise of this realm: what zod, Angular's zone or another copy of a library may give. */
const thenable = () => ({
  // oxlint-disable-next-line unicorn/no-thenable -- that is what it is
  then: (_settle: unknown, refuse: (error: unknown) => void) => refuse(boom),
});

const misbehaved: [string, () => any][] = [
  ["throws", fail],
  ["gives a promise that rejects", rejected],
  ["gives a promise that rejects late", late],
  ["gives a thenable that rejects", thenable],
];
const promises: [string, () => any][] = [
  ...misbehaved.slice(1),
  ["is asynchronous", async () => true],
  ["is asynchronous and says no", async () => false],
];

/** A feed of three events with a callback; what it reports of the user's functions, and what escapes. */
async function three(options: FeedOptions, filter?: (event: any) => any) {
  const escaped = escapes();
  const { url } = await playLog(3);
  const feed = feedOf(url, options);
  const errors = reports(feed, "error");
  const invalid = reports(feed, "invalid");
  const data: unknown[] = [];
  const other: unknown[] = [];
  feed.subscribe("message", (event) => void data.push(event.data), filter && { filter });
  feed.subscribe("message", (event) => void other.push(event.data));
  await until(() => expect(feed.stats.events).toBe(3));
  await sleep(40);
  return { feed, errors, invalid, data, other, escaped };
}

/** On the second event only. */
const onSecond =
  (act: () => any, otherwise?: unknown) =>
  ({ data }: { data: string }) =>
    data === "2" ? act() : otherwise;

describe("until", () => {
  test.each(misbehaved.slice(0, 1))(
    "that %s is reported once, and ends nothing",
    async (_, act) => {
      const { feed, errors, data, escaped } = await three({ until: onSecond(act) });
      expect(data).toEqual(["1", "2", "3"]);
      expect(errors).toMatchObject([{ error: { code: "callback", cause: boom } }]);
      expect(errors[0]!["error"].message).toContain("until");
      expect([feed.state, escaped]).toEqual(["open", []]);
    },
  );

  test.each(promises)("that %s is refused by name, once, and ends nothing", async (_, act) => {
    const { feed, errors, data, escaped } = await three({ until: onSecond(act) });
    expect([data, escaped]).toEqual([["1", "2", "3"], []]);
    expect(errors).toMatchObject([{ error: { code: "callback" } }]);
    expect(errors[0]!["error"].message).toMatch(/until.*(promise|asynchronous)/i);
    expect(feed.state).toBe("open");
  });

  test.each([0, "", null, Number.NaN, undefined])("%j counts as no", async (no) => {
    const { feed, errors, data } = await three({ until: () => no as never });
    expect([data, errors, feed.state]).toEqual([["1", "2", "3"], [], "open"]);
  });

  test.each([1, "yes", {}, []])("%j counts as yes", async (yes) => {
    const { url } = await playLog(3);
    const feed = feedOf(url, { until: onSecond(() => yes) as never });
    const data: string[] = [];
    feed.subscribe("message", (event) => void data.push(event.data));
    expect(await feed.closed).toMatchObject({ reason: "ended" });
    expect(data).toEqual(["1"]);
  });
});

describe("filter", () => {
  test("that throws is reported once, and no other subscription is affected", async () => {
    const { errors, data, other, escaped } = await three({}, onSecond(fail, true));
    expect([data, other, escaped]).toEqual([["1", "3"], ["1", "2", "3"], []]);
    expect(errors).toMatchObject([{ error: { code: "callback", cause: boom } }]);
  });

  test.each(promises)(
    "that %s is refused by name, once: the event does not pass",
    async (_, act) => {
      const { errors, data, other, escaped } = await three({}, onSecond(act, true));
      expect([data, other, escaped]).toEqual([["1", "3"], ["1", "2", "3"], []]);
      expect(errors).toMatchObject([{ error: { code: "callback" } }]);
      expect(errors[0]!["error"].message).toMatch(/filter.*(promise|asynchronous)/i);
    },
  );

  test.each([0, "", null, undefined])("%j counts as no", async (no) => {
    const { errors, data } = await three(
      {},
      onSecond(() => no, 1),
    );
    expect([data, errors]).toEqual([["1", "3"], []]);
  });
});

describe("a decoder", () => {
  const schema = (validate: (value: unknown) => any) => ({
    "~standard": { version: 1, vendor: "test", validate },
  });
  const good = (value: unknown) => ({ value });

  test.each([
    ["a function", (text: string) => (text === "2" ? fail() : text)],
    ["a schema", schema((value) => (value === 2 ? fail() : good(String(value))))],
  ])("that throws (%s): the event is invalid, and the stream continues", async (_, decoder) => {
    const { invalid, data, escaped } = await three({ events: { message: decoder as never } });
    expect([data, escaped]).toEqual([["1", "3"], []]);
    expect(invalid).toMatchObject([{ type: "message", raw: "2", error: { code: "invalid" } }]);
  });

  test.each(promises)("that %s (a function): the event is invalid", async (_, act) => {
    const decoder = (text: string) => (text === "2" ? act() : text);
    const { invalid, data, errors, escaped } = await three({ events: { message: decoder } });
    expect([data, errors, escaped]).toEqual([["1", "3"], [], []]);
    expect(invalid).toMatchObject([{ raw: "2", error: { code: "invalid" } }]);
    expect(invalid[0]!["error"].message).toMatch(/promise|asynchronous/i);
  });

  const invalidSchema = async (act: () => any) => {
    const decoder = schema((value) => (value === 2 ? act() : good(String(value))));
    const { invalid, data, errors, escaped } = await three({
      events: { message: decoder as never },
    });
    expect([data, errors, escaped]).toEqual([["1", "3"], [], []]);
    expect(invalid).toMatchObject([{ raw: "2", error: { code: "invalid" } }]);
    expect(invalid[0]!["error"].message).toMatch(/promise|asynchronous/i);
  };
  test.each(misbehaved.slice(1))("that %s (a schema): the event is invalid", async (_, act) => {
    await invalidSchema(act);
  });
  test("that is an asynchronous schema: the event is invalid", async () => {
    await invalidSchema(async () => good("2"));
  });

  const answering = async (answer: unknown) => {
    const decoder = schema((value) => (value === 2 ? answer : good(String(value))));
    const { data, invalid, escaped } = await three({ events: { message: decoder as never } });
    expect([data, escaped]).toEqual([["1", "3"], []]);
    expect(invalid).toMatchObject([{ raw: "2", error: { code: "invalid" } }]);
  };
  test.each([undefined, null])("a schema that answers %j makes the event invalid", answering);
  test.each([7, "text"])("a schema that answers %j makes the event invalid", answering);
});

describe("a retry function", () => {
  /** Ends of streams, decided by a function: what came, and what was reported. */
  async function retried(retry: () => any) {
    const escaped = escapes();
    const server = await playing((script, number) => {
      if (number === 1) script.send("retry: 5\n\n").events(1).end();
      else script.events(2);
    });
    const feed = feedOf(server.url, { retry });
    const errors = reports(feed, "error");
    const data: string[] = [];
    feed.subscribe("*", (event) => void data.push(event.data));
    await until(() => expect(data).toEqual(["1", "2"]));
    await sleep(40);
    return { errors, escaped };
  }

  test.each<[string, () => any]>([
    ["throws", fail],
    ["gives NaN", () => Number.NaN],
    ["gives -1", () => -1],
    ["gives a text", () => "soon"],
    ["gives null", () => null],
  ])("that %s is reported once, and the feed uses its own rules", async (_, act) => {
    const { errors, escaped } = await retried(act);
    expect(errors).toMatchObject([{ error: { code: "callback" } }]);
    expect(escaped).toEqual([]);
  });

  test.each<[string, () => any]>([
    ...misbehaved.slice(1),
    ["is asynchronous", async () => 5],
    ["is asynchronous and says no", async () => false],
  ])("that %s is refused by name, once, and the feed uses its own rules", async (_, act) => {
    const { errors, escaped } = await retried(act);
    expect(escaped).toEqual([]);
    expect(errors).toMatchObject([{ error: { code: "callback" } }]);
    expect(errors[0]!["error"].message).toMatch(/retry.*(promise|asynchronous)/is);
  });
});

describe("a callback or a listener", () => {
  test.each(misbehaved)(
    "a callback that %s is reported once, and no other is affected",
    async (_, act) => {
      const escaped = escapes();
      const { url } = await playLog(3);
      const feed = feedOf(url, {});
      const errors = reports(feed, "error");
      const data: string[] = [];
      const other: string[] = [];
      feed.subscribe(
        "*",
        (event) => (data.push(event.data), event.data === "2" ? act() : undefined),
      );
      feed.subscribe("*", (event) => void other.push(event.data));
      await until(() => expect(data).toEqual(["1", "2", "3"]));
      expect(other).toEqual(["1", "2", "3"]);
      expect(errors).toMatchObject([{ error: { code: "callback", cause: boom } }]);
      expect(escaped).toEqual([]);
    },
  );

  const kinds = [
    "connecting",
    "open",
    "waiting",
    "paused",
    "idle",
    "closed",
    "comment",
    "gap",
  ] as const;
  const failing = kinds.flatMap((kind) =>
    misbehaved.map(([how, act]) => [kind, how, act] as [(typeof kinds)[number], string, () => any]),
  );
  test.each(failing)(
    "a listener to %s that %s is reported once, and the feed continues",
    async (kind, _how, act) => {
      const escaped = escapes();
      const { url } = await playing((script, number) => {
        const gap = 'event: steadfeed.gap\nid: 1\ndata: {"reason":"trimmed"}\n\n';
        script.send(": hello\n\n").send(gap).events(2);
        if (number === 1) script.end();
      });
      const feed = feedOf(url, { retry: quick });
      const errors = reports(feed, "error");
      let calls = 0;
      feed.on(kind as "open", () => (calls++ === 0 ? act() : undefined));
      const data: string[] = [];
      const subscription = feed.subscribe("*", (event) => void data.push(event.data));
      await until(() => expect(data).toEqual(["2", "2"]));
      feed.pause();
      feed.resume();
      subscription.close();
      feed.close();
      await feed.closed;
      await sleep(30);
      expect(calls).toBeGreaterThan(0);
      expect(errors).toMatchObject([{ error: { code: "callback", cause: boom } }]);
      expect(escaped).toEqual([]);
    },
  );
});

describe("a store", () => {
  const storing = (store: object): FeedOptions => ({ store }) as FeedOptions;

  test.each<[string, () => any]>([
    ...misbehaved,
    ["gives a number", () => 7],
    ["gives an object", () => ({ id: "1" })],
  ])("whose get() %s is reported once, and the feed starts without a cursor", async (_, get) => {
    const { errors, data, escaped } = await three(storing({ get, set: () => undefined }));
    expect([data, escaped]).toEqual([["1", "2", "3"], []]);
    expect(errors).toMatchObject([{ error: { code: "store" } }]);
  });

  test.each(misbehaved)(
    "whose set() %s is reported, and nothing else is affected",
    async (_, set) => {
      const { errors, data, escaped } = await three(storing({ get: () => undefined, set }));
      expect([data, escaped]).toEqual([["1", "2", "3"], []]);
      expect(errors.length).toBeGreaterThan(0);
      for (const { error } of errors) expect(error).toMatchObject({ code: "store", cause: boom });
    },
  );

  test("whose get() rejects once the feed is closed is ignored", async () => {
    const escaped = escapes();
    const { url } = await playLog(1);
    const feed = feedOf(url, storing({ get: late, set: () => undefined }));
    feed.subscribe("*", () => undefined);
    feed.close();
    expect(await feed.closed).toMatchObject({ reason: "closed" });
    await sleep(50);
    expect(escaped).toEqual([]);
  });
});

describe("functions called at each attempt", () => {
  const asked = {
    headers: (act: () => any) => ({ headers: act }),
    token: (act: () => any) => ({ token: act }),
    body: (act: () => any) => ({ method: "POST", body: act }),
    validate: (act: () => any) => ({ validate: act }),
    url: () => ({}),
  } satisfies Record<string, (act: () => any) => object>;
  const garbage: [string, () => any][] = [
    ["gives a symbol", () => Symbol("x")],
    ["gives a number", () => 7],
    ["gives null", () => null],
    ["gives a function", () => fail],
  ];
  const rows = (acts: [string, () => any][]) =>
    Object.keys(asked).flatMap((name) =>
      acts.map(([how, act]) => [name, how, act] as [keyof typeof asked, string, () => any]),
    );

  /** How a feed fares whose function misbehaves, until it has waited once or is closed. */
  async function fares(name: keyof typeof asked, act: () => any) {
    const escaped = escapes();
    const { url } = await playing((script) => script.events(1));
    const options = { retry: quick, ...asked[name](act) };
    const feed = feedOf((name === "url" ? act : url) as string, options);
    const outcomes = reports(feed, "waiting", "closed");
    const errors = reports(feed, "error");
    feed.subscribe("*", () => undefined);
    await until(() => expect(outcomes.length + feed.stats.events).toBeGreaterThan(0));
    await sleep(40);
    const [first = {} as Facts] = outcomes;
    return { feed, first: first["error"], errors, escaped };
  }

  test.each(rows(misbehaved).filter(([name]) => name !== "validate"))(
    "%s that %s: the wait reports it, and the attempt is repeated",
    async (name, _how, act) => {
      const { first, errors, escaped } = await fares(name, act);
      expect(first).toMatchObject({ code: "callback", cause: boom });
      expect(first.message).toContain(name);
      expect([errors, escaped]).toEqual([[], []]);
    },
  );

  test.each(rows(garbage).filter(([name]) => name !== "validate"))(
    "%s that %s: nothing escapes, and it is not reported as a network error",
    async (name, _how, act) => {
      const { first, escaped } = await fares(name, act);
      expect([escaped, first?.code === "network"]).toEqual([[], false]);
    },
  );

  test("a rejection after its attempt was aborted is ignored", async () => {
    const escaped = escapes();
    const feed: Feed = feedOf(late as never, { retry: quick });
    const errors = reports(feed, "error", "waiting");
    feed.subscribe("*", () => undefined);
    await sleep(5);
    feed.pause();
    await sleep(40);
    expect([errors, escaped]).toEqual([[], []]);
  });
});

test.each(["pause", "reconnect"] as const)(
  "close() in a listener to the signal of an attempt that %s() aborts: the feed stays closed",
  async (command) => {
    const { url } = await playLog(3);
    const feed: Feed = feedOf(url, {
      headers: ({ signal }) => {
        signal.addEventListener("abort", () => feed.close());
        return {};
      },
    });
    const states: string[] = [];
    for (const state of ["connecting", "open", "paused", "closed"] as const)
      feed.on(state, () => states.push(state));
    feed.subscribe("*", () => undefined);
    await feed.open();
    feed[command]();
    await sleep(60);
    expect([feed.state, states.at(-1)]).toEqual(["closed", "closed"]);
  },
);

describe("a command inside a function stops the delivery immediately", () => {
  const places: [
    string,
    (act: () => void) => { options?: object; filter?: (event: any) => boolean },
  ][] = [
    ["until", (act) => ({ options: { until: onSecond(act) } })],
    ["a filter", (act) => ({ filter: (event) => (onSecond(act)(event), true) })],
    [
      "a decoder",
      (act) => ({
        options: { events: { message: (text: string) => (onSecond(act)({ data: text }), text) } },
      }),
    ],
  ];

  test.each(places)("pause() in %s: the event arrives after resume(), once", async (_, at) => {
    const { url } = await playLog(3);
    let paused = false;
    const { options = {}, filter } = at(() => {
      if (paused) return;
      paused = true;
      feed.pause();
    });
    const feed = feedOf(url, options);
    const data: string[] = [];
    feed.subscribe("message", (event) => void data.push(event.data), filter && { filter });
    await until(() => expect(feed.state).toBe("paused"));
    await sleep(30);
    expect(data).toEqual(["1"]);
    feed.resume();
    await until(() => expect(data).toHaveLength(3));
    await sleep(30);
    expect(data).toEqual(["1", "2", "3"]);
  });

  test.each(places)("reconnect() in %s: the event arrives once", async (_, at) => {
    const { url } = await playLog(3);
    let again = false;
    const { options = {}, filter } = at(() => {
      if (again) return;
      again = true;
      feed.reconnect();
    });
    const feed = feedOf(url, options);
    const data: string[] = [];
    feed.subscribe("message", (event) => void data.push(event.data), filter && { filter });
    await until(() => expect(data.length).toBeGreaterThanOrEqual(3));
    await sleep(30);
    expect(data).toEqual(["1", "2", "3"]);
  });

  const closing = async (_: string, at: (typeof places)[number][1]) => {
    const { url } = await playLog(3);
    const { options = {}, filter } = at(() => feed.close());
    const feed = feedOf(url, options);
    const data: string[] = [];
    feed.subscribe("message", (event) => void data.push(event.data), filter && { filter });
    expect(await feed.closed).toMatchObject({ reason: "closed", lastEventId: "1" });
    await sleep(30);
    expect(data).toEqual(["1"]);
  };
  test.each([places[0]!, places[2]!])("close() in %s: nothing more is delivered", closing);
  // The event is nobody's: a feed that goes on from there must get it.
  test("close() in a filter: nothing more is delivered", () => closing(...places[1]!));

  test.each(["pause", "close"] as const)(
    "%s() in a listener to open: no event of the chunk that arrived with the head",
    async (command) => {
      const { url } = await playLog(3);
      const feed = feedOf(url, {});
      feed.on("open", () => feed[command]());
      const data: string[] = [];
      feed.subscribe("message", (event) => void data.push(event.data));
      await until(() => expect(feed.state).toBe(command === "pause" ? "paused" : "closed"));
      await sleep(30);
      expect(data).toEqual([]);
    },
  );

  test.each(["pause", "close"] as const)(
    "%s() in a listener to gap or comment: nothing after it",
    async (command) => {
      for (const [kind, first] of [
        ["comment", ": c\n\n"],
        ["gap", 'event: steadfeed.gap\ndata: {"reason":"trimmed"}\n\n'],
        ["invalid", "event: bad\ndata: x\n\n"],
      ] as const) {
        const { url } = await playing((script) => script.send(`${first}data: 1\n\n`));
        const feed: Feed<any> = feedOf(url, { events: { bad: fail } });
        feed.on(kind as "open", () => feed[command]());
        const data: unknown[] = [];
        feed.subscribe("*", (event) => void data.push(event.data));
        await until(() => expect(feed.state).toBe(command === "pause" ? "paused" : "closed"));
        await sleep(20);
        expect(data).toEqual([]);
      }
    },
  );
});
