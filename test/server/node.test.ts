import { connect as connectHttp2, constants, type ClientHttp2Session } from "node:http2";
import { connect } from "node:net";
import { Broker, memoryLog } from "@steadfeed/server";
import { nodeHandler, upgrade } from "@steadfeed/server/node";
import { EventSource } from "eventsource";
import { EventSource as UndiciEventSource } from "undici";
import { expect, onTestFinished, test, vi } from "vitest";
import { until } from "../support/collect.ts";
import { standsStill } from "../support/still.ts";
import { listen, open, raw } from "./servers.ts";
import { deferred, parse } from "./support.ts";

test("the head and first bytes are sent at once, chunked, and events follow", async () => {
  const broker = new Broker();
  const url = await listen(nodeHandler(broker));
  let text = "";
  const socket = connect(Number(new URL(url).port), "127.0.0.1").setEncoding("latin1");
  onTestFinished(() => void socket.destroy());
  socket.on("data", (chunk: string) => (text += chunk));
  socket.write("GET /?stream=s HTTP/1.1\r\nHost: x\r\n\r\n");
  await until(() => expect(text).toMatch(/-0\n\n\r\n$/));
  await broker.publish("s", { type: "tick", data: "é" });
  await until(() => expect(text).toMatch(/data: Ã©\n\n\r\n$/));
  const [head, body] = text.split("\r\n\r\n") as [string, string];
  expect(head.split("\r\n").filter((line) => !line.startsWith("Date:"))).toEqual([
    "HTTP/1.1 200 OK",
    "content-type: text/event-stream",
    "cache-control: no-store, no-transform",
    "x-accel-buffering: no",
    "connection: close",
    "Transfer-Encoding: chunked",
  ]);
  expect(body).toMatch(
    /^[\da-f]+\r\n: \nid: \S+-0\n\n\r\n[\da-f]+\r\nid: \S+-1\nevent: tick\ndata: Ã©\n\n\r\n$/,
  );
});

test("an HTTP/1.0 reader is served too", async () => {
  const broker = new Broker();
  const url = await listen(nodeHandler(broker));
  await broker.publish("s", "old");
  const text = await raw(url, "GET /?stream=s&lastEventId=x HTTP/1.0\r\n\r\n", "data: old\n\n");
  expect(text).not.toMatch(/transfer-encoding/i);
  expect(text).toContain('"reason":"unknown"');
});

test("refusals are complete responses, and leave the socket to the next request", async () => {
  const url = await listen(nodeHandler(new Broker({ streams: [] })));
  const text = await raw(
    url,
    "GET / HTTP/1.1\r\nHost: x\r\n\r\nPUT /?stream=s HTTP/1.1\r\nHost: x\r\n\r\nHEAD /?stream=s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
  );
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400", "HTTP/1.1 405", "HTTP/1.1 200"]);
  expect(text).toContain("allow: GET, HEAD, OPTIONS");
});

test("a reader that disconnects and returns misses nothing and gets nothing twice", async () => {
  const broker = new Broker();
  const url = await listen(nodeHandler(broker));
  const first = await open(`${url}/?stream=s`);
  await broker.publish("s", "1");
  const { id } = parse(await first.has("data: 1\n\n")).at(-1)!;
  first.res.destroy();
  await until(() => expect(broker.sessions().size).toBe(0));
  await broker.publish("s", "2");
  const second = await open(`${url}/?stream=s`, { "Last-Event-ID": id! });
  await broker.publish("s", "3");
  expect(parse(await second.has("data: 3\n\n")).map(({ data }) => data)).toEqual(["2", "3"]);
});

test("a session ends when its reader leaves, once, and when the server ends it", async () => {
  const reasons: string[] = [];
  const broker = new Broker({ onDisconnect: (_, reason) => void reasons.push(reason) });
  const url = await listen(nodeHandler(broker));
  const [left, kept] = [await open(`${url}/?stream=s`), await open(`${url}/?stream=s`)];
  left.res.destroy();
  await until(() => expect(reasons).toEqual(["client"]));
  await broker.publish("s", "last");
  await broker.close({ retryMs: 1000 });
  expect(await kept.over).toBe("end");
  expect(kept.text()).toMatch(/retry: \d+\n\nid: \S+\ndata: last\n\n$/);
  expect(reasons).toEqual(["client", "shutdown"]);
});

test("an aborted response looks broken to its reader, so that it reconnects", async () => {
  const broker = new Broker();
  const url = await listen(nodeHandler(broker, { profile: "go" }));
  const { over } = await open(`${url}/?stream=s`);
  await broker.close();
  expect(await over).toBe("abort");
});

test("a reader that leaves while admit is pending opens nothing", async () => {
  const decision = deferred<{ streams: string }>();
  const connected = vi.fn<(...args: unknown[]) => void>();
  const broker = new Broker({ onConnect: connected });
  const asked = vi.fn<() => void>();
  const admit = () => {
    asked();
    return decision.promise;
  };
  const handler = nodeHandler(broker, { admit });
  const closed = vi.fn<() => void>();
  const url = await listen((req, res) => {
    res.once("close", closed);
    void handler(req, res);
  });
  const socket = connect(Number(new URL(url).port), "127.0.0.1", () =>
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
  );
  await until(() => expect(asked).toHaveBeenCalled());
  socket.destroy();
  await until(() => expect(closed).toHaveBeenCalled());
  decision.resolve({ streams: "s" });
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect([broker.sessions().size, connected.mock.calls]).toEqual([0, []]);
});

test("a stopped reader costs at most 64 KB and one event, and delays no other", async () => {
  const broker = new Broker({
    log: memoryLog({ maxEvents: 100, maxBytes: 1 << 20 }),
    slow: { policy: "resume" },
  });
  const held: (() => number)[] = [];
  const handler = nodeHandler(broker);
  const url = await listen((req, res) => {
    held.push(() => res.writableLength);
    void handler(req, res);
  });
  const stopped = connect(Number(new URL(url).port), "127.0.0.1", () =>
    stopped.write("GET /?stream=s HTTP/1.1\r\nHost: x\r\n\r\n"),
  );
  stopped.pause();
  onTestFinished(() => void stopped.destroy());
  await until(() => expect(broker.sessions().size).toBe(1));
  const quick = await open(`${url}/?stream=s`);
  const event = "x".repeat(10_000);
  let most = 0;
  for (let i = 0; i < 1500; i++) {
    await broker.publish("s", i === 1499 ? "the last" : event);
    if (i % 5 === 0) await new Promise(setImmediate);
    most = Math.max(most, held[0]!());
  }
  await quick.has("data: the last\n\n");
  expect(most).toBeGreaterThan(10_000);
  expect(most).toBeLessThan((64 << 10) + 11_000);
});

test("a reader that vanished with a full socket is noticed", async () => {
  const reasons: string[] = [];
  const broker = new Broker({
    // More than the sockets on the way take.
    log: memoryLog({ maxBytes: 64 << 20 }),
    heartbeatMs: 50,
    slow: { timeoutMs: 50, tolerance: 2 },
    onDisconnect: (_, reason) => void reasons.push(reason),
  });
  const url = await listen(nodeHandler(broker));
  const gone = connect(Number(new URL(url).port), "127.0.0.1", () =>
    gone.write("GET /?stream=s HTTP/1.1\r\nHost: x\r\n\r\n"),
  );
  gone.pause();
  gone.on("error", () => undefined);
  await until(() => expect(broker.sessions().size).toBe(1));
  for (let i = 0; i < 20; i++) await broker.publish("s", "x".repeat(900_000));
  await until(() => expect(reasons).toEqual(["slow"]));
  gone.destroy();
});

async function http2(
  url: string,
  path: string,
  headers = {},
): Promise<{
  head: Record<string, unknown>;
  text: () => string;
  session: ClientHttp2Session;
  stream: ReturnType<ClientHttp2Session["request"]>;
}> {
  const session = connectHttp2(url);
  onTestFinished(() => session.destroy());
  const stream = session.request({ ":path": path, ...headers });
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  stream.on("error", () => undefined);
  const head = await new Promise<Record<string, unknown>>((resolve) =>
    stream.on("response", resolve),
  );
  return { head, text: () => text, session, stream };
}

test("HTTP/2 gets the same stream without hop-by-hop headers", async () => {
  const warnings = vi.fn<(...args: unknown[]) => void>();
  process.on("warning", warnings);
  const broker = new Broker();
  const url = await listen(nodeHandler(broker), 2);
  const { head, text, stream } = await http2(url, "/?stream=s");
  await broker.publish("s", "1");
  await until(() => expect(text()).toContain("data: 1\n\n"));
  expect(head).toMatchObject({
    ":status": 200,
    "content-type": "text/event-stream",
    "x-accel-buffering": "no",
  });
  expect(head).not.toHaveProperty("connection");
  stream.close(constants.NGHTTP2_CANCEL);
  await until(() => expect(broker.sessions().size).toBe(0));
  expect(warnings).not.toHaveBeenCalled();
  process.off("warning", warnings);
});

test("HTTP/2 streams end and abort one by one", async () => {
  const broker = new Broker({ duplicateClient: "replace" });
  const url = await listen(
    nodeHandler(broker, { profile: "go", admit: () => ({ streams: "s", client: "me" }) }),
    2,
  );
  const one = await http2(url, "/");
  const closed = new Promise<number>((resolve) =>
    one.stream.on("close", () => resolve(one.stream.rstCode)),
  );
  const two = await http2(url, "/");
  expect(await closed).not.toBe(constants.NGHTTP2_NO_ERROR);
  await broker.publish("s", "1");
  await until(() => expect(two.text()).toContain("data: 1\n\n"));
  expect(broker.sessions().size).toBe(1);
});

test.each([
  ["npm eventsource", EventSource],
  ["undici", UndiciEventSource],
])("%s gets events, types and ids, and resumes by itself", async (_, Source) => {
  const broker = new Broker({ retryMs: 10 });
  const url = await listen(nodeHandler(broker));
  const source = new Source(`${url}/?stream=s`);
  onTestFinished(() => source.close());
  const seen: string[] = [];
  source.addEventListener("tick", (event: Event) => {
    const { data, lastEventId } = event as MessageEvent<string>;
    seen.push(`${data}@${lastEventId}`);
  });
  await until(() => expect(broker.sessions().size).toBe(1));
  const ids = [(await broker.publish("s", { type: "tick", data: "1" })).id];
  await until(() => expect(seen).toHaveLength(1));
  for (const session of broker.sessions()) session.close();
  ids.push((await broker.publish("s", { type: "tick", data: "2" })).id);
  await until(() => expect(seen).toHaveLength(2));
  expect(seen).toEqual([`1@${ids[0]}`, `2@${ids[1]}`]);
});

test("a header that cannot be sent fails its own request, not the process", async () => {
  const onError = vi.fn<(...args: unknown[]) => void>();
  const broker = new Broker({ onError });
  const evil = "a\r\nset-cookie: b";
  for (const options of [
    { headers: () => ({ "x-a": evil }) },
    { admit: () => ({ streams: "s", headers: { "x-a": evil } }) },
  ]) {
    const url = await listen(nodeHandler(broker, options));
    const { res } = await open(`${url}/?stream=s`);
    expect([res.statusCode, res.headers["set-cookie"], broker.sessions().size]).toEqual([
      500,
      undefined,
      0,
    ]);
  }
  expect(onError).toHaveBeenCalled();
});

test("nor if its session ends during the welcome: by expiry, or with all others", async () => {
  const onDisconnect = vi.fn<(...args: unknown[]) => void>();
  const broker = new Broker({
    heartbeatMs: 50,
    onConnect: () => new Promise((resolve) => setTimeout(resolve, 300)),
    onDisconnect,
  });
  for (const endsInMs of [100, 10_000]) {
    const headers = { "x-a": "a\r\nb" };
    const admit = () => ({ streams: "s", headers, expiresAt: Date.now() + endsInMs });
    const url = await listen(nodeHandler(broker, { admit }));
    const reply = open(url).catch(() => "abort");
    await until(() => expect(broker.sessions().size).toBe(1));
    if (endsInMs > 1000) await broker.close();
    expect(await reply).toBe("abort");
  }
  await until(() => expect(onDisconnect).toHaveBeenCalledTimes(2));
});

test("Go clients get exactly the bytes they need", async () => {
  const broker = new Broker({ retryMs: 2000, heartbeatMs: 60 });
  const url = await listen(nodeHandler(broker, { profile: "go" }));
  const reply = await open(`${url}/?stream=s`);
  expect(reply.res.headers["transfer-encoding"]).toBe("chunked");
  const one = await broker.publish("s", "a\nb");
  const two = await broker.publish("s", { type: "tick", data: { eur: 1 } });
  const events = `\n\nretry: 2000\nid: ${one.id}\nevent: message\ndata: "a\\nb"\n\nid: ${two.id}\nevent: tick\ndata: {"eur":1}\n\n`;
  expect(await reply.has(`${events}\n\n`)).toBe(`${events}\n\n`);
});

test("one response is a session without a broker", async () => {
  const url = await listen((req, res) => {
    const session = upgrade(req, res, { headers: { "x-head": "1" }, retryMs: 3000 });
    session.json({ a: 1 }, "j");
    session.close();
  });
  const { res, over, text } = await open(url);
  expect([res.headers["x-head"], await over]).toEqual(["1", "end"]);
  expect(text()).toBe(': \nretry: 3000\n\nevent: j\ndata: {"a":1}\n\n');
});

test("a stream of tokens is read at the pace of its reader, and stops when the reader leaves", async () => {
  let made = 0;
  const finished = vi.fn<(...args: unknown[]) => void>();
  async function* tokens(): AsyncGenerator<string> {
    try {
      for (;;) {
        yield `token ${made++} ${"x".repeat(1000)}`;
        if (made % 20 === 0) await new Promise(setImmediate);
      }
    } finally {
      finished();
    }
  }
  const url = await listen((req, res) => {
    void upgrade(req, res).from(tokens());
  });
  const socket = connect(Number(new URL(url).port), "127.0.0.1", () =>
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
  );
  socket.pause();
  await until(() => expect(made).toBeGreaterThan(20));
  await standsStill(() => made);
  socket.destroy();
  await until(() => expect(finished).toHaveBeenCalledTimes(1));
});
