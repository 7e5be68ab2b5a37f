import { expect, test, vi } from "vitest";
import { nodeReply, nodeRequest } from "../../packages/server/src/http/node-exchange.ts";
import { listen, raw } from "./servers.ts";

test("the first response is the only one, and a response that breaks is harmless", async () => {
  const url = await listen((req, res) => {
    const { reply } = nodeReply({ req, res, given: req });
    res.emit("error", new Error("broken"));
    reply(403, { "x-a": "1" }, "no");
    reply(500, {}, "oh");
  });
  const text = await raw(url, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  expect(text).toMatch(/^HTTP\/1\.1 403 .*x-a: 1.*\r\n\r\nno$/s);
});

test("a request keeps its path encoded, its query readable and its headers in lower case", async () => {
  const seen = vi.fn<(...args: unknown[]) => void>();
  const url = await listen((req, res) => {
    const { method, path, query, header } = nodeRequest({ req, res, given: req });
    seen(method, path, query.getAll("stream"), header("last-event-id"), header("none"));
    res.end();
  });
  await raw(
    url,
    "POST /a%20b?stream=1&stream=x%26y HTTP/1.1\r\nHost: x\r\nLAST-EVENT-ID: k-1\r\nConnection: close\r\n\r\n",
  );
  expect(seen).toHaveBeenCalledWith("POST", "/a%20b", ["1", "x&y"], "k-1", undefined);
});
