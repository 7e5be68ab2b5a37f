import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request as ask } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer as createTlsServer } from "node:https";
import { connect, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Feed, type FeedOptions } from "@steadfeed/client";
import { Agent } from "undici";
import { afterEach, expect, test, vi } from "vitest";
import { createAuthority } from "../support/certificates.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0).toReversed()) await close();
});

const authority = createAuthority();
const hello = "id: 1\ndata: hello\n\n";
const head = { "content-type": "text/event-stream" };

async function listen(server: Server, at: number | string = 0): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.listen(at);
  await once(server, "listening");
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return typeof at === "string" ? 0 : (server.address() as AddressInfo).port;
}

const feedOf = (url: string, options: FeedOptions): Feed => {
  const feed = new Feed(url, options);
  closers.push(() => feed.close());
  return feed;
};

/** An HTTP proxy that tunnels, or passes a request on, and remembers where to. */
async function startProxy(): Promise<{ url: string; tunnels: string[] }> {
  const tunnels: string[] = [];
  const proxy = createServer((incoming, response) => {
    tunnels.push(new URL(incoming.url ?? "").host);
    ask(incoming.url ?? "", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    }).end();
  });
  proxy.on("connect", ({ url = "" }, client: Socket) => {
    tunnels.push(url);
    const [host = "", port] = url.split(":");
    const target = connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      target.pipe(client);
      client.pipe(target);
    });
    for (const side of [client, target])
      side.on("error", () => [client, target].map((s) => s.destroy()));
  });
  return { url: `http://127.0.0.1:${await listen(proxy)}`, tunnels };
}

test("a feed goes through a proxy that tunnels, also to a TLS server", async () => {
  const { url, tunnels } = await startProxy();
  const plain = await listen(
    createServer((_, response) => response.writeHead(200, head).write(hello)),
  );
  const tls = await listen(
    createTlsServer(authority.issue(), (_, response) => response.writeHead(200, head).write(hello)),
  );
  const viaPlain = feedOf(`http://127.0.0.1:${plain}/`, { node: { proxy: url } });
  expect((await viaPlain.once("message")).data).toBe("hello");
  const viaTls = feedOf(`https://localhost:${tls}/`, {
    node: { proxy: url, tls: { ca: authority.cert } },
  });
  expect((await viaTls.once("message")).data).toBe("hello");
  expect(tunnels).toEqual([`127.0.0.1:${plain}`, `localhost:${tls}`]);
});

test("`proxy: 'env'` uses the proxy in the environment, and connects directly where NO_PROXY says so", async () => {
  const { url, tunnels } = await startProxy();
  vi.stubEnv("http_proxy", url);
  vi.stubEnv("no_proxy", "localhost");
  const port = await listen(
    createServer((_, response) => response.writeHead(200, head).write(hello)),
  );
  const through = feedOf(`http://127.0.0.1:${port}/`, { node: { proxy: "env" } });
  await through.once("message");
  const straight = feedOf(`http://localhost:${port}/`, { node: { proxy: "env" } });
  await straight.once("message");
  expect(tunnels).toEqual([`127.0.0.1:${port}`]);
});

test("an unreachable proxy is a network error with its cause", async () => {
  const feed = feedOf("http://127.0.0.1:9/", { node: { proxy: "http://127.0.0.1:1" } });
  await expect(feed.open()).rejects.toMatchObject({
    code: "network",
    message: expect.stringContaining("ECONNREFUSED"),
  });
});

test("a feed connects to a Unix socket", async () => {
  const socketPath = join(tmpdir(), `steadfeed-${process.pid}.sock`);
  await listen(
    createServer((request, response) => {
      response.writeHead(200, head).write(`data: ${request.headers.host}${request.url}\n\n`);
    }),
    socketPath,
  );
  const feed = feedOf("http://daemon/events", { node: { socketPath } });
  expect((await feed.once("message")).data).toBe("daemon/events");
});

test("feeds share one HTTP/2 connection when they share a dispatcher", async () => {
  let sessions = 0;
  const server = createSecureServer(authority.issue(), (request, response) => {
    response.writeHead(200, head).write(`data: ${request.httpVersion}\n\n`);
  });
  server.on("session", () => sessions++);
  const port = await listen(server);
  const dispatcher = new Agent({ allowH2: true, connect: { ca: authority.cert } });
  closers.push(() => dispatcher.destroy());
  const feeds = [1, 2, 3].map((n) =>
    feedOf(`https://localhost:${port}/${n}`, { node: { dispatcher } }),
  );
  const firsts = feeds.map((feed) => feed.subscribe("message").next());
  for (const { value } of await Promise.all(firsts)) expect(value?.data).toBe("2.0");
  expect(sessions).toBe(1);
});

test("`http2: false` uses HTTP/1.1", async () => {
  const server = createSecureServer(
    { ...authority.issue(), allowHTTP1: true },
    (request, response) => {
      response.writeHead(200, head).write(`data: ${request.httpVersion}\n\n`);
    },
  );
  const port = await listen(server);
  const versions = [true, false].map(async (http2) => {
    const feed = feedOf(`https://localhost:${port}/`, {
      node: { http2, tls: { ca: authority.cert } },
    });
    return (await feed.once("message")).data;
  });
  expect(await Promise.all(versions)).toEqual(["2.0", "1.1"]);
});

test("a quiet feed is not limited by the body timeout of a given dispatcher", async () => {
  const port = await listen(
    createServer((_, response) => {
      response.writeHead(200, head).write(hello);
      setTimeout(() => response.write("id: 2\ndata: late\n\n"), 1500);
    }),
  );
  const dispatcher = new Agent({ bodyTimeout: 300, headersTimeout: 300 });
  closers.push(() => dispatcher.destroy());
  const feed = feedOf(`http://127.0.0.1:${port}/`, { node: { dispatcher } });
  const events = feed.subscribe("message");
  await events.next();
  expect((await events.next()).value?.data).toBe("late");
  expect(feed.stats.opened).toBe(1);
});

test("fetch next to node throws in the constructor", () => {
  expect(() => new Feed("http://localhost/", { fetch, node: {} })).toThrow(TypeError);
});

test.each([
  ["open", "ref: false", 0],
  ["open", "ref: true", "still alive"],
])("a process whose only work is an %s feed with `%s` ends: %s", async (_, option, expected) => {
  const port = await listen(
    createServer((__, response) => response.writeHead(200, head).write(hello)),
  );
  const source = `
    import { Feed } from "@steadfeed/client";
    const feed = new Feed("http://127.0.0.1:${port}/", { ${option} });
    feed.subscribe("message", () => console.log("got it"));
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    cwd: process.cwd(),
  });
  closers.push(() => child.kill("SIGKILL"));
  const ended = once(child, "exit").then(([code]) => code as number);
  const alive = new Promise((resolve) =>
    setTimeout(resolve, expected === 0 ? 15_000 : 1500, "still alive"),
  );
  expect(await Promise.race([ended, alive])).toBe(expected);
});
