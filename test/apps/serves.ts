// What our handlers promise inside a framework, over real sockets. An app has events at /events, and /publish for
// those with the token.
import { connect } from "node:net";
import { Feed } from "@steadfeed/client";
import { FaultProxy } from "@steadfeed/client/testing/node";
import type { StreamRequest } from "@steadfeed/server";
import { expect, onTestFinished, test } from "vitest";

export interface App {
  /** Where it listens, without a path. */
  readonly url: string;
  /** Shuts it down as its documentation says. */
  close(): Promise<void>;
}

export const authorize = ({ header }: StreamRequest): boolean =>
  header("authorization") === "Bearer token";

interface Posted {
  readonly id: string;
  readonly sessions: number;
}

export interface Traits {
  /** Its body parser reads every body before a handler can refuse it, and makes text of bytes. */
  readonly parsesAll?: boolean;
}

/** Checks one framework. `start` is called for each test. */
export function serves(
  name: string,
  start: () => Promise<App>,
  { parsesAll = false }: Traits = {},
): void {
  const run = async (): Promise<App> => {
    const app = await start();
    onTestFinished(() => app.close());
    return app;
  };

  test(`${name}: a posted event reaches a reader at once, as text, JSON and bytes`, async () => {
    const { url } = await run();
    const feed = await reader(`${url}/events?stream=s`);
    const events = feed.subscribe("message");
    const bodies: [string, string | Uint8Array<ArrayBuffer>, string][] = [
      ["text/plain", "plain é", "plain é"],
      ["application/json", '{"price":1.5,"of":["é"]}', '{"price":1.5,"of":["é"]}'],
      ["application/json", '"text"', '"text"'],
      ["application/octet-stream", new Uint8Array([0, 255]), "AP8="],
    ];
    for (const [type, body, data] of parsesAll ? bodies.slice(0, 3) : bodies) {
      const response = await post(url, body, { "content-type": type });
      expect([type, response.status]).toEqual([type, 202]);
      expect((await response.json()) as Posted).toMatchObject({ sessions: 1 });
      expect((await events.next()).value?.data).toBe(data);
    }
  });

  test(`${name}: a reader whose connection is cut gets the missed events once`, async () => {
    const { url } = await run();
    const proxy = await FaultProxy.listen(`${url}/events?stream=s`);
    onTestFinished(() => proxy.close());
    const feed = await reader(proxy.url);
    const events = feed.subscribe("message");
    for (const word of ["live", "missed", "missed again"]) {
      if (word !== "live") for (const link of proxy.links) link.reset();
      expect((await post(url, word)).status).toBe(202);
      expect((await events.next()).value?.data).toBe(word);
    }
  });

  test(`${name}: a reader that leaves is no longer counted`, async () => {
    const { url } = await run();
    const feed = await reader(`${url}/events?stream=s`);
    const sessions = async (): Promise<number> =>
      ((await (await post(url, "x")).json()) as Posted).sessions;
    expect(await sessions()).toBe(1);
    feed.close();
    await expect.poll(sessions).toBe(0);
  });

  test(`${name}: an unauthorized post and one that is too large are refused, and neither is read further`, async () => {
    const { url } = await run();
    expect((await post(url, "x", { authorization: "Bearer other" })).status).toBe(401);
    expect((await post(url, "x".repeat(5000))).status).toBe(413);
    expect((await fetch(`${url}/events`)).status).toBe(400);
    if (parsesAll) return;
    const { status, sent } = await upload(url);
    expect(status).toBe(401);
    expect(sent).toBeLessThan(16 << 20);
  });

  test.each(parsesAll ? [name] : [])(
    "%s: bytes that its parser has turned into text are refused",
    async () => {
      const { url } = await run();
      const bytes = new Uint8Array([0, 255]);
      const response = await post(url, bytes, { "content-type": "application/octet-stream" });
      expect([response.status, await response.text()]).toEqual([
        400,
        expect.stringContaining("body parser"),
      ]);
    },
  );

  test(`${name}: it shuts down with readers connected, and they see an end instead of a cut`, async () => {
    const app = await run();
    const response = await fetch(`${app.url}/events?stream=s`);
    const body = response.text();
    await post(app.url, "last");
    const closing = performance.now();
    await app.close();
    expect(performance.now() - closing).toBeLessThan(4000);
    expect(await body).toContain("data: last\n\n");
  });
}

async function reader(url: string): Promise<Feed> {
  const feed = new Feed(url, { retry: { initialDelayMs: 20 } });
  onTestFinished(() => feed.close());
  await feed.open();
  return feed;
}

const post = (
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(`${url}/publish?stream=s`, {
    method: "POST",
    body,
    headers: { authorization: "Bearer token", "content-type": "text/plain", ...headers },
  });

/** Uploads for as long as the server reads, without the token, what no body parser takes. */
async function upload(url: string): Promise<{ status: number; sent: number }> {
  const { hostname, pathname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = "";
  let sent = 0;
  socket.on("error", () => undefined);
  socket.on("data", (bytes: Buffer) => (text += bytes.toString()));
  socket.write(
    `POST ${pathname.replace(/\/$/, "")}/publish?stream=s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: video/mp4\r\n\r\n`,
  );
  const pump = setInterval(() => {
    if (!socket.writable || socket.writableLength > 1 << 20) return;
    sent += 1 << 16;
    socket.write(`10000\r\n${"x".repeat(1 << 16)}\r\n`);
  }, 1);
  onTestFinished(() => void socket.destroy());
  await new Promise((resolve) => socket.once("close", resolve));
  clearInterval(pump);
  return { status: Number(/^HTTP\/1.1 (\d+)/.exec(text)?.[1]), sent };
}
