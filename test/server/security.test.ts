import { Broker, byPath, memoryLog, type BrokerOptions } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { publishHandler } from "@steadfeed/server/publish";
import { respond, webHandler } from "@steadfeed/server/web";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { until } from "../support/collect.ts";
import { listen, open } from "./servers.ts";
import { parse, read } from "./support.ts";

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const ask = (origin = "https://evil"): Request =>
  new Request("http://x/?stream=s", { headers: { origin } });

test.each([1000, false] as const)(
  "no event is written after expiresAt, with heartbeatMs %s",
  async (heartbeatMs) => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const broker = new Broker({ heartbeatMs });
    const expiresAt = Date.now() + 300;
    const handler = webHandler(broker, { admit: () => ({ streams: "s", expiresAt }) });
    const text = (await handler(ask())).text();
    let endedAt = Infinity;
    void text.then(() => (endedAt = Date.now()));
    const publishing = setInterval(() => void broker.publish("s", String(Date.now())), 5);
    onTestFinished(() => clearInterval(publishing));
    await vi.advanceTimersByTimeAsync(500);
    const times = parse(await text).map(({ data }) => Number(data));
    expect(endedAt - expiresAt).toBeLessThan(250);
    expect(times.length).toBeGreaterThan(5);
    expect(Math.max(...times)).toBeLessThanOrEqual(expiresAt);
  },
);

test("many admissions expire in the order of their times, and an early close leaves no timer", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const broker = new Broker({ heartbeatMs: false });
  const ends: number[] = [];
  const start = Date.now();
  for (const ms of [50, 10, 40, 20, 30, 60]) {
    const sink = await read(broker, { streams: "s", expiresAt: start + ms });
    if (ms === 20) sink.leave();
    else void [...broker.sessions()].at(-1)!.closed.then(() => ends.push(Date.now() - start));
  }
  await vi.advanceTimersByTimeAsync(100);
  expect(ends).toEqual([10, 30, 40, 50, 60]);
  expect(vi.getTimerCount()).toBe(0);
});

test("expiresAt in seconds is refused, and the error names milliseconds", async () => {
  const exp = Math.floor(Date.now() / 1000) + 60;
  await expect(read(new Broker(), { streams: "s", expiresAt: exp })).rejects.toThrow(
    /^expiresAt must be milliseconds.*multiply/,
  );
});

test.each([
  ["a promise of false", async () => false],
  ["a promise of true", async () => true],
  ["a rejection", () => Promise.reject(new Error("mine"))],
  ["1", () => 1],
  ["an object", () => ({})],
  ["text", () => "yes"],
] as [string, () => unknown][])(
  "cors.origins that returns %s admits no origin",
  async (_, origins) => {
    const onError = vi.fn<(error: unknown) => void>();
    const cors = { origins: origins as never, credentials: true };
    const { headers } = await webHandler(new Broker({ onError }), { cors })(ask());
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect(headers.get("access-control-allow-credentials")).toBeNull();
  },
);

test.each([5, null, true, [5], new Map([["a", 1]])])(
  "admit that returns streams %s is reported as a server mistake",
  async (streams) => {
    const onError = vi.fn<(error: unknown) => void>();
    const admit = () => ({ streams: streams as never });
    const { status } = await webHandler(new Broker({ onError }), { admit })(ask());
    expect(status).toBe(500);
    expect(onError.mock.calls[0]![0]).toMatchObject({
      name: "TypeError",
      message: expect.stringMatching(/^streams must be a name or a list of names/),
    });
  },
);

test.each([1, "yes", {}, [], Promise.resolve(1)])(
  "authorize that returns %s refuses",
  async (answer) => {
    const publish = publishHandler(new Broker(), { authorize: () => answer as never });
    const init = { method: "POST", body: "x" };
    expect((await publish(new Request("http://x/?stream=s", init))).status).toBe(401);
  },
);

const names: [string, () => unknown, RegExp][] = [
  ["handler", () => nodeHandler(new Broker(), { authorize: () => true } as never), /no authorize/],
  ["web", () => webHandler(new Broker(), { admitt: 1 } as never), /did you mean admit\?/],
  ["broker", () => new Broker({ heartbeat: 1 } as never), /did you mean heartbeatMs\?/],
  ["slow", () => new Broker({ slow: { timeout: 1 } as never }), /did you mean timeoutMs\?/],
  ["limits", () => new Broker({ limits: { session: 1 } as never }), /did you mean sessions\?/],
  ["cors", () => webHandler(new Broker(), { cors: { origin: "*" } as never }), /mean origins\?/],
  ["publisher", () => publishHandler(new Broker(), { authorise: false } as never), /authorize\?/],
  ["respond", () => respond(ask(), () => undefined, { retry: 1 } as never), /mean retryMs\?/],
  ["event", () => new Broker().tryPublish("s", { data: 1, event: "tick" } as never), /no event/],
  ["publish", () => new Broker().tryPublish("s", "x", { ttl: 1 } as never), /mean ttlMs\?/],
  ["null", () => new Broker().tryPublish("s", null as never), /must be an object, not null/],
  ["id", () => new Broker().tryPublish("s", "x", { id: 5 as never }), /id must be a string/],
  ["id", () => new Broker().tryPublish("s", "x", { id: null as never }), /id must be a string/],
  ["key", () => new Broker().tryPublish("s", "x", { idempotencyKey: null as never }), /Key must/],
  ["log", () => new Broker({ log: Promise.resolve(memoryLog()) as never }), /await it/],
  ["params", () => webHandler(new Broker(), { cursorParams: "x" as never }), /^cursorParams must/],
  ["from", () => new Broker().subscribe("s", { from: "first" as never }), /^from must be one of/],
  ["onError", () => new Broker({ onError: 1 as never }), /^onError must be a function/],
  ["log", () => new Broker({ log: null as never }), /^log must be a log/],
  ["logger", () => new Broker({ logger: true as never }), /^logger.debug must be a function/],
  [
    "signal",
    () => new Broker().subscribe("s", { signal: {} as never }),
    /^signal must be an AbortSignal/,
  ],
  ["cursor", () => new Broker().subscribe("s", { lastEventId: 5 as never }), /^lastEventId must/],
  ["no broker", () => nodeHandler(undefined as never), /^nodeHandler takes a Broker/],
  [
    "a promise",
    () => webHandler(Promise.resolve(new Broker()) as never),
    /If it is a promise, await it/,
  ],
  ["no broker", () => publishHandler({} as never, { authorize: false }), /^publishHandler takes/],
  ["run", () => respond(ask(), 5 as never), /^run must be a function, not 5/],
  ["value", () => webHandler(new Broker(), { headers: { a: ["1"] } as never }), /must be a string/],
  [
    "headers",
    () => webHandler(new Broker(), { headers: { "Content-Length": "1" } }),
    /must not set/,
  ],
];

test.each(names)("a mistake throws when the handler is created: %s", (_, mistake, words) => {
  expect(mistake).toThrow(TypeError);
  expect(mistake).toThrow(words);
});

const polluting = [
  "authorize",
  "cors",
  "admit",
  "client",
  "streams",
  "status",
  "headers",
  "origins",
  "originalUrl",
  "data",
  "id",
  "retryMs",
  "comment",
];
afterEach(() => {
  for (const name of polluting) delete (Object.prototype as Record<string, unknown>)[name];
});

test("a changed Object.prototype grants no access", async () => {
  const broker = new Broker();
  const polluted = Object.prototype as Record<string, unknown>;
  polluted["authorize"] = false;
  expect(() => publishHandler(broker, {} as never)).toThrow(/authorize must be/);
  polluted["cors"] = { origins: "*" };
  polluted["admit"] = () => ({ streams: "secret" });
  const { status, headers } = await webHandler(broker)(new Request("http://x/"));
  expect([status, headers.get("access-control-allow-origin")]).toEqual([400, null]);
  polluted["client"] = "admin";
  polluted["streams"] = "secret";
  await read(broker, "s");
  expect([...broker.sessions()].map(({ client }) => client)).toEqual([undefined]);
  const empty = webHandler(new Broker({ onError: () => undefined }), {
    admit: () => ({}) as never,
  });
  expect((await empty(ask())).status).toBe(500);
});

test("nor does it change a mount path, or the data of readers", async () => {
  const polluted = Object.prototype as Record<string, unknown>;
  polluted["originalUrl"] = "/events/secret";
  const mounted = webHandler(new Broker(), { admit: byPath("/events/") });
  expect((await mounted(new Request("http://x/other"))).status).toBe(404);
  Object.assign(polluted, { data: "evil", id: "evil", comment: "evil" });
  const broker = new Broker({ heartbeatMs: 10 });
  const { body } = await webHandler(broker)(ask());
  await broker.publish("s", "mine");
  await wait(50);
  await broker.close();
  const text = await new Response(body).text();
  expect(text).toContain("data: mine");
  expect(text).not.toContain("evil");
});

const hooks: Record<string, () => unknown> = {
  throws: () => {
    throw new Error("mine");
  },
  rejects: () => Promise.reject(new Error("mine")),
  "rejects late": () => wait(5).then(() => Promise.reject(new Error("mine"))),
  "is a thenable": () => ({
    // oxlint-disable-next-line unicorn/no-thenable -- what a hook may return.
    then: (_: unknown, no: (error: Error) => void) => no(new Error("mine")),
  }),
};

test.each(Object.entries(hooks))(
  "a hook that %s ends no process and opens nothing",
  async (_, hook) => {
    const bad = hook as never;
    const logger = { debug: bad, info: bad, warn: bad, error: bad };
    const broker = new Broker({ onError: bad, onDisconnect: bad, onState: bad, logger });
    for (const option of ["headers", "renderError", "admit"]) {
      const handler = webHandler(broker, { admit: () => ({ status: 403 }), [option]: hook });
      const asked = option === "renderError" ? new Request("http://x/", { method: "PUT" }) : ask();
      expect((await handler(asked)).status).toBe(500);
    }
    const sink = await read(broker);
    sink.leave();
    await expect(read(new Broker({ onConnect: bad, onError: bad }))).rejects.toMatchObject({
      code: "failed",
    });
    await wait(20);
  },
);

test("admit and renderError cannot change the framing of the response", async () => {
  const options: BrokerOptions = { onError: () => undefined };
  for (const name of ["Connection", "content-length", "Transfer-Encoding", "keep-alive"]) {
    const headers = { [name]: "1" };
    for (const answer of [
      { status: 403, headers },
      { streams: "s", headers },
    ]) {
      const refusing = webHandler(new Broker(options), { admit: () => answer });
      expect((await refusing(ask())).status).toBe(500);
    }
    const renderError = () => ({ status: 200, headers });
    expect(
      (await webHandler(new Broker(options), { renderError })(new Request("http://x/"))).status,
    ).toBe(500);
  }
});

test("a Headers instance works like an object", async () => {
  const headers = new Headers({ "x-a": "1" });
  const admit = () => ({ streams: "s", headers: new Headers({ "x-b": "2" }) });
  const { headers: got } = await webHandler(new Broker(), { headers, admit })(ask());
  expect([got.get("x-a"), got.get("x-b")]).toEqual(["1", "2"]);
});

test("every cookie of a Headers, of an object and of admit is sent", async () => {
  const headers = new Headers({ "Set-Cookie": "a=1" });
  headers.append("set-cookie", "b=2");
  const admit = () => ({ streams: "s", headers: { "Set-Cookie": ["c=3", "d=4"] } });
  const broker = new Broker();
  const web = await webHandler(broker, { headers, admit })(ask());
  const node = await fetch(await listen(nodeHandler(broker, { headers, admit })));
  for (const { headers: got, body } of [web, node]) {
    expect(got.getSetCookie()).toEqual(["a=1", "b=2", "c=3", "d=4"]);
    await body?.cancel();
  }
});

test("no-transform is kept, whatever cache-control is given", async () => {
  const headers = { "Cache-Control": "no-cache" };
  const { headers: got } = await webHandler(new Broker(), { headers })(ask());
  expect(got.get("cache-control")).toBe("no-cache, no-transform");
});

test("an admit that throws is printed without a listener", async () => {
  const printed = vi.spyOn(console, "error").mockReturnValue();
  onTestFinished(() => printed.mockRestore());
  const admit = () => Promise.reject(new Error("mine"));
  expect((await webHandler(new Broker(), { admit })(ask())).status).toBe(500);
  expect(printed).toHaveBeenCalledTimes(1);
});

test("data that JSON would lose is refused, at any depth, and bytes are base64", () => {
  const broker = new Broker();
  const lost = [
    new Map([[1, 2]]),
    new Set([1]),
    new Error("x"),
    new Blob(["x"]),
    new URLSearchParams("a=1"),
    new (class {
      #hidden = 1;
      get hidden(): number {
        return this.#hidden;
      }
    })(),
  ];
  for (const data of [{ f: () => 1 }, [Symbol("x")], { deep: [{ f: () => 1 }] }]) {
    expect(() => broker.tryPublish("s", { data })).toThrow(/^data must be JSON: the \w+ at/);
  }
  for (const data of lost) {
    for (const nested of [data, { deep: [data] }]) {
      expect(() => broker.tryPublish("s", { data: nested })).toThrow(/^data must be JSON/);
    }
  }
});

test.each([
  [new Uint16Array([1]), "AQA="],
  [new Uint8Array([1, 0]).buffer, "AQA="],
  [new DataView(new Uint8Array([1, 0]).buffer), "AQA="],
  [
    { a: new Uint16Array([1]), when: new Date(0), n: null },
    '{"a":"AQA=","when":"1970-01-01T00:00:00.000Z","n":null}',
  ],
])("bytes of any kind are base64", async (data, text) => {
  const broker = new Broker();
  const sink = await read(broker);
  await broker.publish("s", { data });
  await until(() => expect(sink.got).toEqual([text]));
});

test("the Node handler's promise settles when the response has closed, and it has three parameters", async () => {
  const handler = nodeHandler(new Broker());
  const settled = vi.fn<() => void>();
  const url = await listen((req, res) => void handler(req, res).then(settled));
  const { res, has } = await open(`${url}/?stream=s`);
  await has("\n\n");
  expect([handler.length, publishHandler(new Broker(), { authorize: false }).length]).toEqual([
    3, 3,
  ]);
  expect(settled).not.toHaveBeenCalled();
  res.destroy();
  await until(() => expect(settled).toHaveBeenCalledTimes(1));
});

test("after a head that is already sent the response is ended", async () => {
  const handler = nodeHandler(new Broker({ onError: () => undefined }));
  const url = await listen((req, res) => {
    res.writeHead(200);
    res.flushHeaders();
    void handler(req, res);
  });
  expect(await (await fetch(`${url}/?stream=s`)).text()).toBe("");
});

test.each<[string, Record<string, string>, RegExp]>([
  ["an invalid name", { "a b": "x" }, /headers: "a b" is not the name of a header/],
  ["a line end in a value", { "X-A": "x\r\nX-B: y" }, /headers: the value of X-A has a character/],
  ["a value that is not Latin-1", { "X-A": "→" }, /headers: the value of X-A has a character/],
])("headers with %s throw when the handler is created, not for each reader", (_, headers, says) => {
  expect(() => nodeHandler(new Broker(), { headers })).toThrow(says);
  expect(() => webHandler(new Broker(), { headers })).toThrow(says);
});

test.each(["ttlMs", "id", "minVersion", "idempotencyKey"])(
  "%s in an event: the error says that it belongs next to it",
  async (name) => {
    const broker = new Broker();
    await expect(broker.publish("a", { data: 1, [name]: 5 })).rejects.toThrow(
      `An event has no ${name}: give it to publish(stream, event, { ${name} }).`,
    );
  },
);
