// A dispatcher of the user's own, of every version of undici that somebody may have.
import { createServer } from "node:http";
import { connect, createServer as createNetServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { Feed, type FeedError, type FeedOptions } from "@steadfeed/client";
import * as undici8 from "undici";
import * as undici5 from "undici-5";
import * as undici6 from "undici-6";
import * as undici7 from "undici-7";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { until } from "../support/collect.ts";
import { quick } from "../support/feeds.ts";
import { playing, reports } from "../support/play.ts";
import { chunk, frame, head, listening, raw } from "../support/raw.ts";
import { standsStill } from "../support/still.ts";

const authority = createAuthority();
const event = "data: one\n\n";

type Dispatcher = NonNullable<NonNullable<FeedOptions["node"]>["dispatcher"]>;

/** A dispatcher that is gone at the end of the test. */
function kept<T extends { destroy(): unknown }>(dispatcher: T): T & Dispatcher {
  onTestFinished(async () => void (await dispatcher.destroy()));
  return dispatcher as T & Dispatcher;
}

function feedBy(dispatcher: Dispatcher, url: string, options: FeedOptions = {}) {
  const feed = new Feed(url, { node: { dispatcher }, ...options });
  onTestFinished(() => feed.close());
  const data: string[] = [];
  feed.subscribe("*", (each) => void data.push(each.data));
  return { feed, data };
}

async function once(dispatcher: Dispatcher, url: string, options: FeedOptions = {}) {
  const { feed, data } = feedBy(dispatcher, url, { retry: false, ...options });
  const { reason, complete, error } = await feed.closed;
  return { outcome: [reason, complete, data], code: (error as FeedError | undefined)?.code };
}

describe.each<[string, Record<string, (url: string) => Dispatcher>]>([
  [
    "5",
    {
      Agent: () => kept(new undici5.Agent()),
      Pool: (url) => kept(new undici5.Pool(url)),
      Client: (url) => kept(new undici5.Client(url)),
      ProxyAgent: (url) => kept(new undici5.ProxyAgent(url)),
    },
  ],
  [
    "6",
    {
      Agent: () => kept(new undici6.Agent()),
      Pool: (url) => kept(new undici6.Pool(url)),
      Client: (url) => kept(new undici6.Client(url)),
      ProxyAgent: (url) => kept(new undici6.ProxyAgent(url)),
      RetryAgent: () => kept(new undici6.RetryAgent(new undici6.Agent())),
      "an Agent that follows": () =>
        kept(new undici6.Agent().compose(undici6.interceptors.redirect({ maxRedirections: 1 }))),
      "an Agent that dumps": () => kept(new undici6.Agent().compose(undici6.interceptors.dump())),
      "an Agent that retries": () =>
        kept(new undici6.Agent().compose(undici6.interceptors.retry())),
      MockAgent: (url) => {
        const mock = new undici6.MockAgent();
        onTestFinished(() => mock.close());
        mock.get(url).intercept({ path: "/" }).reply(200, event);
        return mock;
      },
    },
  ],
])("undici %s", (_, makers) => {
  test.each(Object.entries(makers))("%s is refused at the first request", async (__, make) => {
    const { url, requests } = await playing((script) => script.events(1));
    const { feed } = feedBy(make(new URL(url).origin), url);
    expect(await feed.closed).toMatchObject({
      reason: "failed",
      error: { code: "unsupported", message: expect.stringContaining("undici 7 or 8"), attempt: 1 },
    });
    expect(requests).toHaveLength(0);
  });
});

const versions = [
  ["7", undici7 as unknown as typeof undici8],
  ["8", undici8],
] as const;

describe.each(versions)(
  "undici %s",
  (_, { Agent, Client, MockAgent, ProxyAgent, RetryAgent, ...undici }) => {
    const agent = (): Dispatcher =>
      kept(new Agent({ allowH2: true, connect: { ca: authority.cert } }));

    test("reads, resumes, and sends the feed's headers", async () => {
      const server = await playing((script, number) => script.events(number).end());
      const options = { retry: quick, headers: { "X-Me": "1" }, lastEventId: "0" };
      const { data } = feedBy(agent(), server.url, options);
      await until(() => expect(data.slice(0, 2)).toEqual(["1", "2"]));
      expect(server.requests[0]!.headers.get("X-Me")).toBe("1");
      expect(server.requests.slice(0, 2).map(({ lastEventId }) => lastEventId)).toEqual(["0", "1"]);
    });

    test("a POST includes its body", async () => {
      let said = "";
      const port = await raw((socket, first) => {
        said = first;
        socket.end(`${head("Content-Length: 11")}${event}`);
      });
      const options = { method: "POST", body: "question" };
      const { outcome } = await once(agent(), `http://127.0.0.1:${port}/`, options);
      expect(outcome).toEqual(["ended", true, ["one"]]);
      expect(said).toMatch(/^POST .*\r\n\r\nquestion$/s);
    });

    test("a server that hangs in TLS has one socket, however often a limit passes; then it is asked again", async () => {
      const sockets: Socket[] = [];
      const server = createNetServer((socket) => void sockets.push(socket.on("error", () => 0)));
      const port = await listening(server);
      // Its own limit is off.
      const dispatcher = kept(new Agent({ connect: { timeout: 0 } }));
      const options = { retry: quick, timeouts: { idleMs: 40 } };
      const { feed } = feedBy(dispatcher, `https://localhost:${port}/`, options);
      const waits = reports(feed, "waiting");
      await until(() => expect(waits.length).toBeGreaterThan(4));
      expect(waits[0]).toMatchObject({ error: { code: "timeout" } });
      expect(sockets).toHaveLength(1);
      sockets[0]!.destroy();
      await until(() => expect(sockets).toHaveLength(2));
    });

    test("close() closes the connection, and leaves the dispatcher to its owner", async () => {
      const gone: Promise<unknown>[] = [];
      const port = await raw((socket) => {
        gone.push(new Promise((resolve) => socket.once("close", resolve)));
        socket.write(`${head()}${event}`);
      });
      const dispatcher = agent();
      for (let round = 0; round < 2; round++) {
        const { feed, data } = feedBy(dispatcher, `http://127.0.0.1:${port}/`);
        await until(() => expect(data).toEqual(["one"]));
        feed.close();
        await gone[round];
      }
      expect(gone).toHaveLength(2);
    });

    test("a stalled consumer pauses the socket", async () => {
      let sent = 0;
      const port = await raw(async (socket) => {
        socket.write(head());
        const text = `data: ${"x".repeat(1000)}\n\n`.repeat(64);
        while (!socket.destroyed && sent < 64_000_000) {
          sent += text.length;
          if (!socket.write(text)) await new Promise((resolve) => socket.once("drain", resolve));
        }
      });
      const feed = new Feed(`http://127.0.0.1:${port}/`, { node: { dispatcher: agent() } });
      onTestFinished(() => feed.close());
      const consumer = feed.subscribe("*", { capacity: 4 });
      await consumer.next();
      await standsStill(() => sent);
      expect(sent).toBeLessThan(32_000_000);
      for (let count = 0; count < 2000; count++) await consumer.next();
    });

    test.each<[string, string, unknown[]]>([
      ["a length that was met", `${head("Content-Length: 11")}${event}`, ["ended", true, ["one"]]],
      [
        "a length that was not",
        `${head("Content-Length: 99")}${event}`,
        ["failed", undefined, ["one"]],
      ],
      [
        "a last chunk",
        `${head("Transfer-Encoding: chunked")}${chunk(event)}0\r\n\r\n`,
        ["ended", true, ["one"]],
      ],
      [
        "no last chunk",
        `${head("Transfer-Encoding: chunked")}${chunk(event)}`,
        ["failed", undefined, ["one"]],
      ],
      ["the close alone", `${head()}${event}`, ["ended", undefined, ["one"]]],
    ])("%s reports how the body ended", async (__, text, expected) => {
      const port = await raw((socket) => socket.end(text));
      expect((await once(agent(), `http://127.0.0.1:${port}/`)).outcome).toEqual(expected);
    });

    test.each(["http", "https"])(
      "a reset of a body without a length is a cut: %s",
      async (scheme) => {
        const port = await raw(
          async (socket) => {
            socket.write(`${head()}${event}`);
            await sleep(50);
            const bare = Reflect.get(socket, "_parent") as Socket | undefined;
            (bare ?? socket).resetAndDestroy();
          },
          scheme === "https" ? authority.issue() : undefined,
        );
        const { outcome, code } = await once(agent(), `${scheme}://127.0.0.1:${port}/`);
        expect([outcome, code]).toEqual([["failed", undefined, ["one"]], "network"]);
      },
    );

    test.each<[string, Buffer, unknown[]]>([
      ["END_STREAM", frame(0, 1), ["ended", true]],
      ["CANCEL", frame(3, 0, Buffer.from([0, 0, 0, 8])), ["failed", undefined]],
      ["NO_ERROR", frame(3, 0, Buffer.alloc(4)), ["failed", undefined]],
    ])("HTTP/2 that ends by %s", async (__, last, expected) => {
      const type = Buffer.from([0x88, 0x5f, 0x11, ...Buffer.from("text/event-stream")]);
      const port = await raw(
        async (socket) => {
          socket.write(frame(4, 0));
          await sleep(30);
          socket.write(Buffer.concat([frame(1, 4, type), frame(0, 0, Buffer.from(event))]));
          await sleep(30);
          socket.write(last);
        },
        { ...authority.issue(), ALPNProtocols: ["h2"] },
      );
      const { outcome } = await once(agent(), `https://127.0.0.1:${port}/`);
      expect(outcome.slice(0, 2)).toEqual(expected);
    });

    test("a body that is compressed", async () => {
      const bytes = gzipSync(event);
      const port = await raw((socket) => {
        socket.write(head("Content-Encoding: gzip", `Content-Length: ${bytes.length}`));
        socket.end(bytes);
      });
      const { outcome } = await once(agent(), `http://127.0.0.1:${port}/`);
      expect(outcome).toEqual(["ended", true, ["one"]]);
    });

    test("a Client, a RetryAgent and a ProxyAgent are dispatchers too", async () => {
      const port = await raw((socket) => socket.end(`${head("Content-Length: 11")}${event}`));
      const url = `http://127.0.0.1:${port}`;
      const proxy = createServer((request, response) => {
        // Newer versions ask for plain http by its URL, older ones by CONNECT.
        response.writeHead(200, { "Content-Type": "text/event-stream" }).end(event);
        request.resume();
      });
      proxy.on("connect", (_request, client: Socket) => {
        const target = connect(port, "127.0.0.1", () => {
          client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
          target.pipe(client).pipe(target);
        });
        for (const end of [client, target]) end.on("error", () => undefined);
      });
      const proxyUrl = `http://127.0.0.1:${await listening(proxy)}`;
      for (const dispatcher of [
        kept(new Client(url)),
        kept(new RetryAgent(new Agent())),
        kept(new ProxyAgent(proxyUrl)),
        kept(new Agent().compose(undici.interceptors.redirect({ maxRedirections: 2 }))),
      ]) {
        expect((await once(dispatcher, `${url}/`)).outcome).toEqual(["ended", true, ["one"]]);
      }
    });

    test.each<[string, FeedOptions]>([
      ["as it is", {}],
      ["after a validate that takes its time", { validate: () => sleep(20, true) }],
    ])(
      "a MockAgent, which gives all at once, is read like a server %s",
      async (_title, options) => {
        const mock = new MockAgent();
        mock.disableNetConnect();
        onTestFinished(() => mock.close());
        const headers = { "Content-Type": "text/event-stream" };
        mock.get("http://feed.test").intercept({ path: "/" }).reply(200, event, { headers });
        const { outcome } = await once(mock, "http://feed.test/", options);
        expect([outcome[0], outcome[2]]).toEqual(["ended", ["one"]]);
      },
    );

    test("two feeds share it, and closing one does not affect the other", async () => {
      const server = await playing((script) => script.events(1));
      const dispatcher = agent();
      const first = feedBy(dispatcher, server.url);
      const second = feedBy(dispatcher, server.url);
      await until(() => expect([first.data, second.data]).toEqual([["1"], ["1"]]));
      first.feed.close();
      await sleep(50);
      expect(second.feed.state).toBe("open");
    });
  },
);
