import { get, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, Socket } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { until } from "../support/collect.ts";
import { NodeSink } from "../../packages/server/src/http/node-sink.ts";
import { listen, open, raw } from "./servers.ts";
import { deferred } from "./support.ts";
import { sinkContract, type Pair } from "./sinks.ts";

async function pair(): Promise<Pair> {
  const opened = deferred<NodeSink>();
  const response = deferred<IncomingMessage>();
  const over = deferred<"end" | "abort">();
  const url = await listen((req, res) => opened.resolve(new NodeSink(req, res)));
  let text = "";
  const request = get(url, { agent: false }, (res) => {
    response.resolve(res);
    res.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    res.on("end", () => over.resolve("end")).on("error", () => over.resolve("abort"));
  }).on("error", () => over.resolve("abort"));
  onTestFinished(() => void request.destroy());
  return {
    sink: await opened.promise,
    arrived: () => Promise.resolve(text),
    over: () => over.promise,
    status: async () => (await response.promise).statusCode!,
    header: async (name) => String((await response.promise).headers[name]),
    leave: () => void request.destroy(),
  };
}

sinkContract(pair);

test("a reader that left before anything listened is noticed", async () => {
  const gone = vi.fn<(...args: unknown[]) => void>();
  const url = await listen((req, res) => {
    res.once("close", () => new NodeSink(req, res).watch({ room: () => undefined, gone }));
    res.destroy();
  });
  await raw(url, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").catch(() => undefined);
  await until(() => expect(gone).toHaveBeenCalledTimes(1));
});

test("a response queued after another on its socket is notified when the socket closes", async () => {
  const gone = vi.fn<(...args: unknown[]) => void>();
  const url = await listen((req, res) =>
    new NodeSink(req, res).watch({ room: () => undefined, gone }),
  );
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(3));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(gone).not.toHaveBeenCalled();
  socket.resetAndDestroy();
  await until(() => expect(gone).toHaveBeenCalledTimes(3));
});

test("headers set earlier by middleware are kept", async () => {
  const url = await listen((req, res: ServerResponse) => {
    res.setHeader("set-cookie", "a=1");
    const sink = new NodeSink(req, res);
    sink.head(200, { "x-a": "1" });
    sink.end();
  });
  const text = await raw(url, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  expect(text).toContain("set-cookie: a=1");
});

test("middleware that wraps a response's write still sees all writes", async () => {
  const seen: string[] = [];
  const url = await listen((req, res: ServerResponse) => {
    const write = res.write.bind(res) as (chunk: Uint8Array) => boolean;
    res.write = (chunk: Uint8Array) => {
      seen.push(new TextDecoder().decode(chunk));
      return write(chunk);
    };
    const sink = new NodeSink(req, res);
    sink.head(200, {});
    for (const text of ["1", "2"]) sink.write(new TextEncoder().encode(text));
    sink.end();
  });
  expect(await raw(url, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")).toMatch(
    /\r\n\r\n2\r\n12\r\n0\r\n\r\n$/,
  );
  expect(seen).toEqual(["1", "2"]);
});

test("a stream requested by pipelining waits for the previous response, and loses nothing", async () => {
  const url = await listen((req, res) => {
    if (req.url === "/first") {
      setTimeout(() => res.end("first"), 20);
      return;
    }
    const sink = new NodeSink(req, res);
    sink.head(200, {});
    for (const text of ["1", "2"]) sink.write(new TextEncoder().encode(text));
    sink.end();
  });
  const text = await raw(
    url,
    "GET /first HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
  );
  expect(text).toMatch(/\r\n\r\nfirst.*HTTP.*\r\n\r\n1\r\n1\r\n1\r\n2\r\n0\r\n\r\n$/s);
});

test("a server that accepts no more requests does not cut off its streams", async () => {
  const sinks: NodeSink[] = [];
  const url = await listen((req, res) => {
    sinks.push(new NodeSink(req, res));
    sinks[0]!.head(200, {});
    sinks[0]!.write(new TextEncoder().encode("1"));
    const { server } = req.socket as Socket & { readonly server: Server };
    server.close();
    server.closeIdleConnections();
  });
  const text = raw(url, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await until(() => expect(sinks).toHaveLength(1));
  await new Promise((resolve) => setTimeout(resolve, 20));
  sinks[0]!.write(new TextEncoder().encode("2"));
  sinks[0]!.end();
  expect(await text).toMatch(/\r\n\r\n1\r\n1\r\n1\r\n2\r\n0\r\n\r\n$/);
});

test("listeners of the response see it end", async () => {
  const closed = vi.fn<() => void>();
  const url = await listen((req, res) => {
    res.on("close", closed);
    const sink = new NodeSink(req, res);
    sink.head(200, {});
    sink.write(new TextEncoder().encode("1"));
  });
  await raw(url, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\n1");
  await until(() => expect(closed).toHaveBeenCalledTimes(1));
});

test("a server's own time limit does not end a stream, and a dead peer is probed", async () => {
  const probed = vi.spyOn(Socket.prototype, "setKeepAlive");
  const ended = vi.fn<() => void>();
  const sinks: NodeSink[] = [];
  const url = await listen((req, res) => {
    req.socket.setTimeout(20, ended);
    sinks.push(new NodeSink(req, res));
    sinks[0]!.head(200, {});
    sinks[0]!.write(new TextEncoder().encode("1"));
  });
  const text = raw(url, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await until(() => expect(sinks).toHaveLength(1));
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(ended).not.toHaveBeenCalled();
  expect(probed).toHaveBeenCalledWith(true, 30_000);
  sinks[0]!.end();
  expect(await text).toContain("\r\n\r\n1");
  probed.mockRestore();
});

test("with an unread request body, a reader that leaves is still noticed", async () => {
  const gone = vi.fn<() => void>();
  const url = await listen((req, res) => {
    const sink = new NodeSink(req, res);
    sink.watch({ room: () => undefined, gone });
    sink.head(200, {});
    sink.write(new TextEncoder().encode("1"));
  });
  const body = "x".repeat(300_000);
  await raw(
    url,
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n${body}`,
    "\r\n\r\n1",
  );
  await until(() => expect(gone).toHaveBeenCalledTimes(1));
});

test("a stream that is aborted still sends earlier writes to a reader that keeps up", async () => {
  const url = await listen((req, res: ServerResponse) => {
    const sink = new NodeSink(req, res);
    sink.head(200, { "content-type": "text/event-stream" });
    for (let n = 0; n < 50; n++) sink.write(new TextEncoder().encode(`data: ${n}\n\n`));
    sink.abort();
  });
  const { has, over } = await open(url);
  await has("data: 49");
  expect(await over).toBe("abort");
});

test("a stalled reader is aborted at once, and any reader at the second call", async () => {
  const closed = vi.fn<() => void>();
  const url = await listen((req, res: ServerResponse) => {
    res.once("close", closed);
    const sink = new NodeSink(req, res);
    sink.head(200, {});
    if (req.url === "/large") while (sink.write(new Uint8Array(65_536)));
    else sink.abort();
    sink.abort();
  });
  for (const path of ["/small", "/large"]) {
    closed.mockClear();
    await raw(`${url}${path}`, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).catch(() => undefined);
    await until(() => expect(closed).toHaveBeenCalledTimes(1));
  }
});
