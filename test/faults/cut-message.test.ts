// What the error of a cut stream says, where undici's own message is about its parser.
import { Feed } from "@steadfeed/client";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { listen } from "../support/server.ts";

const head =
  "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

test.each([
  ["between two chunks", "9\r\ndata: a\n\n\r\n", true],
  ["within a chunk", "9\r\ndata:", true],
  ["between two chunks", "9\r\ndata: a\n\n\r\n", false],
  ["within a chunk", "9\r\ndata:", false],
])("a stream that is cut %s: the server closed the connection", async (_, body, direct) => {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.write(head + body, () => socket.end()));
  });
  const port = await listen(server);
  const feed = new Feed(`http://127.0.0.1:${port}/`, { node: { direct } });
  onTestFinished(() => feed.close());
  const waiting = new Promise<Error>((resolve) =>
    feed.on("waiting", ({ error }) => resolve(error)),
  );
  feed.subscribe("message", () => undefined);
  const { message, cause } = await waiting;
  expect(message).toMatch(/failed: The server closed the connection\.$/);
  expect(cause).toBeInstanceOf(Error);
});
