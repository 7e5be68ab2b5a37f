// What is refused is answered, and not read on, behind every door.
import { once } from "node:events";
import { createServer } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { connect, type AddressInfo, type Server } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Broker } from "@steadfeed/server";
import { nodeHandler, type NodeHandler } from "@steadfeed/server/node";
import { publishHandler, type PublishHandler } from "@steadfeed/server/publish";
import { webHandler } from "@steadfeed/server/web";
import { expect, onTestFinished, test } from "vitest";

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly sent: number;
}

/** What a door serves: `/events` and `/publish`. */
interface Mounted {
  readonly events: NodeHandler;
  readonly publish: PublishHandler;
}

type Door = (mounted: Mounted, web: (request: Request) => Promise<Response>) => Server;

const onNode =
  ({ events, publish }: Mounted): NodeHandler =>
  (req, res) =>
    ((req as { url: string }).url.startsWith("/publish") ? publish : events)(req, res);

const doors: [string, Door, typeof upload][] = [
  ["node:http", (mounted) => createServer(onNode(mounted)), upload],
  ["node:http2", (mounted) => createHttp2Server(onNode(mounted)), uploadHttp2],
  ["Hono", (_, web) => createServer(getRequestListener(web)), upload],
];

async function serve(door: Door): Promise<string> {
  const broker = new Broker();
  const authorize = ({ query }: { query: URLSearchParams }): boolean => query.has("token");
  const publish = publishHandler(broker, { authorize, maxBytes: 100_000 });
  const stream = webHandler(broker);
  const web = (request: Request): Promise<Response> =>
    new URL(request.url).pathname === "/publish" ? publish(request) : stream(request);
  const server = door({ events: nodeHandler(broker), publish }, web).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Uploads over HTTP/1.1 for as long as the server reads. */
async function upload(url: string, path: string, head = ""): Promise<Answer> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let text = "";
  let sent = 0;
  socket.on("error", () => undefined);
  socket.on("data", (bytes: Buffer) => (text += bytes.toString()));
  // Never more than it announced: what comes after that would be another request, and no good one.
  const announced = Number(/Content-Length: (\d+)/.exec(head)?.[1] ?? Number.POSITIVE_INFINITY);
  const framing = head || "Transfer-Encoding: chunked\r\n";
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\n${framing}\r\n`);
  const pump = setInterval(() => {
    if (!socket.writable || socket.writableLength > 1 << 20 || sent >= announced) return;
    sent += 1 << 16;
    socket.write(head ? "x".repeat(1 << 16) : `10000\r\n${"x".repeat(1 << 16)}\r\n`);
  }, 1);
  onTestFinished(() => void socket.destroy());
  await new Promise((resolve) => socket.once("close", resolve));
  clearInterval(pump);
  return { status: Number(/^HTTP\/1.1 (\d+)/.exec(text)?.[1]), text, sent };
}

/** The same over HTTP/2, where only the stream closes. */
async function uploadHttp2(url: string, path: string): Promise<Answer> {
  const client = connectHttp2(url);
  onTestFinished(() => client.destroy());
  const stream = client.request({ ":method": "POST", ":path": path });
  let status = 0;
  let text = "";
  let sent = 0;
  stream.on("error", () => undefined);
  stream.on("response", (head) => (status = Number(head[":status"])));
  stream.on("data", (bytes: Buffer) => (text += bytes.toString()));
  const pump = setInterval(() => {
    if (!stream.writable || stream.writableLength > 1 << 20) return;
    sent += 1 << 16;
    stream.write("x".repeat(1 << 16));
  }, 1);
  await new Promise((resolve) => stream.once("close", resolve));
  clearInterval(pump);
  expect([client.closed, client.destroyed]).toEqual([false, false]);
  return { status, text, sent };
}

const cases: [string, string, number, string][] = [
  ["without authorisation", "/publish?stream=s", 401, "You may not publish here."],
  ["over maxBytes", "/publish?stream=s&token", 413, "The body is larger than 100000 bytes."],
  ["with a method that opens no stream", "/events?stream=s", 405, "Use GET, HEAD, OPTIONS."],
];

for (const [name, door, send] of doors) {
  test.each(cases)(
    `${name}: an upload %s is answered, and not read further`,
    async (_, path, status, words) => {
      const answer = await send(await serve(door), path);
      expect([answer.status, answer.sent < 8 << 20]).toEqual([status, true]);
      expect(answer.text).toContain(words);
    },
  );
}

test("an upload announced as too large is refused before it is sent", async () => {
  const url = await serve(doors[0]![1]);
  const answer = await upload(url, "/publish?stream=s&token", "Content-Length: 99999999999\r\n");
  expect([answer.status, answer.sent < 8 << 20]).toEqual([413, true]);
});

test("a refusal without a body is answered too, and a small refused upload ends at once", async () => {
  const handler = nodeHandler(new Broker(), { methods: ["POST"], admit: () => ({ status: 403 }) });
  const server = createServer(handler).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect((await upload(url, "/?stream=s")).status).toBe(403);
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    const { text } = await upload(url, "/?stream=s", "Content-Length: 65536\r\n");
    expect(text).toMatch(/^HTTP\/1.1 403 .*\r\n\r\n$/s);
    times.push(performance.now() - start);
  }
  expect(Math.min(...times)).toBeLessThan(400);
});
