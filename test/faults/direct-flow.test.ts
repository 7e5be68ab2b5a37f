// While a body comes directly from the socket: giving up, pausing, the next answer on the connection, and its memory.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Feed, type FeedOptions } from "@steadfeed/client";
import { Agent } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { until } from "../support/collect.ts";
import { chunk, head, listening, raw } from "../support/raw.ts";
import { standsStill } from "../support/still.ts";

const authority = createAuthority();
const chunked = head("Transfer-Encoding: chunked");
const last = "0\r\n\r\n";
const event = (data: string): string => `data: ${data}\n\n`;
const close = (): string => head("Connection: close");

function feedOf(url: string, options: FeedOptions = {}) {
  const feed = new Feed(url, { retry: { initialDelayMs: 1, maxDelayMs: 20 }, ...options });
  onTestFinished(() => feed.close());
  const data: string[] = [];
  feed.subscribe("*", (each) => void data.push(each.data));
  return { feed, data };
}

/** Counts the pieces of bodies that undici reports from now on: none that comes directly. */
function reports(): { count: number } {
  const seen = { count: 0 };
  const add = (): void => void seen.count++;
  subscribe("undici:request:bodyChunkReceived", add);
  onTestFinished(() => void unsubscribe("undici:request:bodyChunkReceived", add));
  return seen;
}

describe.each([
  ["in chunks", chunked, (text: string) => chunk(text)],
  ["until the connection closes", close(), (text: string) => text],
])("%s", (_, first, part) => {
  test("a feed that is closed in a callback gets nothing more, not even from the same read", async () => {
    let isGone = false;
    const port = await raw((socket) => {
      socket.on("close", () => (isGone = true));
      socket.write(first);
      setTimeout(
        () => socket.write(["one", "two", "three"].map((each) => part(event(each))).join("")),
        20,
      );
    });
    const feed = new Feed(`http://127.0.0.1:${port}/`);
    const data: string[] = [];
    feed.subscribe("*", (each) => {
      data.push(each.data);
      if (each.data === "two") feed.close();
    });
    await feed.closed;
    await until(() => expect(isGone).toBe(true));
    expect(data).toEqual(["one", "two"]);
  });

  test("a feed that is closed within a chunk, before an error in the same read, is closed", async () => {
    const port = await raw((socket) => {
      socket.write(first);
      setTimeout(() => socket.write(`${part(event("one"))}nonsense`), 20);
    });
    const feed = new Feed(`http://127.0.0.1:${port}/`);
    feed.subscribe("*", () => feed.close());
    const { reason, error } = await feed.closed;
    expect([reason, error]).toEqual(["closed", undefined]);
  });

  test("a consumer that stalls stops the server, and gets everything in order when it continues", async () => {
    const size = 50_000;
    const count = 400;
    let written = 0;
    const port = await raw((socket) => {
      socket.write(first);
      const write = (): void => {
        while (written < count) {
          if (!socket.write(part(`id: ${++written}\n${event("x".repeat(size))}`))) break;
        }
        if (written < count) socket.once("drain", write);
        else socket.end(first === chunked ? last : "");
      };
      write();
    });
    const seen = reports();
    const feed = new Feed(`http://127.0.0.1:${port}/`, { retry: false });
    onTestFinished(() => feed.close());
    let stalls!: () => void;
    const stalled = new Promise<void>((resolve) => (stalls = resolve));
    const ids: number[] = [];
    const reading = (async () => {
      for await (const { id } of feed.subscribe("message", { capacity: 10 })) {
        ids.push(Number(id));
        if (ids.length === 10) await stalled;
      }
    })();
    await until(() => expect(ids.length).toBe(10));
    await standsStill(() => feed.stats.bytes);
    expect(feed.stats.bytes).toBeLessThan(2 * 1024 * 1024);
    stalls();
    await reading;
    expect(ids).toEqual(Array.from({ length: count }, (__, index) => index + 1));
    expect(seen.count).toBe(0);
  });
});

test("the end of a body that arrives while its consumer stalls is reported after its events", async () => {
  const port = await raw((socket) => {
    socket.write(chunked);
    const all = Array.from({ length: 20_000 }, (_, id) => chunk(event(`${id}`))).join("");
    setTimeout(() => socket.write(`${all}${last}`), 20);
  });
  const feed = new Feed(`http://127.0.0.1:${port}/`, { retry: false });
  let count = 0;
  for await (const { data } of feed.subscribe("message")) {
    expect(data).toBe(`${count++}`);
    if (count % 5000 === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(count).toBe(20_000);
  expect((await feed.closed).complete).toBe(true);
});

test("the next answer comes on the same connection, directly again, unless something came between", async () => {
  let connections = 0;
  const asked: number[] = [];
  const serve = (poison: string) => (socket: Socket, _: string, number: number) => {
    connections = number;
    let answers = 0;
    const answer = (): void => {
      asked.push(number);
      const end = asked.length > 3 ? "" : `${last}${asked.length === 2 ? poison : ""}`;
      socket.write(`${chunked}${chunk(event(`${number}.${++answers}`))}${end}`);
    };
    socket.on("data", answer);
    answer();
  };
  const seen = reports();
  const { data } = feedOf(`http://127.0.0.1:${await raw(serve(""))}/`);
  await until(() => expect(data).toEqual(["1.1", "1.2", "1.3", "1.4"]));
  expect([connections, seen.count]).toEqual([1, 0]);
  asked.length = 0;
  const poison = `${chunked}${chunk(event("poison"))}${last}`;
  const { data: clean } = feedOf(`http://127.0.0.1:${await raw(serve(poison))}/`);
  await until(() => expect(clean).toEqual(["1.1", "1.2", "2.1", "2.2"]));
  expect(connections).toBe(2);
});

test("bytes that wait for a slow consumer are not overwritten by the reads of other feeds", async () => {
  const count = 3000;
  const send = (letter: string) => (socket: Socket) => {
    const text = Array.from({ length: count }, (_, n) => chunk(event(letter.repeat(n % 200))));
    socket.write(chunked);
    for (let at = 0; at < count; at += 100) socket.write(text.slice(at, at + 100).join(""));
    socket.write(last);
  };
  const feeds = await Promise.all(
    ["a", "b", "c", "d"].map(async (letter) => {
      const url = `http://127.0.0.1:${await raw(send(letter))}/`;
      return { letter, feed: new Feed(url, { retry: false }) };
    }),
  );
  await Promise.all(
    feeds.map(async ({ letter, feed }) => {
      let n = 0;
      for await (const { data } of feed.subscribe("message", { capacity: 5 })) {
        expect(data).toBe(letter.repeat(n % 200));
        if (++n % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect(n).toBe(count);
    }),
  );
});

test("the body that `validate` reads, and one that arrives while it thinks", async () => {
  const play = (letter: string) => (socket: Socket) => {
    socket.write(`${chunked}${chunk(event(letter.repeat(9)))}`);
    setTimeout(() => socket.write(`${chunk(event("second"))}${last}`), 10);
  };
  const slow = await raw(play("a"));
  const refused = await raw(play("b"));
  const { data, feed } = feedOf(`http://127.0.0.1:${slow}/`, {
    retry: false,
    validate: () => new Promise((resolve) => setTimeout(() => resolve(true), 50)),
  });
  const { feed: other } = feedOf(`http://127.0.0.1:${refused}/`, {
    retry: false,
    validate: async (answer) => {
      throw new Error(await answer.text());
    },
  });
  const { error } = await other.closed;
  expect((error as Error).message).toContain("bbbbbbbbb");
  await feed.closed;
  expect(data).toEqual(["aaaaaaaaa", "second"]);
});

const play = (socket: Socket): void => {
  socket.write(chunked);
  setTimeout(() => socket.write(chunk(event("one"))), 10);
};

test.each([
  ["a name with several addresses", (port: number) => `http://localhost:${port}/`, {}],
  [
    "a process that it does not keep alive",
    (port: number) => `http://127.0.0.1:${port}/`,
    { ref: false },
  ],
  [
    "no feed of its own",
    (port: number) => `http://127.0.0.1:${port}/`,
    { node: { direct: false } },
  ],
])("by %s", async (_, urlOf, options: FeedOptions) => {
  const seen = reports();
  const { data } = feedOf(urlOf(await raw(play)), options);
  await until(() => expect(data).toEqual(["one"]));
  expect(seen.count).toBe(options.node ? 1 : 0);
});

test("through a Unix socket", async () => {
  const socketPath = join(tmpdir(), `steadfeed-direct-${process.pid}.sock`);
  const server = createServer((socket) => socket.once("data", () => play(socket)));
  server.listen(socketPath);
  await once(server, "listening");
  const seen = reports();
  const { feed, data } = feedOf("http://localhost/", { node: { socketPath } });
  await until(() => expect(data).toEqual(["one"]));
  expect(seen.count).toBe(0);
  feed.close();
  server.close();
});

test("a user's dispatcher and a proxy are read by undici", async () => {
  const dispatcher = new Agent();
  onTestFinished(() => dispatcher.destroy());
  const seen = reports();
  const port = await raw(play);
  const { data } = feedOf(`http://127.0.0.1:${port}/`, { node: { dispatcher } });
  await until(() => expect(data).toEqual(["one"]));
  expect(seen.count).toBe(1);
  const secure = await raw(play, authority.issue());
  const proxy = `http://127.0.0.1:${await listening(createServer((client) => tunnelled(client)))}`;
  for (const url of [`http://127.0.0.1:${port}/`, `https://localhost:${secure}/`]) {
    const { data: through } = feedOf(url, { node: { proxy, tls: { ca: authority.cert } } });
    await until(() => expect(through).toEqual(["one"]));
  }
  expect(seen.count).toBe(3);

  async function tunnelled(client: Socket): Promise<void> {
    const [request] = (await once(client, "data")) as [Buffer];
    const { connect } = await import("node:net");
    const target = connect(Number(/:(\d+)/.exec(request.toString())![1]), "127.0.0.1");
    for (const end of [client, target]) end.on("error", () => undefined);
    client.write("HTTP/1.1 200 OK\r\n\r\n");
    target.pipe(client).pipe(target);
  }
});

test("the switch is true or false, and not for a dispatcher of one's own", () => {
  const url = "http://127.0.0.1/";
  expect(() => new Feed(url, { node: { direct: 1 as never } })).toThrow(
    "node.direct must be true or false, not 1.",
  );
  const dispatcher = new Agent();
  expect(() => new Feed(url, { node: { dispatcher, direct: true } })).toThrow(
    "node.dispatcher and node.direct exclude each other",
  );
});
