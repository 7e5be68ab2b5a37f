// A request that is not safe to repeat is tried again where it never left, and nowhere else.
import { connect, createServer, type Server, type Socket } from "node:net";
import type { FeedError, FeedOptions } from "@steadfeed/client";
import { Agent, type Dispatcher } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { until } from "../support/collect.ts";
import { feedOf, quick, transports } from "../support/feeds.ts";
import { playing, reports } from "../support/play.ts";
import { head, listening, raw } from "../support/raw.ts";

const authority = createAuthority();
const answer = `${head("Content-Length: 9")}data: 1\n\n`;
const post: FeedOptions = { method: "POST", body: "question", retry: quick };

/** What a front does with its first connection. The later ones reach the server. */
type First = (socket: Socket) => unknown;

const reset: First = (socket) => socket.once("data", () => socket.resetAndDestroy());
const silence: First = () => undefined;

/** A server that counts the requests that reach it, and a front that its first connection does not get past. */
async function fronted(first: First, tls?: ReturnType<typeof authority.issue>) {
  const requests: string[] = [];
  const behind = await raw((socket, request) => {
    requests.push(request.split(" ")[0]!);
    socket.end(answer);
  }, tls);
  let connections = 0;
  const front: Server = createServer((client) => {
    client.on("error", () => undefined);
    if (++connections === 1) return void first(client);
    const target = connect(behind, "127.0.0.1");
    target.on("error", () => undefined);
    return void client.pipe(target).pipe(client);
  });
  return { requests, behind, port: await listening(front) };
}

/** Reads until the feed is closed: why, and why it waited. */
async function outcomeOf(url: string, options: FeedOptions) {
  const feed = feedOf(url, { ...post, ...options });
  const waits = reports(feed, "waiting");
  feed.subscribe("*", () => undefined);
  const { reason, error } = await feed.closed;
  return {
    reason,
    error: error as FeedError | undefined,
    waits: waits.map((wait) => wait["error"].code),
  };
}

const agent = (): Dispatcher => {
  const dispatcher = new Agent({ connect: { ca: authority.cert } });
  onTestFinished(() => dispatcher.destroy());
  return dispatcher;
};

describe.each<[string, () => FeedOptions]>([
  ["our dispatcher", () => ({ node: { tls: { ca: authority.cert } } })],
  ["the user's dispatcher", () => ({ node: { dispatcher: agent() } })],
])("by %s, a POST is retried after", (_, options) => {
  test("a reset of the TLS handshake", async () => {
    const { port, requests } = await fronted(reset, authority.issue());
    expect(await outcomeOf(`https://127.0.0.1:${port}/`, options())).toMatchObject({
      reason: "ended",
      waits: ["network"],
    });
    expect(requests).toEqual(["POST"]);
  });
});

describe("by our dispatcher, a POST is retried after", () => {
  test.each(["connectMs", "headersMs", "idleMs"])(
    "a TLS handshake that lasts over %s",
    async (limit) => {
      const { port, requests } = await fronted(silence, authority.issue());
      const options = { timeouts: { [limit]: 1000 }, node: { tls: { ca: authority.cert } } };
      expect(await outcomeOf(`https://127.0.0.1:${port}/`, options)).toMatchObject({
        reason: "ended",
        waits: ["timeout"],
      });
      expect(requests).toEqual(["POST"]);
    },
  );

  test("a host name that is not found", async () => {
    const { url, requests } = await playing((script) => script.events(1).end());
    let asked = 0;
    const lookup = (
      _: string,
      given: { all?: boolean },
      done: (...args: unknown[]) => void,
    ): void => {
      const error = Object.assign(new Error("not found"), { code: "ENOTFOUND" });
      if (++asked === 1) done(error);
      else if (given.all) done(null, [{ address: "127.0.0.1", family: 4 }]);
      else done(null, "127.0.0.1", 4);
    };
    const options = { node: { tls: { lookup } } };
    const { reason } = await outcomeOf(url.replace("127.0.0.1", "feed.test"), options);
    expect([reason, asked, requests.length]).toEqual(["ended", 2, 1]);
  });

  test.each<[string, First]>([
    ["503", (socket) => socket.once("data", () => socket.end("HTTP/1.1 503 No\r\n\r\n"))],
    ["a hang-up", (socket) => socket.once("data", () => socket.end())],
    ["a reset", reset],
  ])("%s in answer to CONNECT", async (_, first) => {
    const requests: string[] = [];
    const server = await raw((socket, request) => {
      requests.push(request.split(" ")[0]!);
      socket.end(answer);
    });
    let connections = 0;
    const proxy = createServer((client) => {
      client.on("error", () => undefined);
      if (++connections === 1) return void first(client);
      return void client.once("data", () => {
        const target = connect(server, "127.0.0.1", () => {
          client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
          client.pipe(target).pipe(client);
        });
      });
    });
    const node = { proxy: `http://127.0.0.1:${await listening(proxy)}` };
    expect(await outcomeOf(`http://127.0.0.1:${server}/`, { node })).toMatchObject({
      reason: "ended",
      waits: ["network"],
    });
    expect(requests).toEqual(["POST"]);
  });
});

describe("permanent failures are not retried, even if nothing was sent", () => {
  test("a certificate that is not trusted", async () => {
    const port = await raw((socket) => socket.end(answer), authority.issue());
    expect(await outcomeOf(`https://127.0.0.1:${port}/`, {})).toMatchObject({
      reason: "failed",
      error: { code: "tls" },
      waits: [],
    });
  });

  test("407 of a proxy", async () => {
    const port = await raw((socket) => socket.end("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"));
    const node = { proxy: `http://127.0.0.1:${port}` };
    expect(await outcomeOf("http://feed.test/", { node })).toMatchObject({
      reason: "failed",
      error: { code: "request" },
      waits: [],
    });
  });
});

describe.each(transports)("by %s, a POST is not sent again after", (_, options) => {
  test("a reset once it was sent", async () => {
    const { url, requests } = await playing((script) => script.reset());
    expect(await outcomeOf(url, options)).toMatchObject({ reason: "failed", waits: [] });
    expect(requests).toHaveLength(1);
  });

  test("silence once it was sent", async () => {
    const { url, requests } = await playing(() => undefined);
    const timeouts = { idleMs: 100 };
    expect(await outcomeOf(url, { ...options, timeouts })).toMatchObject({
      reason: "failed",
      error: { code: "timeout" },
      waits: [],
    });
    expect(requests).toHaveLength(1);
  });

  test.each([303, 302, 307])("a redirect (%i) to a port without a listener", async (status) => {
    const { url, requests } = await playing((script) =>
      script.answer({ status, headers: { Location: "http://127.0.0.1:9/" } }).end(),
    );
    expect(await outcomeOf(url, options)).toMatchObject({
      reason: "failed",
      error: { code: "network" },
      waits: [],
    });
    expect(requests).toHaveLength(1);
  });
});

describe.each(transports)("by %s, a POST is retried after", (_, options) => {
  test("a user's function threw, once", async () => {
    const { url, requests } = await playing((script) => script.events(1).end());
    let asked = 0;
    const token = (): string => {
      if (++asked === 1) throw new Error("not yet");
      return "secret";
    };
    expect(await outcomeOf(url, { ...options, token })).toMatchObject({
      reason: "ended",
      waits: ["callback"],
    });
    expect(requests).toHaveLength(1);
  });

  test("the port had no listener", async () => {
    const server = await playing((script) => script.events(1).end());
    await server.kill();
    const feed = feedOf(server.url, { ...options, ...post });
    const waits = reports(feed, "waiting");
    feed.subscribe("*", () => undefined);
    await until(() => expect(waits.length).toBeGreaterThan(0));
    await server.restart();
    expect(await feed.closed).toMatchObject({ reason: "ended" });
    expect(server.requests).toHaveLength(1);
  });
});
