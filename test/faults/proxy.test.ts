// What a proxy may do, and what says that there is one.
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type Socket } from "node:net";
import * as tls from "node:tls";
import { Feed, type FeedOptions } from "@steadfeed/client";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { lastOf, statuses, until } from "../support/collect.ts";
import { head, listening, raw } from "../support/raw.ts";

afterEach(() => void vi.unstubAllEnvs());

const authority = createAuthority();
const hello = `${head()}data: hello\n\n`;

function feedOf(url: string, options: FeedOptions = {}) {
  const feed = new Feed(url, options);
  onTestFinished(() => feed.close());
  const told = statuses(feed);
  const data: string[] = [];
  feed.subscribe("*", (event) => void data.push(event.data));
  return { feed, told, data };
}

/** A proxy that tunnels to wherever it is asked, but by its own names; what it was asked. */
async function tunnelling(secure?: tls.TlsOptions) {
  const asked: IncomingMessage[] = [];
  const ends: Socket[] = [];
  const proxy = secure ? createTlsServer(secure) : createServer();
  proxy.on("connect", (request, client: Socket) => {
    asked.push(request);
    const target = connect(Number(request.url!.split(":").at(-1)), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    ends.push(client, target);
    for (const end of [client, target]) end.on("error", () => undefined);
  });
  const port = await listening(proxy);
  const url = `${secure ? "https" : "http"}://127.0.0.1:${port}`;
  return { url, port, ends, asked, hosts: () => asked.map((request) => request.url) };
}

test("a proxy over TLS may be given by its IP address", async () => {
  const before = tls.getCACertificates("default");
  tls.setDefaultCACertificates([...before, authority.cert]);
  onTestFinished(() => tls.setDefaultCACertificates(before));
  const port = await raw((socket) => socket.write(hello));
  const secure = await raw((socket) => socket.write(hello), authority.issue());
  const { url: proxy, hosts } = await tunnelling(authority.issue());
  for (const url of [`http://feed.test:${port}/`, `https://localhost:${secure}/`]) {
    const { data } = feedOf(url, { node: { proxy, tls: { ca: authority.cert } } });
    await until(() => expect(data).toEqual(["hello"]));
  }
  expect(hosts()).toEqual([`feed.test:${port}`, `localhost:${secure}`]);
});

test("user and password of its URL are sent to the proxy only", async () => {
  let seen = "";
  const port = await raw((socket, first) => {
    seen = first;
    socket.write(hello);
  });
  const { url, asked } = await tunnelling();
  const proxy = url.replace("//", "//us%40er:p%3Ass@");
  const { data } = feedOf(`http://127.0.0.1:${port}/`, { node: { proxy } });
  await until(() => expect(data).toEqual(["hello"]));
  const pair = Buffer.from("us@er:p:ss").toString("base64");
  expect(asked[0]!.headers["proxy-authorization"]).toBe(`Basic ${pair}`);
  expect(seen.toLowerCase()).not.toContain("proxy");
});

test("407 is fatal and names the option to set", async () => {
  const port = await raw((socket) =>
    socket.end("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"),
  );
  const { feed } = feedOf("http://feed.test/", { node: { proxy: `http://127.0.0.1:${port}` } });
  expect(await feed.closed).toMatchObject({
    reason: "failed",
    error: { code: "request", message: expect.stringContaining("user and password") },
  });
});

test.each<[string, (socket: Socket) => unknown, RegExp]>([
  ["502", (socket) => socket.write("HTTP/1.1 502 Bad Gateway\r\n\r\n"), /answered 502/],
  ["a hang-up", (socket) => socket.end(), /./],
  ["a reset", (socket) => socket.resetAndDestroy(), /./],
  ["bytes that are not HTTP", (socket) => socket.end("SSH-2.0\r\n"), /./],
])("%s in answer to CONNECT is one failed attempt", async (_, answer, says) => {
  let connections = 0;
  const port = await raw((socket) => {
    connections++;
    answer(socket);
  });
  const { feed, told } = feedOf("http://feed.test/", {
    node: { proxy: `http://127.0.0.1:${port}` },
    retry: { initialDelayMs: 60_000 },
  });
  await until(() => expect(lastOf(told, "waiting").error.message).toMatch(says));
  expect(lastOf(told, "waiting").error.code).toBe("network");
  expect([connections, feed.stats.attempts]).toEqual([1, 1]);
});

test("a tunnel that breaks is a cut, also for a body without a length", async () => {
  const port = await raw((socket) => socket.write(hello));
  const { url: proxy, ends } = await tunnelling();
  const { feed, data } = feedOf(`http://127.0.0.1:${port}/`, { node: { proxy }, retry: false });
  await until(() => expect(data).toEqual(["hello"]));
  ends[0]!.resetAndDestroy();
  expect(await feed.closed).toMatchObject({ reason: "failed", error: { code: "network" } });
});

test.each(["connecting", "tunnelled"])("close() while %s leaves no socket", async (when) => {
  const sockets: Socket[] = [];
  const server = await raw((socket) => when === "tunnelled" && sockets.push(socket));
  const { url, port } = await tunnelling();
  const silent = await raw((socket) => sockets.push(socket));
  const proxy = when === "connecting" ? `http://127.0.0.1:${silent}` : url;
  expect(port).toBeGreaterThan(0);
  const { feed } = feedOf(`http://127.0.0.1:${server}/`, { node: { proxy } });
  await until(() => expect(sockets).toHaveLength(1));
  const gone = new Promise((resolve) => sockets[0]!.once("close", resolve));
  feed.close();
  await gone;
});

describe("the environment", () => {
  async function route(env: Record<string, string>, host: string, node?: FeedOptions["node"]) {
    vi.unstubAllEnvs();
    for (const name of ["http_proxy", "no_proxy", "NO_PROXY"]) vi.stubEnv(name, undefined);
    const port = await raw((socket) => socket.write(hello));
    const { url, hosts } = await tunnelling();
    for (const [name, value] of Object.entries(env)) {
      vi.stubEnv(name, value.replace("PROXY", url).replace("PORT", String(port)));
    }
    const { data } = feedOf(`http://${host}:${port}/`, { node });
    await until(() => expect(data).toEqual(["hello"]));
    return hosts().length === 1 ? "proxy" : "straight";
  }

  test("NODE_USE_ENV_PROXY=1 is obeyed", async () => {
    const env = { http_proxy: "PROXY", NODE_USE_ENV_PROXY: "1" };
    expect(await route(env, "127.0.0.1")).toBe("proxy");
    expect(await route({ ...env, no_proxy: "127.0.0.1" }, "127.0.0.1")).toBe("straight");
    expect(await route({ http_proxy: "PROXY" }, "127.0.0.1")).toBe("straight");
  });

  test.each([
    ["", "127.0.0.1", "proxy"],
    ["*", "127.0.0.1", "straight"],
    ["other.test, 127.0.0.1", "127.0.0.1", "straight"],
    ["127.0.0.1:PORT", "127.0.0.1", "straight"],
    ["127.0.0.1:1", "127.0.0.1", "proxy"],
    ["127.0.0.0-127.0.0.9", "127.0.0.1", "straight"],
    ["127.0.0.2-127.0.0.9", "127.0.0.1", "proxy"],
    ["127.0.0.0/8", "127.0.0.1", "straight"],
    ["10.0.0.0/8", "127.0.0.1", "proxy"],
    ["localhost", "localhost", "straight"],
    [".localhost", "localhost", "straight"],
    ["*.localhost", "localhost", "proxy"],
    ["LOCALHOST.", "localhost", "straight"],
    ["host", "localhost", "proxy"],
    ["/,-,[,:,[::1]:x", "localhost", "proxy"],
  ])("NO_PROXY=%j and %s: %s", async (excluded, host, way) => {
    const env = { http_proxy: "PROXY", NO_PROXY: excluded };
    expect(await route(env, host, { proxy: "env" })).toBe(way);
  });
});
