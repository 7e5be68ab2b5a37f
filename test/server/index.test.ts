// What the five Go libraries' servers can do, row by row: each works, and without its known fault.
import {
  Broker,
  byPath,
  GAP_TYPE,
  memoryLog,
  ServerError,
  type BrokerOptions,
  type HandlerOptions,
  type Sink,
} from "@steadfeed/server";
import { upgrade } from "@steadfeed/server/node";
import { publishHandler } from "@steadfeed/server/publish";
import { respond, webHandler } from "@steadfeed/server/web";
import { expect, test, vi } from "vitest";
import { listen, open } from "./servers.ts";
import { gapOf, MemorySink, parse, read, settled } from "./support.ts";

type Ask = RequestInit & { to?: string };

/** Asks a broker over `Request` and `Response`. */
function ask(
  options: BrokerOptions & HandlerOptions = {},
  { to = "/?stream=s", ...init }: Ask = {},
): Promise<Response> {
  const { admit, headers, renderError, cors, methods, cursorParams, profile, ...own } = options;
  const door = { admit, headers, renderError, cors, methods, cursorParams, profile };
  return webHandler(new Broker(own), door)(new Request(`http://x${to}`, init));
}

test("S1 one request is upgraded, on Node and as a Response", async () => {
  const url = await listen((req, res) => upgrade(req, res).close());
  expect((await open(url)).res.headers["content-type"]).toBe("text/event-stream");
  const response = respond(new Request(url), () => undefined);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
});

test("S2 a session writes text, JSON, XML and comments, and returns false when it is closed", async () => {
  const results: boolean[] = [];
  const response = respond(new Request("http://x"), (session) => {
    results.push(
      session.send("t"),
      session.json([1]),
      session.xml(2, (value) => `<n>${value}</n>`),
      session.comment("c"),
    );
    session.close();
    results.push(session.send("late"));
  });
  expect(await response.text()).toBe(": \n\ndata: t\n\ndata: [1]\n\ndata: <n>2</n>\n\n: c\n\n");
  expect(results).toEqual([true, true, true, true, false]);
});

test("S3 an event is an immutable object, encoded once for all", async () => {
  const broker = new Broker();
  const sinks = [await read(broker), await read(broker)];
  const event = Object.freeze({ type: "t", data: Object.freeze({ a: 1 }) });
  await broker.publish("s", event);
  await settled();
  expect(sinks[0]!.writes.at(-1)).toBe(sinks[1]!.writes.at(-1));
});

test("S4 on the wire: percent signs, colons and spaces are kept, every line end splits, nothing can be forged", async () => {
  const broker = new Broker();
  const sink = await read(broker);
  for (const data of ["100%d %s", ": no comment", " space", "a\rb\r\nc\nd", ""]) {
    await broker.publish("s", { data, retryMs: 5000 });
  }
  await settled();
  expect(sink.got).toEqual(["100%d %s", ": no comment", " space", "a\nb\nc\nd", ""]);
  expect(sink.text).toContain("retry: 5000\n");
  await expect(broker.publish("s", { type: "a\nid: 1", data: "" })).rejects.toThrow(TypeError);
});

test("S5 streams are isolated", async () => {
  const broker = new Broker();
  const sinks = [await read(broker, "a"), await read(broker, "b")];
  await broker.publish("a", "x");
  await settled();
  expect(sinks.map(({ got }) => got)).toEqual([["x"], []]);
});

test("S6 the stream is named by the query, the path, or your own function", async () => {
  const admitted = vi.fn<(streams: readonly string[]) => void>();
  const options: BrokerOptions = { onConnect: (session) => admitted(session.streams) };
  await ask(options, { to: "/?stream=q" });
  await ask({ ...options, admit: byPath("/events/") }, { to: "/events/p" });
  await ask(
    { ...options, admit: ({ header }) => ({ streams: header("x-s")! }) },
    { headers: { "x-s": "f" } },
  );
  expect(admitted.mock.calls).toEqual([[["q"]], [["p"]], [["f"]]]);
});

test("S7 an event can be sent to one named client, and an unknown one is reported", async () => {
  const broker = new Broker();
  const sinks = [await read(broker, { streams: "s", client: "me" }), await read(broker)];
  expect([
    (await broker.send("me", "x")).sessions,
    (await broker.send("you", "x")).sessions,
  ]).toEqual([1, 0]);
  await settled();
  expect(sinks.map(({ got }) => got)).toEqual([["x"], []]);
});

test("S8 a client has several sessions, each with an identity", async () => {
  const broker = new Broker();
  for (let i = 0; i < 3; i++) await read(broker, { streams: "s", client: "me" });
  expect(new Set([...broker.sessions("me")].map(({ id }) => id)).size).toBe(3);
});

test("S9 a duplicate client is allowed, replaces or is rejected, and leaving removes only itself", async () => {
  const me = { streams: "s", client: "me" };
  const broker = new Broker({ duplicateClient: "replace" });
  const first = await read(broker, me);
  await read(broker, me);
  first.leave();
  expect([first.over, await broker.presence.has("me")]).toEqual(["end", true]);
  const strict = new Broker({ duplicateClient: "reject" });
  await read(strict, me);
  await expect(read(strict, me)).rejects.toMatchObject({ status: 409 });
});

test("S10 one stream, all streams, or one client in all its streams", async () => {
  const broker = new Broker();
  const sinks = [
    await read(broker, { streams: "a", client: "me" }),
    await read(broker, { streams: "b", client: "me" }),
    await read(broker, "b"),
  ];
  await broker.stream("a").publish("1");
  await broker.broadcast("2");
  await broker.send("me", "3");
  await settled();
  expect(sinks.map(({ got }) => got)).toEqual([["1", "2", "3"], ["2", "3"], ["2"]]);
});

test("S11 an event reaches versions from a lowest one on, also in a replay", async () => {
  const broker = new Broker();
  const { id } = await broker.publish("s", "0");
  await broker.publish("s", "new", { minVersion: 2 });
  const got = async (version: number) =>
    (await read(broker, { streams: "s", version }, { lastEventId: id })).got;
  expect([await got(1), await got(2)]).toEqual([[], ["new"]]);
});

test("S12 streams are declared and removed; an unknown one is 404", async () => {
  const broker = new Broker({ streams: ["a"] });
  broker.declare("b");
  expect([broker.hasStream("b"), broker.hasStream("c")]).toEqual([true, false]);
  await broker.stream("b").remove();
  expect(broker.hasStream("b")).toBe(false);
  expect((await ask({ streams: ["a"] }, { to: "/?stream=c" })).status).toBe(404);
});

test("S13 a stream is created with its first reader or event, and removed with its last reader", async () => {
  const broker = new Broker();
  await broker.publish("s", "before any reader");
  expect((await read(broker, { streams: "s", from: "earliest" })).got).toEqual([
    "before any reader",
  ]);
  const sink = await read(broker, "t");
  expect(broker.streams()).toContain("t");
  sink.leave();
  expect(broker.streams()).not.toContain("t");
});

test("S14 replay is exclusive, bounded, chosen per reader, and reports events that are gone", async () => {
  const broker = new Broker({ log: memoryLog({ maxEvents: 2 }) });
  const ids: string[] = [];
  for (const data of ["1", "2", "3"]) ids.push((await broker.publish("s", data)).id);
  const got = async (lastEventId: string, from: "last-id" | "live" | "earliest" = "last-id") =>
    (await read(broker, { streams: "s", from }, { lastEventId })).got;
  expect(await got(ids[1]!)).toEqual(["3"]);
  expect(await got(ids[0]!)).toEqual(["2", "3"]);
  expect(await got("")).toEqual([]);
  expect(await got("", "earliest")).toEqual(["2", "3"]);
  expect(await got(ids[1]!, "live")).toEqual([]);
  await broker.publish("s", "4");
  const sink = await read(broker, "s", { lastEventId: ids[0]! });
  expect([sink.events[0]!.event, gapOf(sink.events[0]!.data).reason]).toEqual([
    GAP_TYPE,
    "trimmed",
  ]);
});

test("S15 ids are the log's own and survive a restart, or the publisher's", async () => {
  const { id } = await new Broker().publish("s", "1");
  const restarted = new Broker();
  await restarted.publish("s", "2");
  expect((await read(restarted, "s", { lastEventId: id })).got).toEqual(["[reset]", "2"]);
  expect((await restarted.publish("s", "3", { id: "mine" })).id).toBe("mine");
  expect((await read(restarted, "s", { lastEventId: "mine" })).got).toEqual([]);
});

test("S16 an event expires after its time to live", async () => {
  vi.useFakeTimers();
  const broker = new Broker();
  await broker.publish("s", "short", { ttlMs: 10 });
  await broker.publish("s", "long", { ttlMs: 1000 });
  vi.advanceTimersByTime(10);
  expect((await read(broker, { streams: "s", from: "earliest" })).got).toEqual(["long"]);
  vi.useRealTimers();
});

test("S17 a log is cleared and its numbering continues", async () => {
  const broker = new Broker();
  const { id } = await broker.publish("s", "1");
  await broker.stream("s").clear();
  expect((await read(broker, { streams: "s", from: "earliest" })).got).toEqual([]);
  expect(Number((await broker.publish("s", "2")).id.split("-")[1])).toBe(
    Number(id.split("-")[1]) + 1,
  );
});

test("S18 publishing never waits for a reader; tryPublish returns whether the event was accepted", async () => {
  const broker = new Broker();
  const stopped = await read(broker);
  stopped.room = 1;
  for (let i = 0; i < 100; i++) await broker.publish("s", "x");
  expect(broker.tryPublish("s", "x")).toBe(true);
  await broker.close({ graceMs: 0 });
  expect(broker.tryPublish("s", "x")).toBe(false);
});

test("S19 a slow reader has a timeout and a number of chances, then is disconnected permanently", async () => {
  vi.useFakeTimers();
  const onDisconnect = vi.fn<(...args: unknown[]) => void>();
  const broker = new Broker({ slow: { timeoutMs: 100, tolerance: 3 }, onDisconnect });
  const sink = await read(broker);
  sink.room = 1;
  await broker.publish("s", "x");
  await vi.advanceTimersByTimeAsync(250);
  expect(onDisconnect).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(250);
  expect([onDisconnect.mock.calls[0]![1], sink.over, broker.sessions().size]).toEqual([
    "slow",
    "abort",
    0,
  ]);
  vi.useRealTimers();
});

test("S20 a heartbeat is a comment, is sent on time, and can be turned off", async () => {
  vi.useFakeTimers();
  const sinks = await Promise.all(
    [15_000, false].map((heartbeatMs) =>
      read(new Broker({ heartbeatMs: heartbeatMs as number | false })),
    ),
  );
  const before = sinks.map(({ text }) => text);
  vi.advanceTimersByTime(15_000);
  expect(sinks.map(({ text }, i) => text.slice(before[i]!.length))).toEqual([": \n\n", ""]);
  vi.useRealTimers();
});

test("S21 the retry is sent at the start and per event, in digits", async () => {
  const broker = new Broker({ retryMs: 2000 });
  const sink = await read(broker);
  await broker.publish("s", { data: "x", retryMs: 7000 });
  await settled();
  expect(sink.text.match(/^retry: .*$/gm)).toEqual(["retry: 2000", "retry: 7000"]);
});

test("S22 a comment of several lines stays a comment", async () => {
  const response = respond(
    new Request("http://x"),
    (session) => void session.comment("a\n\ndata: b"),
  );
  expect(parse(await response.text())).toEqual([]);
});

test("S23 custom headers are sent, and another origin reads only if it may, also an error", async () => {
  const options: HandlerOptions = {
    headers: { "x-a": "1" },
    cors: { origins: ["https://a"], credentials: true },
  };
  for (const to of ["/?stream=s", "/"]) {
    const { headers } = await ask(options, { to, headers: { origin: "https://a" } });
    expect([
      headers.get("x-a"),
      headers.get("access-control-allow-origin"),
      headers.get("vary"),
    ]).toEqual(["1", "https://a", "Origin"]);
  }
  expect(
    (await ask({}, { headers: { origin: "https://a" } })).headers.has(
      "access-control-allow-origin",
    ),
  ).toBe(false);
});

test("S24 OPTIONS, HEAD and other methods are answered, and open nothing", async () => {
  const onConnect = vi.fn<() => void>();
  const answers = await Promise.all(
    ["OPTIONS", "HEAD", "DELETE"].map((method) =>
      ask({ onConnect, cors: { origins: "*" } }, { method }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual([204, 200, 405]);
  expect(answers[0]!.headers.get("access-control-allow-headers")).toContain("Last-Event-ID");
  expect([answers[2]!.headers.get("allow"), onConnect.mock.calls]).toEqual([
    "GET, HEAD, OPTIONS",
    [],
  ]);
});

test("S25 the head is complete", async () => {
  const { headers } = await ask();
  expect(
    ["content-type", "cache-control", "x-accel-buffering"].map((name) => headers.get(name)),
  ).toEqual(["text/event-stream", "no-store, no-transform", "no"]);
});

test("S26 head and first bytes are sent before the first event", async () => {
  const url = await listen((req, res) => void upgrade(req, res));
  expect(await (await open(url)).has(": \n\n")).toBe(": \n\n");
});

test("S27 hooks get the request, may reject, and are called once for every end", async () => {
  const onDisconnect = vi.fn<(...args: unknown[]) => void>();
  const broker = new Broker({
    onConnect: (_, { query }) => {
      if (query.has("bad")) throw new ServerError("refused", "no", { status: 418 });
    },
    onDisconnect,
  });
  const handler = webHandler(broker);
  expect((await handler(new Request("http://x/?stream=s&bad=1"))).status).toBe(418);
  await handler(new Request("http://x/?stream=s"));
  await broker.close();
  expect(onDisconnect.mock.calls.map(([, reason]) => reason)).toEqual(["shutdown"]);
});

test("S28 a welcome precedes replay and live events", async () => {
  const broker = new Broker({ onConnect: (session) => void session.send("welcome") });
  const { id } = await broker.publish("s", "0");
  await broker.publish("s", "replayed");
  const sink = await read(broker, "s", { lastEventId: id });
  await broker.publish("s", "live");
  await settled();
  expect(sink.got).toEqual(["welcome", "replayed", "live"]);
});

test("S29 a session carries your data", async () => {
  const broker = new Broker<{ visits: number }>();
  await read(broker, { streams: "s", client: "me", state: { visits: 1 } });
  for (const session of broker.sessions("me")) session.state.visits++;
  expect([...broker.sessions("me")][0]!.state).toEqual({ visits: 2 });
});

test("S30 streams, sessions, clients and cursors can be inspected", async () => {
  const broker = new Broker();
  await read(broker, { streams: ["a", "b"], client: "me" });
  const { id } = await broker.publish("a", "x");
  await settled();
  const [session] = broker.sessions();
  expect([
    broker.streams(),
    broker.stream("a").size,
    await broker.presence.has("me"),
    broker.sessions().size,
  ]).toEqual([["a", "b"], 1, true, 1]);
  expect([broker.lastEventId, session!.lastEventId, session!.streams]).toEqual([
    id,
    id,
    ["a", "b"],
  ]);
});

test("S31 a stream is closed, all readers are asked to reconnect, and the whole server is shut down", async () => {
  const broker = new Broker();
  const [a, b] = [await read(broker, "a"), await read(broker, "b")];
  await broker.stream("a").remove();
  for (const session of broker.sessions()) session.close();
  const [c, d] = [await read(broker, "c"), await read(broker, "c")];
  await broker.close({ mode: "abort", retryMs: 100 });
  expect([a, b, c, d].map(({ over }) => over)).toEqual(["end", "end", "abort", "abort"]);
});

test("S32 a session can be closed, inspected, and awaited, by several callers", async () => {
  const broker = new Broker();
  await read(broker);
  const [session] = broker.sessions();
  const closed = [session!.closed, session!.closed];
  expect(session!.open).toBe(true);
  session!.close();
  expect([session!.open, ...(await Promise.all(closed))]).toEqual([false, "server", "server"]);
});

test("S33 errors have codes and can be rendered freely", async () => {
  const response = await ask(
    { renderError: ({ code, status }) => ({ status, body: `{"code":"${code}"}` }) },
    { to: "/" },
  );
  expect([response.status, await response.json()]).toEqual([400, { code: "no-stream" }]);
});

test("S34 an endpoint publishes posted events, for authorized clients", async () => {
  const broker = new Broker();
  const sink = await read(broker);
  const post = publishHandler(broker, { authorize: ({ header }) => header("x-key") === "k" });
  const init = { method: "POST", body: "x" };
  expect((await post(new Request("http://x/?stream=s&type=t", init))).status).toBe(401);
  expect(
    (await post(new Request("http://x/?stream=s&type=t", { ...init, headers: { "x-key": "k" } })))
      .status,
  ).toBe(202);
  await settled();
  expect(sink.events).toMatchObject([{ event: "t", data: "x" }]);
});

test("S35 the process itself subscribes, without delaying others", async () => {
  const broker = new Broker();
  const idle = broker.subscribe("s");
  const reader = broker.subscribe("s");
  await broker.publish("s", "x");
  expect((await reader.next()).value?.data).toBe("x");
  await idle.return();
});

test("S36 a logger receives it; without one nothing is printed", async () => {
  const debug = vi.fn<(text: string) => void>();
  const other = vi.fn<() => void>();
  const print = vi.spyOn(process.stdout, "write");
  await read(new Broker({ logger: { debug, info: other, warn: other, error: other } }));
  await read(new Broker());
  expect([debug.mock.calls[0]![0], print.mock.calls]).toEqual(["session opened", []]);
  print.mockRestore();
});

test("S37 bytes are base64-encoded once, and never changed", async () => {
  const broker = new Broker();
  const sink = await read(broker);
  const data = new Uint8Array([1, 2, 255]);
  await broker.publish("s", { data });
  await broker.publish("s", { data });
  await settled();
  expect([sink.got, [...data]]).toEqual([
    ["AQL/", "AQL/"],
    [1, 2, 255],
  ]);
});

test("S38 data is always split at its line ends, and on one line for clients that need it", async () => {
  const broker = new Broker();
  const [standard, go] = [await read(broker), await read(broker, "s", { profile: "go" })];
  await broker.publish("s", "a\nb");
  await settled();
  expect(standard.text).toContain("data: a\ndata: b\n\n");
  expect(go.text).toContain('event: message\ndata: "a\\nb"\n\n');
});

test("S39 no middleware compresses a stream, which would delay events", async () => {
  expect(
    (await ask({}, { headers: { "accept-encoding": "gzip, br" } })).headers.get("cache-control"),
  ).toContain("no-transform");
});

test("S40 the same rules apply to (req, res) and to Request → Response", async () => {
  const { nodeHandler } = await import("@steadfeed/server/node");
  const broker = new Broker();
  const { res } = await open(`${await listen(nodeHandler(broker))}/?stream=s`);
  const { headers } = await webHandler(broker)(new Request("http://x/?stream=s"));
  expect(Object.fromEntries(headers)).toEqual(
    Object.fromEntries(
      Object.entries(res.headers).filter(
        ([name]) => !["connection", "date", "transfer-encoding"].includes(name),
      ),
    ),
  );
});

test("S41 a broker is tested without sockets: a sink is a small interface", async () => {
  const sink: Sink = new MemorySink();
  const broker = new Broker();
  await read(broker, "s", { sink: sink as MemorySink });
  expect(broker.sessions().size).toBe(1);
});

test("S42 XML is made by your own serializer, and without one it throws", async () => {
  const response = respond(
    new Request("http://x"),
    (session) => void session.xml({ a: 1 }, (value) => `<a>${JSON.stringify(value)}</a>`, "doc"),
  );
  expect(parse(await response.text())).toEqual([
    { id: undefined, event: "doc", data: '<a>{"a":1}</a>' },
  ]);
  await expect(
    respond(new Request("http://x"), (session) => void session.xml(1, undefined as never)).text(),
  ).rejects.toThrow(/needs a function from the value to text/);
});

/** Runs an example to its end, and gives what it printed. */
async function run(example: string): Promise<string> {
  const print = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import(`../../examples/${example}.ts`);
  const lines = print.mock.calls.map((values) =>
    values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(" "),
  );
  print.mockRestore();
  return lines.join("\n");
}

test.each([
  ["server-tokens", /^You asked: why\? The answer is long and comes in pieces\. $/],
  [
    "server-clients",
    /^without a token: 401\nwelcome, ann\nis ann here\? true is bob\? false\nsent to 2 sessions: \["only for you","only for you"\]\nann left: /,
  ],
  ["server-single", /^progress \{"done":0\}\n[^]*progress \{"done":100\}\ndone \{"ok":true\}$/],
  ["server-web", /^3\n2\n1\ntick \{"eur":1\.08\}$/],
  [
    "server-publish",
    /^202 \{"id":"\S+","sessions":0\}\n\{"type":"alert","data":"rain".*\}\nwithout the token: 401$/,
  ],
])("an example behaves as documented: %s", async (example, output) => {
  expect(await run(example)).toMatch(output);
});
