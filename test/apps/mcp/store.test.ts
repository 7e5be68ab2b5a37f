import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import {
  StreamableHTTPServerTransport,
  type EventStore,
} from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { mcp, steadyFetch } from "@steadfeed/client/fetch";
import { memoryLog, type Log } from "@steadfeed/server";
import { mcpEventStore } from "@steadfeed/server/mcp";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { serve } from "../shared/line.ts";
import { lineTo } from "../shared/proxy.ts";

/** A session on its own server, all of them on one log. */
async function session(log: Log, secret: string) {
  let calls = 0;
  const tools = new McpServer({ name: "steps", version: "1" });
  tools.registerTool(
    "steps",
    { inputSchema: { count: z.number() } },
    async ({ count }, { sendNotification, _meta }) => {
      calls++;
      for (let progress = 1; progress <= count; progress++) {
        await sleep(60);
        const params = { progressToken: _meta!.progressToken!, progress, message: secret };
        await sendNotification({ method: "notifications/progress", params });
      }
      return { content: [{ type: "text", text: secret }] };
    },
  );
  const id = randomUUID();
  const eventStore: EventStore = mcpEventStore(log, id);
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => id,
    eventStore,
    retryInterval: 50,
  });
  await tools.connect(transport);
  onTestFinished(() => transport.close());
  const server = await serve(({ body, method }, response) =>
    transport.handleRequest(response.req, response, method === "POST" ? body : undefined),
  );
  return { id, calls: () => calls, url: server.url, line: await lineTo(server.url) };
}

async function clientOf(url: string, fetch: typeof globalThis.fetch = globalThis.fetch) {
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch }));
  onTestFinished(() => client.close());
  const steps: number[] = [];
  const call = () =>
    client.callTool({ name: "steps", arguments: { count: 6 } }, undefined, {
      onprogress: ({ progress }) => steps.push(progress),
      timeout: 20_000,
    });
  return { steps, call };
}

test("a tool call cut halfway arrives complete through the SDK's own resumption", async () => {
  const it = await session(memoryLog(), "done");
  const { steps, call } = await clientOf(it.line.url);
  const calling = call();
  await expect.poll(() => steps.length).toBe(2);
  it.line.away();
  expect(await calling).toMatchObject({ content: [{ text: "done" }] });
  expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
  expect(it.calls()).toBe(1);
});

test("a tool call cut three times arrives complete with a steady fetch", async () => {
  const it = await session(memoryLog(), "done");
  const steady = steadyFetch({ resume: mcp(), retry: { initialDelayMs: 20, maxDelayMs: 100 } });
  const { steps, call } = await clientOf(it.line.url, steady);
  const calling = call();
  for (const count of [1, 3, 5]) {
    await expect.poll(() => steps.length).toBeGreaterThanOrEqual(count);
    it.line.away();
  }
  expect(await calling).toMatchObject({ content: [{ text: "done" }] });
  expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
});

test("no session replays another session's messages, although both share one log", async () => {
  const log = memoryLog();
  const [mine, other] = [await session(log, "mine"), await session(log, "secret")];
  const seen: string[] = [];
  const spying: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
    if (!isStream || init?.method !== "POST") return response;
    const text = await response.text();
    seen.push(...[...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id));
    const { status, headers } = response;
    return new Response(text, { status, headers });
  };
  await (await clientOf(other.url, spying)).call();
  await (await clientOf(mine.url)).call();
  expect(seen.length).toBeGreaterThan(6);
  for (const id of seen) {
    const headers = {
      accept: "text/event-stream",
      "mcp-session-id": mine.id,
      "mcp-protocol-version": "2025-11-25",
      "last-event-id": id,
    };
    const response = await fetch(mine.url, { headers });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain("secret");
  }
});
