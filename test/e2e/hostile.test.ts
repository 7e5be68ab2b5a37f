// What a hostile client, or a hostile publisher, may try with requests. After each attempt an honest reader is served.
import { createServer, type ServerOptions } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Feed } from "@steadfeed/client";
import { Broker, type BrokerOptions } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { publishHandler } from "@steadfeed/server/publish";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { until } from "../support/collect.ts";
import { listen } from "../support/server.ts";

let broker: Broker;
/** The errors reported to the broker: no request may cause one. */
let failures: unknown[];
let port: number;
const sockets = new Set<Socket>();
const closers: (() => unknown)[] = [];

async function start(options: ServerOptions = {}, hooks: BrokerOptions = {}): Promise<void> {
  broker = new Broker({ onError: (error) => void failures.push(error), ...hooks });
  const events = nodeHandler(broker);
  const publish = publishHandler(broker, {
    authorize: ({ header }) => header("authorization") === "Bearer secret",
    maxBytes: 10_000,
  });
  const server = createServer(options, (request, response) => {
    if (request.url?.startsWith("/publish")) void publish(request, response);
    else void events(request, response);
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  port = await listen(server);
  closers.push(
    () => server.close(),
    () => broker.close({ graceMs: 0 }),
    () => server.closeAllConnections(),
  );
}

beforeEach(async () => {
  failures = [];
  await start();
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  while (sockets.size > 0) await sleep(5);
});

const restart = (hooks: BrokerOptions): Promise<void> => start({}, hooks);

/** A client of bare TCP. */
function dial(): { readonly socket: Socket; readonly text: () => string } {
  let text = "";
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }).setEncoding("latin1");
  socket.on("data", (more: string) => (text += more));
  // Refusing is the server's right.
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  return { socket, text: () => text };
}

/** An honest reader gets an honest event, and then nobody is left. */
async function serves(): Promise<void> {
  const feed = new Feed(`http://127.0.0.1:${port}/?stream=honest`);
  const event = feed.once("message");
  await feed.open();
  await broker.publish("honest", "still here");
  expect((await event).data).toBe("still here");
  feed.close();
  await until(() => expect(broker.sessions().size).toBe(0));
}

const head = "Host: x\r\n";
const long = "7".repeat(1_000_000);

describe("requests for a stream", () => {
  test.each<[string, string, RegExp]>([
    ["HTTP/1.0 without a host", "GET /?stream=a HTTP/1.0\r\n\r\n", /^HTTP\/1.1 200 [^]*id: /],
    ["HTTP/1.1 without a host", "GET /?stream=a HTTP/1.1\r\n\r\n", /^HTTP\/1.1 400 /],
    ["a whole URL", `GET http://y/?stream=a HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1.1 200 /],
    ["a path of slashes", `GET //?stream=a HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1.1 200 /],
    ["no path", `GET ?stream=a HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1.1 (200|400) /],
    ["a fragment", `GET /?stream=a#b HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1.1 (200|400) /],
    ["OPTIONS *", `OPTIONS * HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1.1 204 /],
    ["TRACE", `TRACE /?stream=a HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1.1 405 /],
    ["PROPFIND", `PROPFIND /?stream=a HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1.1 405 /],
    ["an unknown method", `STEAL /?stream=a HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1.1 400 /],
    ["no stream", `GET / HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1.1 400 /],
    ["an empty name", `GET /?stream= HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1.1 400 /],
    ["a name of NULs", `GET /?stream=%00 HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1.1 (200|400) /],
    [
      "a name with line ends",
      `GET /?stream=%0d%0a HTTP/1.1\r\n${head}\r\n`,
      /^HTTP\/1.1 (200|400) /,
    ],
    ["half a character", `GET /?stream=%ff%e2%82 HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1.1 (200|400) /],
    ["__proto__", `GET /?stream=__proto__ HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1.1 200 /],
    ["a long name", `GET /?stream=${"a".repeat(9000)} HTTP/1.1\r\n${head}\r\n`, /^HTTP\/1.1 400 /],
    [
      "too many streams",
      `GET /?${"stream=a&".repeat(33).replaceAll("a&", () => `${Math.random()}&`)} HTTP/1.1\r\n${head}\r\n`,
      /^HTTP\/1.1 400 /,
    ],
    [
      "a refused type",
      `GET /?stream=a HTTP/1.1\r\n${head}Accept: text/html;q=x, ,;;,text/event-stream;q=0\r\n\r\n`,
      /^HTTP\/1.1 406 /,
    ],
    [
      "a cursor of a megabyte",
      `GET /?stream=a HTTP/1.1\r\n${head}Last-Event-ID: ${long}\r\n\r\n`,
      /^HTTP\/1.1 431 /,
    ],
    [
      "a cursor of a megabyte in the query",
      `GET /?stream=a&lastEventId=${long} HTTP/1.1\r\n${head}\r\n`,
      /^HTTP\/1.1 431 /,
    ],
    [
      "a cursor as long as a header may be",
      `GET /?stream=a HTTP/1.1\r\n${head}Last-Event-ID: ${long.slice(0, 15_000)}\r\n\r\n`,
      /^HTTP\/1.1 200 [^]*event: steadfeed.gap\n/,
    ],
    [
      "a cursor of invalid text",
      `GET /?stream=a HTTP/1.1\r\n${head}Last-Event-ID: \xff\xc0\x80\xed\xa0\x80\r\n\r\n`,
      /^HTTP\/1.1 200 [^]*event: steadfeed.gap\n/,
    ],
    [
      "a cursor that imitates fields",
      `GET /?stream=a&lastEventId=1%0adata:forged%0a%0a HTTP/1.1\r\n${head}\r\n`,
      /^HTTP\/1.1 200 [^]*event: steadfeed.gap\n(?![^]*\ndata:forged)/,
    ],
    [
      "a cursor folded over lines",
      `GET /?stream=a HTTP/1.1\r\n${head}Last-Event-ID: 1\r\n data: forged\r\n\r\n`,
      /^HTTP\/1.1 (200|400) /,
    ],
    [
      "two cursors",
      `GET /?stream=a HTTP/1.1\r\n${head}Last-Event-ID: 1\r\nLast-Event-ID: 2\r\n\r\n`,
      /^HTTP\/1.1 200 /,
    ],
    [
      "two lengths",
      `GET /?stream=a HTTP/1.1\r\n${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`,
      /^HTTP\/1.1 400 /,
    ],
    [
      "a length and chunks",
      `GET /?stream=a HTTP/1.1\r\n${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1.1 400 /,
    ],
    [
      "an unexpected body",
      `GET /?stream=a HTTP/1.1\r\n${head}Content-Length: 5\r\n\r\nhello`,
      /^HTTP\/1.1 200 [^]*id: /,
    ],
    [
      "a broken body",
      `GET /?stream=a HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n`,
      /^HTTP\/1.1 (200|400) /,
    ],
    [
      "an upgrade",
      `GET /?stream=a HTTP/1.1\r\n${head}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      /^HTTP\/1.1 200 [^]*id: /,
    ],
    [
      "an unknown expectation",
      `GET /?stream=a HTTP/1.1\r\n${head}Expect: money\r\n\r\n`,
      /^HTTP\/1.1 417 /,
    ],
    ["bytes that are not HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", /^HTTP\/1.1 400 /],
  ])("%s", async (_, bytes, answer) => {
    const { socket, text } = dial();
    socket.write(bytes, "latin1");
    await until(() => expect(text().slice(0, 2000)).toMatch(answer));
    socket.destroy();
    await serves();
    expect(failures).toEqual([]);
  });

  test("a second request after a stream gets no answer within the stream, and holds no resources", async () => {
    const { socket, text } = dial();
    socket.write(`GET /?stream=a HTTP/1.1\r\n${head}\r\n`.repeat(100));
    await until(() => expect(text()).toContain("id: "));
    await sleep(50);
    expect(text().match(/HTTP\/1.1/g)).toHaveLength(1);
    expect(broker.sessions().size).toBeLessThan(101);
    socket.destroy();
    await serves();
  });

  test("a thousand requests at once on one socket are answered in order", async () => {
    const { socket, text } = dial();
    socket.write(`HEAD /?stream=a HTTP/1.1\r\n${head}\r\n`.repeat(1000));
    await until(() => expect(text().match(/HTTP\/1.1 200/g)).toHaveLength(1000));
    expect(broker.sessions().size).toBe(0);
    socket.destroy();
    await serves();
  });

  test("a reader that half-closes its socket and waits is released", async () => {
    const { socket, text } = dial();
    socket.end(`GET /?stream=a HTTP/1.1\r\n${head}\r\n`);
    await until(() => expect(text()).toContain("HTTP/1.1 200"));
    await until(() => expect(broker.sessions().size).toBe(0));
    await serves();
  });

  test("readers that connect and leave at once leave nothing", async () => {
    for (let n = 0; n < 200; n++) {
      const { socket } = dial();
      socket.write(`GET /?stream=a HTTP/1.1\r\n${head}\r\n`, () => socket.resetAndDestroy());
    }
    await until(() => expect(sockets.size).toBe(0));
    await serves();
    expect(failures).toEqual([]);
  });

  test("HTTP/2 streams opened and cancelled by the thousand leave nothing", async () => {
    const server = createHttp2Server({}, nodeHandler(broker));
    const at = await listen(server);
    const session = connectHttp2(`http://127.0.0.1:${at}`);
    session.on("error", () => undefined);
    closers.push(
      () => session.destroy(),
      () => server.close(),
    );
    for (let n = 0; n < 1000 && !session.destroyed; n++) {
      const stream = session.request({ ":path": "/?stream=a" });
      stream.on("error", () => undefined);
      stream.close(8);
      if (n % 50 === 0) await sleep(1);
    }
    await until(() => expect(broker.sessions().size).toBe(0));
    await serves();
    expect(failures).toEqual([]);
  });
});

describe("posts to a publisher's endpoint", () => {
  const post = (query: string, more: string, body = ""): string =>
    `POST /publish?${query} HTTP/1.1\r\n${head}Authorization: Bearer secret\r\n${more}\r\n${body}`;
  const sized = (query: string, body: string): string =>
    post(query, `Content-Length: ${Buffer.byteLength(body, "latin1")}\r\n`, body);

  test.each<[string, string, RegExp]>([
    [
      "without the word",
      `POST /publish?stream=a HTTP/1.1\r\n${head}Content-Length: 1\r\n\r\nx`,
      / 401 /,
    ],
    ["by GET", `GET /publish?stream=a HTTP/1.1\r\n${head}\r\n`, / 405 /],
    ["to nobody", sized("", "x"), / 400 /],
    ["a type that imitates fields", sized("stream=a&type=t%0adata:forged", "x"), / 400 /],
    ["an id that imitates an event", sized("stream=a&id=1%0a%0adata:forged", "x"), / 400 /],
    ["an id with a NUL", sized("stream=a&id=1%00", "x"), / 400 /],
    ["one of our types", sized("stream=a&type=steadfeed.gap", "{}"), / 400 /],
    ["an invalid version", sized("stream=a&minVersion=NaN", "x"), / 400 /],
    ["an invalid time", sized("stream=a&ttlMs=-1e309", "x"), / 400 /],
    ["bytes that are not text", sized("stream=a", "\xff\xfe"), / 400 /],
    ["more than allowed", sized("stream=a", "x".repeat(10_001)), / 413 /],
    ["an enormous length", post("stream=a", `Content-Length: ${"9".repeat(15)}\r\n`), / 413 /],
    [
      "more than allowed, in chunks",
      post(
        "stream=a",
        "Transfer-Encoding: chunked\r\n",
        `4000\r\n${"x".repeat(0x4000)}\r\n0\r\n\r\n`,
      ),
      / 413 /,
    ],
    ["invalid chunks", post("stream=a", "Transfer-Encoding: chunked\r\n", "zz\r\n"), / 400 /],
    [
      "data that imitates an event",
      sized("stream=a", "a\r\n\r\nid: 9\r\rdata: b\n\nevent: c"),
      / 202 /,
    ],
  ])("%s", async (_, bytes, answer) => {
    const feed = new Feed(`http://127.0.0.1:${port}/?stream=a`);
    const got: unknown[] = [];
    feed.subscribe("*", ({ type, data }) => void got.push([type, data]));
    await feed.open();
    const { socket, text } = dial();
    socket.write(bytes, "latin1");
    await until(() => expect(text().slice(0, 2000)).toMatch(answer));
    const taken = text().includes(" 202 ");
    const whole = ["message", "a\n\nid: 9\n\ndata: b\n\nevent: c"];
    await until(() => expect(got).toEqual(taken ? [whole] : []));
    feed.close();
    socket.destroy();
    await serves();
  });

  test("a client that trickles its body holds a socket, not an event, and only as long as the server allows", async () => {
    for (const close of closers.splice(0)) await close();
    await start({ requestTimeout: 400, headersTimeout: 400, connectionsCheckingInterval: 50 });
    const slow = Array.from({ length: 20 }, () => {
      const dialled = dial();
      dialled.socket.write(post("stream=a", "Content-Length: 9000\r\n"));
      const drip = setInterval(() => dialled.socket.write("x"), 20);
      dialled.socket.once("close", () => clearInterval(drip));
      onTestFinished(() => clearInterval(drip));
      dialled.socket.once("end", () => dialled.socket.destroy());
      return dialled;
    });
    await until(() => expect(sockets.size).toBe(20));
    await serves();
    await until(() => expect(sockets.size).toBe(0));
    for (const { text } of slow) expect(text()).not.toContain(" 202 ");
    await serves();
  });

  test("a client that disconnects within its body published nothing", async () => {
    const before = broker.lastEventId;
    const { socket } = dial();
    socket.write(post("stream=a", "Content-Length: 9000\r\n", "x".repeat(100)), () =>
      socket.resetAndDestroy(),
    );
    await until(() => expect(sockets.size).toBe(0));
    expect(broker.lastEventId).toBe(before);
    await serves();
    // It is the client's doing: nobody has to read of it.
    expect(failures).toEqual([]);
  });
});

describe("pipelined requests", () => {
  const ask = "GET /?stream=s HTTP/1.1\r\nHost: x\r\n\r\n";

  test("a socket has one session, whatever else is pipelined", async () => {
    const { socket, text } = dial();
    socket.write(ask.repeat(12));
    await until(() => expect(text()).toContain("text/event-stream"));
    socket.write(ask);
    await broker.publish("s", "once");
    await until(() => expect(text()).toContain("data: once"));
    expect(broker.sessions().size).toBe(1);
    socket.destroy();
    await serves();
  });

  test("a request pipelined during a welcome waits, and its hooks are not called", async () => {
    const welcomes: (() => void)[] = [];
    await restart({ onConnect: () => new Promise<void>((go) => void welcomes.push(go)) });
    const { socket, text } = dial();
    socket.write(ask.repeat(12));
    await until(() => expect(welcomes).toHaveLength(1));
    await sleep(30);
    expect([welcomes.length, broker.sessions().size]).toEqual([1, 1]);
    welcomes.shift()!();
    await until(() => expect(text()).toContain("text/event-stream"));
    await sleep(30);
    expect([welcomes.length, text().match(/HTTP\/1.1/g)]).toEqual([0, ["HTTP/1.1"]]);
  });

  test("a reset during the welcome leaves no session, whatever was pipelined", async () => {
    const welcomes: (() => void)[] = [];
    await restart({ onConnect: () => new Promise<void>((go) => void welcomes.push(go)) });
    const { socket } = dial();
    socket.write(ask.repeat(12));
    await until(() => expect(welcomes.length).toBeGreaterThan(0));
    socket.resetAndDestroy();
    await sleep(50);
    for (const go of welcomes) go();
    await until(() => expect(broker.sessions().size).toBe(0));
    // Not the grace: what is left of nobody holds nobody up.
    const began = Date.now();
    await broker.close({ graceMs: 5000 });
    expect(Date.now() - began).toBeLessThan(4000);
  });

  test("a client that keeps pipelining after its stream is cut off", async () => {
    const { socket, text } = dial();
    socket.write(ask);
    await until(() => expect(text()).toContain("text/event-stream"));
    socket.write(ask.repeat(4000));
    await until(() => expect(broker.sessions().size).toBe(0));
    await serves();
  });
});
