// Libraries of others whose import of `eventsource` and `@microsoft/fetch-event-source` is ours by an override.
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import { stream } from "@durable-streams/client";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";

const resolve = (from: string, name: string): string =>
  createRequire(createRequire(import.meta.url).resolve(from)).resolve(name);

async function listen(handle: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(handle as never).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("MCP's SDK over SSE: a token, a call, and a refusal with its status code", async () => {
  expect(resolve("@modelcontextprotocol/sdk/client/sse.js", "eventsource")).toContain(
    "packages/eventsource/dist",
  );
  const transports = new Map<string, SSEServerTransport>();
  const url = await listen(async (request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://localhost");
    if (request.headers.authorization !== "Bearer t") return void response.writeHead(401).end();
    if (request.method === "POST") {
      return transports
        .get(searchParams.get("sessionId") ?? "")!
        .handlePostMessage(request, response);
    }
    const transport = new SSEServerTransport("/messages", response);
    transports.set(transport.sessionId, transport);
    const server = new McpServer({ name: "adder", version: "1.0.0" });
    server.registerTool(
      "add",
      { inputSchema: { a: z.number(), b: z.number() } },
      async ({ a, b }) => ({ content: [{ type: "text", text: String(a + b) }] }),
    );
    await server.connect(transport);
  });

  const client = new Client({ name: "test", version: "1.0.0" });
  const requestInit = { headers: { Authorization: "Bearer t" } };
  await client.connect(new SSEClientTransport(new URL(url), { requestInit }));
  onTestFinished(() => client.close());
  const { content } = await client.callTool({ name: "add", arguments: { a: 2, b: 3 } });
  expect(content).toEqual([{ type: "text", text: "5" }]);

  const stranger = new Client({ name: "test", version: "1.0.0" });
  await expect(stranger.connect(new SSEClientTransport(new URL(url)))).rejects.toMatchObject({
    code: 401,
  });
});

test("@durable-streams/client installs alongside our packages and reads a stream", async () => {
  const name = "@microsoft/fetch-event-source";
  expect(resolve("@durable-streams/client", name)).toContain("packages/fetch-event-source/dist");
  const url = await listen((_, response) => {
    response.writeHead(200, {
      "Content-Type": "application/json",
      "Stream-Next-Offset": "2",
      "Stream-Up-To-Date": "true",
    });
    response.end(JSON.stringify([{ n: 1 }, { n: 2 }]));
  });
  const answer = await stream<{ n: number }>({ url, live: false });
  expect(await answer.json()).toEqual([{ n: 1 }, { n: 2 }]);
});
