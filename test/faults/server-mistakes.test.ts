// What a server's user gets wrong is reported with its reason, and every refused request is counted.
import { Broker, memoryLog } from "@steadfeed/server";
import { nodeHandler, runHandler, upgrade, type RunHandlerOptions } from "@steadfeed/server/node";
import { publishHandler } from "@steadfeed/server/publish";
import { respond, webHandler } from "@steadfeed/server/web";
import { defineStream, defineStreams } from "@steadfeed/contract";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { listen } from "../server/servers.ts";

function brokerOf(): { readonly broker: Broker; readonly errors: [unknown, string][] } {
  const errors: [unknown, string][] = [];
  const broker = new Broker({ onError: (error, { phase }) => void errors.push([error, phase]) });
  onTestFinished(() => broker.close({ graceMs: 0 }));
  return { broker, errors };
}

describe("runHandler: a mistake of the id function is the server's own", () => {
  const start: RunHandlerOptions["start"] = () => undefined;

  test.each<[string, unknown]>([
    ["a number", 5],
    ["null", null],
    ["an object", {}],
    ["a promise of a number", Promise.resolve(7)],
    ["true", true],
  ])("%s: 500, and reported", async (_, given) => {
    const { broker, errors } = brokerOf();
    const id = () => given as never;
    const url = await listen(runHandler(broker, { start, authorize: false, id }));
    for (const method of ["POST", "GET", "DELETE"]) {
      const response = await fetch(`${url}/runs/a`, { method });
      expect([response.status, await response.text()]).toEqual([500, "Internal server error"]);
    }
    expect(errors).toHaveLength(3);
    for (const [error, phase] of errors) {
      expect(phase).toBe("run");
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toMatch(/id must give a text or undefined, not /);
    }
  });

  test("a text that is too long came from the request: 400, and not reported", async () => {
    const { broker, errors } = brokerOf();
    const id = ({ query }: { query: URLSearchParams }) => query.get("id") ?? undefined;
    const url = await listen(runHandler(broker, { start, authorize: false, id }));
    const response = await fetch(`${url}/runs?id=${"x".repeat(201)}`);
    expect([response.status, errors]).toEqual([400, []]);
  });
});

describe("publishHandler", () => {
  const post = async (query: string): Promise<[number, string]> => {
    const { broker } = brokerOf();
    const handler = publishHandler(broker, { authorize: false });
    const request = new Request(`http://a.test/?${query}`, { method: "POST", body: "x" });
    const response = await handler(request);
    return [response.status, await response.text()];
  };

  test.each([
    ["stream=s&typ=tick", /no parameter typ: did you mean type\?/],
    ["stream=s&idempotencykey=1", /no parameter idempotencykey: did you mean idempotencyKey\?/],
    ["streams=s", /no parameter streams: did you mean stream\?/],
    ["stream=s&ttl=5", /no parameter ttl: did you mean ttlMs\?/],

    ["stream=a&client=b", /stream and client exclude each other/],
    ["stream=a&stream=b", /stream was given twice/],
    ["stream=a&type=b&type=c", /type was given twice/],
    ["stream=s&ttlMs=", /ttlMs must be/],
    ["stream=s&minVersion=new", /minVersion must be/],
  ])("%s: 400, and says why", async (query, message) => {
    const [status, text] = await post(query);
    expect([status, text]).toEqual([400, expect.stringMatching(message) as string]);
  });
});

test("publishHandler refuses a compressed body, and explains a body that is not text", async () => {
  const { broker } = brokerOf();
  const handler = publishHandler(broker, { authorize: false });
  const post = async (body: BodyInit, headers: HeadersInit): Promise<[number, string]> => {
    const request = new Request("http://a.test/?stream=s", { method: "POST", body, headers });
    const response = await handler(request);
    return [response.status, await response.text()];
  };
  const bytes = new Uint8Array([0xff, 0xfe]);
  expect(await post(bytes, { "content-encoding": "gzip" })).toEqual([
    415,
    "The body is compressed (gzip): send it as it is.",
  ]);
  expect(await post(bytes, { "content-type": "text/plain" })).toEqual([
    400,
    "The body is not UTF-8 text: send bytes as application/octet-stream.",
  ]);
  expect((await post("x", { "content-encoding": "identity" }))[0]).toBe(202);
});

describe("broker.subscribe() under a contract", () => {
  const at = z.iso.datetime().transform((text) => new Date(text));
  const api = defineStreams({
    prices: defineStream({ tick: z.object({ eur: z.number() }), at, note: z.string() }),
    news: defineStream({ alert: z.string() }),
    "room:{id}": defineStream({ said: z.string() }),
  });

  test("gives the data as a reader with the contract gets it: parsed, checked, and the output of the schema", async () => {
    const broker = new Broker({ streams: api });
    const events = broker.subscribe("prices");
    await broker.publish("prices", { type: "tick", data: { eur: 1 } });
    await broker.publish("prices", { type: "at", data: "2026-01-01T00:00:00Z" });
    await broker.publish("prices", { type: "note", data: "a" });
    const first = (await events.next()).value!;
    expect(first).toEqual({ type: "tick", data: { eur: 1 }, lastEventId: first.lastEventId });
    expect(first.type === "tick" && first.data.eur).toBe(1);
    expect((await events.next()).value).toMatchObject({ data: new Date("2026-01-01T00:00:00Z") });
    expect((await events.next()).value).toMatchObject({ type: "note", data: "a" });
    await broker.close();
  });

  test("of a stream among many, and an event that is broadcast for another stream", async () => {
    const broker = new Broker({ streams: api });
    const events = broker.subscribe("room:7");
    await broker.publish("room:7", { type: "said", data: "hi" });
    await broker.broadcast({ type: "alert", data: "rain" });
    expect((await events.next()).value).toMatchObject({ type: "said", data: "hi" });
    // Its stream has no such type: it is text, as for a reader of all types.
    expect((await events.next()).value).toMatchObject({ type: "alert", data: '"rain"' });
    await broker.close();
  });

  test("data that the contract no longer allows is reported with its reason, and the reader continues", async () => {
    const log = memoryLog();
    const errors: unknown[] = [];
    const old = new Broker({ log });
    const broker = new Broker({
      log,
      streams: api,
      onError: (error, { phase }) => void errors.push([phase, (error as Error).message]),
    });
    const events = broker.subscribe("prices");
    await old.publish("prices", { type: "tick", data: { eur: "1" } });
    await old.publish("prices", { type: "tick", data: "{" });
    await old.publish("prices", { type: "tick", data: { eur: 2 } });
    expect((await events.next()).value).toMatchObject({ data: { eur: 2 } });
    expect(errors).toEqual([
      ["subscribe", expect.stringMatching(/tick event is not valid: eur: /) as string],
      ["subscribe", expect.stringMatching(/tick event is not valid: /) as string],
    ]);
    await events.return();
  });

  test("without a contract it is text, as it is on the wire", async () => {
    const { broker } = brokerOf();
    const events = broker.subscribe("s");
    await broker.publish("s", { data: { a: 1 } });
    expect((await events.next()).value).toMatchObject({ data: '{"a":1}' });
  });
});

describe("broker.stats().refused", () => {
  test("counts every request that is refused, by whichever handler", async () => {
    const { broker } = brokerOf();
    expect(broker.stats().refused).toBe(0);
    const url = await listen(
      nodeHandler(broker, {
        admit: ({ query }) => {
          if (query.has("throw")) throw new Error("bug");
          return query.has("no") ? { status: 403 } : { streams: query.getAll("stream") };
        },
      }),
    );
    const asked = async (path: string, init?: RequestInit): Promise<number> =>
      (await fetch(url + path, init)).status;
    expect(await asked("/?no")).toBe(403);
    expect(await asked("/")).toBe(400);
    expect(await asked("/?throw")).toBe(500);
    expect(await asked("/?stream=s", { method: "PUT" })).toBe(405);
    expect(await asked("/?stream=s", { headers: { accept: "text/html" } })).toBe(406);
    expect(broker.stats().refused).toBe(5);

    expect((await webHandler(broker)(new Request("http://a.test/"))).status).toBe(400);
    const publish = publishHandler(broker, { authorize: () => false });
    const posted = new Request("http://a.test/?stream=s", { method: "POST", body: "x" });
    expect((await publish(posted)).status).toBe(401);
    const runs = await listen(runHandler(broker, { start: () => undefined, authorize: false }));
    expect((await fetch(`${runs}/runs/none`)).status).toBe(404);
    expect(broker.stats().refused).toBe(8);
  });

  test("answers that are not refusals are not counted: a preflight, a HEAD, a redirect, a stream", async () => {
    const { broker } = brokerOf();
    const url = await listen(
      nodeHandler(broker, {
        admit: ({ query }) =>
          query.has("to") ? { status: 302, headers: { location: "/" } } : { streams: "s" },
      }),
    );
    await fetch(url, { method: "OPTIONS" });
    await fetch(url, { method: "HEAD" });
    await fetch(`${url}/?to`, { redirect: "manual" });
    const stream = await fetch(url);
    await stream.body!.cancel();
    expect(broker.stats().refused).toBe(0);
  });

  test("a limit that is reached, and a hook that refuses", async () => {
    const broker = new Broker({ limits: { sessions: 1 } });
    onTestFinished(() => broker.close({ graceMs: 0 }));
    const url = await listen(nodeHandler(broker));
    const first = await fetch(`${url}/?stream=s`);
    expect((await fetch(`${url}/?stream=s`)).status).toBe(503);
    expect([broker.stats().refused, broker.stats().connects]).toEqual([1, 1]);
    await first.body!.cancel();
  });
});

describe("an option of something else says whose it is", () => {
  test.each<[() => unknown, RegExp]>([
    [
      () => nodeHandler(new Broker(), { heartbeatMs: 5 } as never),
      /heartbeatMs: it belongs to Broker\./,
    ],
    [
      () => nodeHandler(new Broker(), { onError: () => 0 } as never),
      /onError: it belongs to Broker\./,
    ],
    [() => nodeHandler(new Broker(), { streams: [] } as never), /streams: it belongs to Broker\./],
    [() => new Broker({ cors: false } as never), /cors: it belongs to nodeHandler/],
    [() => new Broker({ admit: () => 0 } as never), /admit: it belongs to nodeHandler/],
    [() => new Broker({ maxEvents: 5 } as never), /maxEvents: it belongs to memoryLog/],
    [
      () => nodeHandler(new Broker(), { start: () => 0 } as never),
      /start: it belongs to runHandler/,
    ],
  ])("%s", (make, message) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });
});

describe("a group of options is an object, and no promise, list or map", () => {
  const wrong: [string, unknown][] = [
    ["a promise", Promise.resolve({})],
    ["a list", [5]],
    ["a Map", new Map([[1, 2]])],
    ["null", null],
    ["a number", 5],
    ["an object without a text", Object.create(null)],
  ];
  const start = (): undefined => undefined;
  const objects: [string, (value: any) => unknown, RegExp][] = [
    ["Broker", (value) => new Broker(value), /^Broker must be an object/],
    ["slow", (slow) => new Broker({ slow }), /^slow must be an object/],
    ["limits", (limits) => new Broker({ limits }), /^limits must be an object/],
    ["nodeHandler", (value) => nodeHandler(new Broker(), value), /^The handler must be an object/],
    ["cors", (cors) => nodeHandler(new Broker(), { cors }), /^cors must be/],
    ["runHandler", (value) => runHandler(new Broker(), value), /^runHandler must be an object/],
    ["publishHandler", (value) => publishHandler(new Broker(), value), /^publishHandler must be/],
    ["memoryLog", (value) => memoryLog(value), /^memoryLog must be an object/],
    ["subscribe", (value) => new Broker().subscribe("s", value), /^subscribe must be an object/],
    ["publish", (value) => new Broker().tryPublish("s", "x", value), /^publish must be an object/],
  ];

  test.each(objects)("%s", (_, make, message) => {
    for (const [what, value] of wrong.slice(0, 5)) {
      let error: unknown;
      try {
        make(value);
      } catch (thrown) {
        error = thrown;
      }
      expect([what, error]).toEqual([what, expect.any(TypeError)]);
      expect((error as Error).message).toMatch(message);
    }
  });

  test.each<[string, () => unknown, RegExp]>([
    [
      "streams: a promise",
      () => new Broker({ streams: Promise.resolve([]) as never }),
      /^streams must be/,
    ],
    [
      "streams: a Map",
      () => new Broker({ streams: new Map([["a", {}]]) as never }),
      /^streams must have names/,
    ],
    ["streams: numbers", () => new Broker({ streams: [5] as never }), /^streams must have names/],
    ["streams: an empty name", () => new Broker({ streams: [""] }), /^streams must have names/],
    [
      "streams: none",
      () => new Broker({ streams: {} }),
      /^streams must be a contract with a stream/,
    ],
    [
      "streams: a stream without types",
      () => new Broker({ streams: { a: {} } }),
      /^streams\.a must be a stream/,
    ],
    ["cors: NaN", () => nodeHandler(new Broker(), { cors: Number.NaN as never }), /^cors must be/],
    [
      "cors: an empty text",
      () => nodeHandler(new Broker(), { cors: "" as never }),
      /^cors must be/,
    ],
    [
      "headers: a promise",
      () => nodeHandler(new Broker(), { headers: Promise.resolve({}) as never }),
      /^headers must/,
    ],
    [
      "headers of runs",
      () =>
        runHandler(new Broker(), {
          start,
          authorize: false,
          headers: Promise.resolve({}) as never,
        }),
      /^headers must/,
    ],
    ["methods: none", () => nodeHandler(new Broker(), { methods: [] }), /^methods must/],
    [
      "afterEnd: null",
      () => runHandler(new Broker(), { start, authorize: false, afterEnd: null as never }),
      /^afterEnd must be/,
    ],
    [
      "events: a list",
      () => runHandler(new Broker(), { start, authorize: false, events: [] as never }),
      /^events must be a stream/,
    ],
    [
      "events: none",
      () => runHandler(new Broker(), { start, authorize: false, events: {} }),
      /^events must be a stream/,
    ],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });

  test("a message shows a value that has no text, and only the beginning of a long one", () => {
    const none = { heartbeatMs: Object.create(null) as never };
    expect(() => new Broker(none)).toThrow(/^heartbeatMs must be an integer .*\[object Object\]/);
    const long = { duplicateClient: "x".repeat(1e6) as never };
    expect(() => new Broker(long)).toThrow(/^.{1,250}$/);
  });
});

describe("data that JSON would lose is a TypeError that names the place", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  let deep: object = {};
  for (let depth = 0; depth < 100_000; depth++) deep = { deep };

  test.each<[string, unknown, RegExp]>([
    ["NaN", Number.NaN, /^data must be JSON: NaN at the top would be published as null/],
    ["Infinity within", { a: { b: Infinity } }, /Infinity at b would be published as null/],
    ["-Infinity in a list", [1, -Infinity], /-Infinity at 1 would be published as null/],
    [
      "an invalid Date",
      { at: new Date(Number.NaN) },
      /Invalid Date at at would be published as null/,
    ],
    ["a bigint", { count: 5n }, /the BigInt at count has none/],
    ["a cycle", cycle, /^data must be JSON: it contains itself/],
    ["a depth without end", deep, /^data must be JSON: it is nested too deeply/],
  ])("%s", async (_, data, message) => {
    const { broker } = brokerOf();
    await expect(broker.publish("s", { data })).rejects.toThrow(TypeError);
    await expect(broker.publish("s", { data })).rejects.toThrow(message);
    expect(() => broker.tryPublish("s", { data })).toThrow(message);
    expect(broker.stats().published).toBe(0);
  });

  test("null, dates and boxed values are published", async () => {
    const { broker } = brokerOf();
    const events = broker.subscribe("s");
    const data = { no: null, at: new Date(0), zero: -0, big: Object("x") as unknown };
    await broker.publish("s", { data });
    expect(JSON.parse((await events.next()).value!.data)).toEqual({
      no: null,
      at: "1970-01-01T00:00:00.000Z",
      zero: 0,
      big: "x",
    });
  });
});

test("an answer of admit that admits and refuses at once is reported as both", async () => {
  const { broker, errors } = brokerOf();
  const url = await listen(nodeHandler(broker, { admit: () => ({ streams: "s", status: 403 }) }));
  expect((await fetch(url)).status).toBe(500);
  expect(String(errors[0]![0])).toMatch(
    /admit must return \{ streams \}.* or \{ status \}.*, not both/,
  );
});

test.each<[string, unknown]>([
  ["nothing", undefined],
  ["a URL", new URL("http://localhost/")],
  ["a request of Hono, without its .raw", { url: "http://localhost/", method: "GET", header() {} }],
  ["a request of Node", { url: "/", method: "GET", headers: {} }],
])("webHandler and respond take a Request, and name the right door for %s", (_, given) => {
  const { broker } = brokerOf();
  const says =
    /takes a Request, such as Hono's c\.req\.raw\. For Node's .* @steadfeed\/server\/node/;
  expect(() => webHandler(broker)(given as Request)).toThrow(TypeError);
  expect(() => webHandler(broker)(given as Request)).toThrow(says);
  expect(() => respond(given as Request, () => undefined)).toThrow(says);
});

test("from() and send() of a session name the values that they take", async () => {
  const failures: unknown[] = [];
  const url = await listen((request, response) => {
    const session = upgrade(request, response);
    void (async () => {
      for (const source of [null, [{ data: 1 }], "text"])
        await session.from(source as never).catch((error: unknown) => failures.push(error));
      for (const event of [undefined, null, 5]) {
        try {
          session.send(event as never);
        } catch (error) {
          failures.push(error);
        }
      }
      session.close();
    })();
  });
  await (await fetch(url)).text();
  const messages = failures.map((error) => (error as Error).message);
  expect(failures.every((error) => error instanceof TypeError)).toBe(true);
  expect(messages.slice(0, 3)).toEqual(
    Array.from({ length: 3 }, () => "from() takes an async iterable or a ReadableStream."),
  );
  for (const message of messages.slice(3)) expect(message).toMatch(/^An event must be an object/);
  expect(messages).toHaveLength(6);
});
