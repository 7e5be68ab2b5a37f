import { createSecureServer } from "node:http2";
import nodeTls, { type TLSSocket } from "node:tls";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createAuthority } from "../../support/certificates.ts";
import { dataOf, lastOf, statuses, until } from "../../support/collect.ts";
import { feedOf, quick, transports } from "../../support/feeds.ts";
import { listen, openStream, serve, type Handler } from "../../support/server.ts";

/** Ends a stream with half an event on the wire, each time in another way. */
const ends: [string, Handler, string][] = [
  ["in order", (_request, response) => response.end(), "ended"],
  ["by a reset", (_request, response) => response.socket?.resetAndDestroy(), "network"],
  ["without its last chunk", (_request, response) => response.socket?.end(), "network"],
];

describe.each(transports)("%s", (_, options) => {
  test.each(ends)(
    "a stream that ends %s: half an event is dropped, and the rest arrives after the cursor",
    async (_how, end, code) => {
      const cursors: unknown[] = [];
      const { url } = await serve((request, response) => {
        const from = Number(request.headers["last-event-id"] ?? 0);
        cursors.push(from);
        openStream(response).write(`id: ${from + 1}\ndata: ${from + 1}\n\nid: 99\ndata: ha`);
        if (from < 3) setTimeout(() => end(request, response), 10);
      });
      const feed = feedOf(url, { ...options, retry: quick });
      const told = statuses(feed);
      const data = dataOf(feed);
      await until(() => expect(data).toHaveLength(4));
      expect(data).toEqual(["1", "2", "3", "4"]);
      expect(cursors).toEqual([0, 1, 2, 3]);
      expect(lastOf(told, "waiting").error.code).toBe(code);
      expect(feed.lastEventId).toBe("4");
    },
  );

  test("a request that is reset before its answer is made again", async () => {
    const server = await serve((request, response) => {
      if (server.requests < 3) request.socket.resetAndDestroy();
      else openStream(response).write("data: 1\n\n");
    });
    const feed = feedOf(server.url, { ...options, retry: quick });
    expect((await feed.once("message")).data).toBe("1");
    expect(server.requests).toBe(3);
  });

  test("a POST is repeated with its body, or not at all if the body is consumed", async () => {
    const bodies: string[] = [];
    const { url } = await serve((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        bodies.push(body);
        openStream(response).end("data: answer\n\n");
      });
    });
    const post = { ...options, method: "POST", retry: { ...quick, repeat: true } };
    const text = feedOf(url, { ...post, body: "question" });
    text.subscribe("message");
    await until(() => expect(bodies.length).toBeGreaterThan(2));
    text.close();
    expect(new Set(bodies)).toEqual(new Set(["question"]));
    const once = feedOf(url, { ...post, body: new Blob(["once"]).stream() });
    const data = dataOf(once);
    expect(await once.closed).toMatchObject({
      reason: "failed",
      error: { code: "not-resumable", message: expect.stringContaining("a function") },
    });
    expect(data).toEqual(["answer"]);
    expect(bodies.filter((body) => body === "once")).toHaveLength(1);
  });
});

test("an HTTP/2 server that sends GOAWAY gets the request again", async () => {
  const authority = createAuthority();
  let sessions = 0;
  const server = createSecureServer(authority.issue()).on("session", (session) => {
    const number = ++sessions;
    session.on("error", () => undefined);
    session.on("stream", (stream) => {
      stream.on("error", () => undefined);
      stream.respond({ ":status": 200, "content-type": "text/event-stream" });
      stream.write(`id: ${number}\ndata: ${number}\n\n`);
      if (number === 1) setTimeout(() => session.destroy(undefined, 0), 20);
    });
    onTestFinished(() => session.destroy());
  });
  onTestFinished(() => void server.close());
  const port = await listen(server);
  const tls = { ca: authority.cert };
  const feed = feedOf(`https://localhost:${port}/`, { node: { tls }, retry: quick });
  const data = dataOf(feed);
  await until(() => expect(data).toEqual(["1", "2"]));
});

test("an HTTP/2 server that sends GOAWAY without closing leaves no socket open here", async () => {
  const authority = createAuthority();
  let sessions = 0;
  const server = createSecureServer(authority.issue()).on("session", (session) => {
    const number = ++sessions;
    session.on("error", () => undefined);
    session.on("stream", (stream) => {
      stream.on("error", () => undefined);
      stream.respond({ ":status": 200, "content-type": "text/event-stream" });
      stream.write(`data: ${number}\n\n`);
      if (number === 4) return;
      session.goaway(0);
      stream.end();
    });
    onTestFinished(() => session.destroy());
  });
  onTestFinished(() => void server.close());
  const port = await listen(server);
  const connect = vi.spyOn(nodeTls, "connect");
  onTestFinished(() => connect.mockRestore());
  const tls = { ca: authority.cert };
  const feed = feedOf(`https://localhost:${port}/`, { node: { tls }, retry: quick });
  const data = dataOf(feed);
  await until(() => expect(data).toEqual(["1", "2", "3", "4"]));
  const closed = (): boolean[] =>
    connect.mock.results.map(({ value }) => (value as TLSSocket).closed);
  await until(() => expect(closed()).toEqual([true, true, true, false]));
});
