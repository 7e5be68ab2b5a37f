// What is particular to Node's transport: set-up mistakes, TLS that is none, and processes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { Feed, type FeedOptions } from "@steadfeed/client";
import { Agent } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { statuses, until } from "../support/collect.ts";
import { head, listening, raw } from "../support/raw.ts";

const authority = createAuthority();
const hello = `${head("Content-Length: 13")}data: hello\n\n`;

function feedOf(url: string, options: FeedOptions = {}) {
  const feed = new Feed(url, options);
  onTestFinished(() => feed.close());
  const data: string[] = [];
  feed.subscribe("*", (event) => void data.push(event.data));
  return { feed, told: statuses(feed), data };
}

describe("an unusable dispatcher is fatal", () => {
  test.each<[string, unknown, string, RegExp]>([
    [
      "that throws",
      {
        dispatch() {
          throw new TypeError("no such thing");
        },
      },
      "request",
      /no such thing/,
    ],
  ])("%s", async (_, dispatcher, code, says) => {
    const { feed } = feedOf("http://127.0.0.1:9/", { node: { dispatcher: dispatcher as never } });
    expect(await feed.closed).toMatchObject({
      reason: "failed",
      error: { code, message: expect.stringMatching(says), attempt: 1 },
    });
  });

  test("that was closed", async () => {
    const dispatcher = new Agent();
    await dispatcher.close();
    const { feed } = feedOf("http://127.0.0.1:9/", { node: { dispatcher } });
    expect(await feed.closed).toMatchObject({
      reason: "failed",
      error: { code: "request", message: expect.stringContaining("closed") },
    });
  });
});

describe("an answer that is not TLS", () => {
  test("of a port that never spoke TLS is fatal, and names the likely cause", async () => {
    const port = await raw((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const { feed } = feedOf(`https://127.0.0.1:${port}/`);
    expect(await feed.closed).toMatchObject({
      reason: "failed",
      error: { code: "tls", message: expect.stringContaining(`http://127.0.0.1:${port}`) },
    });
  });

  test("of a port that has spoken TLS is a network fault, and is retried", async () => {
    const secure = await raw((socket) => socket.end(hello), authority.issue());
    let connections = 0;
    const front = createServer((client) => {
      client.on("error", () => undefined);
      if (++connections === 2) return client.end("no TLS at all, but a text that is long enough");
      const target = connect(secure, "127.0.0.1");
      target.on("error", () => undefined);
      return client.pipe(target).pipe(client);
    });
    const { data, told } = feedOf(`https://127.0.0.1:${await listening(front)}/`, {
      node: { tls: { ca: authority.cert } },
      retry: { initialDelayMs: 10, maxDelayMs: 10 },
    });
    await until(() => expect(data.slice(0, 2)).toEqual(["hello", "hello"]));
    const codes = told.flatMap((status) => (status.kind === "waiting" ? [status.error.code] : []));
    expect(codes.slice(0, 2)).toEqual(["ended", "network"]);
  });
});

async function run(source: string, ...flags: string[]): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [...flags, "--input-type=module", "-e", source]);
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stdout.on("data", (text) => (said += String(text)));
  child.stderr.on("data", (text) => (said += String(text)));
  const [code] = (await once(child, "close")) as [number];
  return { code, said };
}

test("importing loads no undici; nor does a feed with a custom fetch", async () => {
  const { said } = await run(`
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { Feed } = await import("@steadfeed/client");
    const fetch = async () => new Response("data: 1\\n\\n", { headers: { "Content-Type": "text/event-stream" } });
    await new Feed("http://x.test/", { fetch, retry: false }).once("message");
    const without = loaded.some((url) => url.includes("/undici/"));
    await new Feed("http://127.0.0.1:9/", { retry: false }).open().catch(() => undefined);
    console.log(without, loaded.some((url) => url.includes("/undici/")));
  `);
  expect(said).toBe("false true\n");
});

test("importing loads no module of Node that only a connection needs", async () => {
  const { said } = await run(`
    const before = new Set(process.moduleLoadList);
    await import("@steadfeed/client");
    const loaded = process.moduleLoadList.filter((name) => !before.has(name));
    console.log(loaded.filter((name) => /(net|zlib|stream|http|undici)$/.test(name)));
  `);
  expect(said).toBe("[]\n");
});

test("importing succeeds on a Node without zstd, and the first connection reports the required version", async () => {
  const { said } = await run(`
    import zlib from "node:zlib";
    import { syncBuiltinESMExports } from "node:module";
    delete zlib.createZstdDecompress;
    syncBuiltinESMExports();
    Object.defineProperty(process.versions, "node", { value: "20.20.2" });
    const { Feed } = await import("@steadfeed/client");
    const feed = new Feed("http://127.0.0.1:9/");
    feed.open().catch(() => undefined);
    const { reason, error } = await feed.closed;
    console.log(reason, error.code, error.message);
  `);
  expect(said).toMatch(/^failed unsupported .*Node ≥ 22\.19.*20\.20\.2/);
});

test.each(["http", "https"])(
  "`ref: false` with an open %s feed lets the process end",
  async (scheme) => {
    const tls = scheme === "https" ? authority.issue() : undefined;
    const port = await raw((socket) => socket.write(`${head()}data: hello\n\n`), tls);
    const { code, said } = await run(`
    import { Feed } from "@steadfeed/client";
    const ca = ${JSON.stringify(authority.cert)};
    const feed = new Feed("${scheme}://127.0.0.1:${port}/", { ref: false, timeouts: { idleMs: 60_000 }, node: { tls: { ca } } });
    const hold = setInterval(() => undefined, 1000);
    feed.subscribe("message", () => {
      console.log("got it");
      clearInterval(hold);
    });
  `);
    expect([code, said]).toEqual([0, "got it\n"]);
  },
);
