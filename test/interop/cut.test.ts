import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createServer } from "node:http";
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  type Http2ServerResponse,
} from "node:http2";
import { connect, type AddressInfo } from "node:net";
import OpenAI from "openai";
import { Broker } from "@steadfeed/server";
import { nodeHandler, type NodeHandler } from "@steadfeed/server/node";
import { request } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { chromiumArgs, findChromium } from "../support/browsers.ts";
import { which } from "../support/which.ts";
import { open } from "../server/servers.ts";

/** A server in a process of its own, and what kills that with SIGKILL. */
async function start(): Promise<{ url: string; kill: () => void }> {
  const script = fileURLToPath(new URL("cut-server.ts", import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  const kill = (): void => void child.kill("SIGKILL");
  onTestFinished(kill);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { url: `http://127.0.0.1:${line.toString().trim()}/`, kill };
}

test("Node's fetch reports a failure when the server is killed", async () => {
  const { url, kill } = await start();
  const { body } = await fetch(url);
  const reader = body!.getReader();
  await reader.read();
  kill();
  const rest = async (): Promise<void> => {
    while (!(await reader.read()).done);
  };
  await expect(rest()).rejects.toThrow("terminated");
});

test("undici reports a failure when the server is killed", async () => {
  const { url, kill } = await start();
  const { body } = await request(url);
  const text = body.text();
  setTimeout(kill, 100);
  await expect(text).rejects.toThrow(/other side closed|terminated|aborted|does not match/);
});

test("openai reports a failure when the server is killed", async () => {
  const { url, kill } = await start();
  const client = new OpenAI({
    apiKey: "x",
    baseURL: url,
    maxRetries: 0,
    defaultHeaders: { Accept: "text/event-stream" },
  });
  const stream = await client.chat.completions.create({ model: "x", messages: [], stream: true });
  let chunks = 0;
  const all = async (): Promise<void> => {
    for await (const chunk of stream) if (chunk && ++chunks === 3) kill();
  };
  await expect(all()).rejects.toThrow("terminated");
  expect(chunks).toBeGreaterThanOrEqual(3);
});

const curl = which("curl");
if (!curl) console.warn("Skipped: there is no curl.");
test.skipIf(!curl)("curl reports a failure when the server is killed", async () => {
  const { url, kill } = await start();
  const code = await new Promise((resolve) => {
    const args = ["-sN", "--noproxy", "*", url];
    const { stdout } = execFile(curl!, args, (error) => resolve(error?.code ?? 0));
    stdout!.once("data", kill);
  });
  // 18: a partial file; 56: the connection was reset.
  expect([18, 56]).toContain(code);
});

const executablePath = await findChromium().catch(() => undefined);
if (!executablePath) console.warn("Skipped: there is no Chromium.");
test.skipIf(!executablePath)(
  "Chromium's fetch reports a failure when the server is killed",
  { timeout: 60_000 },
  async () => {
    const { url, kill } = await start();
    const { chromium } = await import("playwright");
    const browser = await chromium.launch({ executablePath: executablePath!, args: chromiumArgs });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    await page.goto(`${url}page`);
    await page.exposeFunction("kill", kill);
    const read = page.evaluate(async (from) => {
      const { body } = await fetch(from);
      const reader = body!.getReader();
      await reader.read();
      (globalThis as unknown as { kill(): void }).kill();
      try {
        while (!(await reader.read()).done);
        return "end";
      } catch {
        return "failure";
      }
    }, url);
    expect(await read).toBe("failure");
  },
);

const cuts: [string, (broker: Broker, res: Http2ServerResponse) => unknown][] = [
  ["a session that is broken off", (broker) => broker.close({ mode: "abort" })],
  ["a response that others destroy", (_, res) => res.destroy()],
  ["a response that others destroy with an error", (_, res) => res.destroy(new Error("theirs"))],
  ["a stream that others destroy", (_, res) => res.stream.destroy()],
];

test.each(cuts)(
  "%s resets its HTTP/2 stream with INTERNAL_ERROR, without END_STREAM",
  async (_, cut) => {
    const broker = new Broker();
    const handler: NodeHandler = nodeHandler(broker);
    const responses: Http2ServerResponse[] = [];
    const server = createHttp2Server((req, res) => {
      responses.push(res);
      void handler(req, res);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = connectHttp2(url);
    onTestFinished(() => {
      client.destroy();
      server.close();
    });
    const stream = client.request({ ":path": "/?stream=s" });
    let ended = false;
    stream.on("error", () => undefined).on("end", () => (ended = true));
    await once(stream, "data");
    void cut(broker, responses[0]!);
    await new Promise((resolve) => stream.on("close", resolve));
    expect([stream.rstCode, ended]).toEqual([2, false]);
    await expect.poll(() => broker.sessions().size).toBe(0);
  },
);

test("an HTTP/2 stream that is ended has its END_STREAM, even if it is destroyed later", async () => {
  const broker = new Broker();
  const handler: NodeHandler = nodeHandler(broker);
  const server = createHttp2Server((req, res) => {
    void handler(req, res).then(() => res.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  const stream = client.request({ ":path": "/?stream=s" });
  await once(stream, "data");
  void broker.close();
  stream.resume();
  await once(stream, "close");
  expect([stream.rstCode, stream.readableEnded]).toEqual([0, true]);
});

test("over HTTP/1.0, which has no chunks, an abort is a reset and an end is not", async () => {
  for (const [mode, over] of [
    ["abort", "ECONNRESET"],
    ["end", "end"],
  ] as const) {
    const broker = new Broker();
    const server = createServer(nodeHandler(broker)).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write("GET /?stream=s HTTP/1.0\r\n\r\n");
    await once(socket, "data");
    const seen = new Promise((resolve) => {
      socket.on("error", ({ code }: NodeJS.ErrnoException) => resolve(code));
      socket.on("end", () => resolve("end")).resume();
    });
    await broker.publish("s", "last");
    void broker.close({ mode });
    expect([mode, await seen]).toEqual([mode, over]);
  }
});

test("a session that is aborted over HTTP/1.1 has no last chunk, and one that ends has", async () => {
  for (const [mode, over] of [
    ["abort", "abort"],
    ["end", "end"],
  ] as const) {
    const broker = new Broker();
    const server = createServer(nodeHandler(broker));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const reply = await open(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/?stream=s`,
    );
    await reply.has("\n\n");
    void broker.close({ mode });
    expect(await reply.over).toBe(over);
  }
});
