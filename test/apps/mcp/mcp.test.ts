import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import {
  StreamableHTTPServerTransport,
  type EventStore,
} from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { mcp, steadyFetch } from "@steadfeed/client/fetch";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { measuring } from "../shared/app.ts";
import { refuse, serve } from "../shared/line.ts";
import { lineTo, type Line } from "../shared/proxy.ts";

/** Keeps messages in the order in which they were sent. */
class Events implements EventStore {
  readonly #all: { streamId: string; message: JSONRPCMessage }[] = [];

  async storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    return `${streamId}_${this.#all.push({ streamId, message }) - 1}`;
  }

  async getStreamIdForEventId(id: string): Promise<string> {
    return id.slice(0, id.lastIndexOf("_"));
  }

  async replayEventsAfter(
    id: string,
    { send }: { send: (id: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const streamId = await this.getStreamIdForEventId(id);
    for (const [at, event] of this.#all.entries()) {
      if (at > Number(id.slice(streamId.length + 1)) && event.streamId === streamId)
        await send(`${streamId}_${at}`, event.message);
    }
    return streamId;
  }
}

interface Stage {
  readonly line: Line;
  readonly asked: string[];
  calls: number;
  readonly transport: StreamableHTTPServerTransport;
}

/** A server with a tool that reports five steps and then its result, behind a line. */
async function stage(everyMs: number): Promise<Stage> {
  const state = { calls: 0 };
  const tools = new McpServer({ name: "steps", version: "1" });
  tools.registerTool(
    "steps",
    { inputSchema: { count: z.number() } },
    async ({ count }, { sendNotification, _meta }) => {
      state.calls++;
      for (let progress = 1; progress <= count; progress++) {
        await sleep(everyMs);
        const progressToken = _meta!.progressToken!;
        await sendNotification({
          method: "notifications/progress",
          params: { progressToken, progress },
        });
      }
      return { content: [{ type: "text", text: "done" }] };
    },
  );
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    eventStore: new Events(),
    retryInterval: 300,
  });
  await tools.connect(transport);
  onTestFinished(() => transport.close());
  const server = await serve(({ body, method }, response) =>
    transport.handleRequest(response.req, response, method === "POST" ? body : undefined),
  );
  return Object.assign(state, { line: await lineTo(server.url), asked: server.asked, transport });
}

async function clientOf(url: string, fetch?: typeof globalThis.fetch) {
  const client = new Client({ name: "test", version: "1" });
  const transport = new StreamableHTTPClientTransport(new URL(url), { ...(fetch && { fetch }) });
  await client.connect(transport);
  onTestFinished(() => client.close());
  const steps: number[] = [];
  const call = (timeout: number, signal?: AbortSignal) =>
    client.callTool({ name: "steps", arguments: { count: 5 } }, undefined, {
      onprogress: ({ progress }) => steps.push(progress),
      timeout,
      ...(signal && { signal }),
    });
  return { client, steps, call };
}

const steady = (): typeof globalThis.fetch =>
  steadyFetch({ resume: mcp(), retry: { initialDelayMs: 50, maxDelayMs: 500 } });
const posts = (asked: string[]): number => asked.filter((each) => each.startsWith("POST")).length;
const done = { content: [{ type: "text", text: "done" }] };

describe("an MCP tool call", () => {
  test("is answered although the server is down for 6 s, and the tool runs once", async () => {
    const it = await stage(150);
    const { call, steps } = await clientOf(it.line.url, steady());
    const before = posts(it.asked);
    const calling = call(20_000);
    await expect.poll(() => steps.length).toBe(2);
    it.line.away(true);
    await sleep(6000);
    it.line.away(false);
    expect(await calling).toMatchObject(done);
    expect(steps).toEqual([1, 2, 3, 4, 5]);
    expect([it.calls, posts(it.asked) - before]).toEqual([1, 1]);
  });

  test("is lost in the same outage with plain fetch", async () => {
    const it = await stage(150);
    const { call, steps } = await clientOf(it.line.url);
    const calling = call(9000).catch((error: unknown) => error);
    await expect.poll(() => steps.length).toBe(2);
    it.line.away(true);
    await sleep(6000);
    it.line.away(false);
    expect(await calling).toMatchObject({ message: expect.stringContaining("timed out") });
    expect(steps).toEqual([1, 2]);
  });

  test("is answered although the connection is cut after each step", async () => {
    const it = await stage(200);
    const { call, steps } = await clientOf(it.line.url, steady());
    const calling = call(30_000);
    for (const count of [1, 2, 4]) {
      await expect.poll(() => steps.length).toBeGreaterThanOrEqual(count);
      it.line.away();
    }
    expect(await calling).toMatchObject(done);
    expect(steps).toEqual([1, 2, 3, 4, 5]);
    expect(it.calls).toBe(1);
  });

  test("is answered although the server itself closes the stream, as in SEP-1699", async () => {
    const it = await stage(200);
    const { call, steps } = await clientOf(it.line.url, steady());
    const calling = call(20_000);
    await expect.poll(() => steps.length).toBe(2);
    const before = it.asked.length;
    it.transport.closeSSEStream(1);
    expect(await calling).toMatchObject(done);
    expect(steps).toEqual([1, 2, 3, 4, 5]);
    expect(it.asked.length).toBeGreaterThan(before);
  });

  test("is cancelled when it is aborted", async () => {
    const it = await stage(200);
    const { call, steps } = await clientOf(it.line.url, steady());
    const controller = new AbortController();
    const calling = call(20_000, controller.signal);
    await expect.poll(() => steps.length).toBe(1);
    controller.abort(new Error("enough"));
    await expect(calling).rejects.toThrow("enough");
  });
});

test("MCP: a server's own notifications arrive after a cut, over the standalone stream", async () => {
  const it = await stage(10);
  const { client } = await clientOf(it.line.url, steady());
  const heard: unknown[] = [];
  client.fallbackNotificationHandler = async ({ params }) => void heard.push(params?.["data"]);
  const say = (data: number): Promise<void> =>
    it.transport.send({
      jsonrpc: "2.0",
      method: "notifications/message",
      params: { level: "info", data },
    });
  await expect.poll(() => it.asked.filter((each) => each.startsWith("GET"))).toHaveLength(1);
  await say(1);
  await expect.poll(() => heard).toEqual([1]);
  it.line.away(true);
  await say(2);
  await say(3);
  it.line.away(false);
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual([1, 2, 3]);
});

test("MCP: a refusal is reported as the client's own error", async () => {
  for (const fetch of [globalThis.fetch, steady()]) {
    const server = await serve((_, response) => refuse(response, 403, { error: "no" }));
    await expect(clientOf(server.url, fetch)).rejects.toMatchObject({ code: 403 });
  }
});

measuring("MCP SDK, a tool call", true, async (way, how) => {
  const it = await stage(150);
  const fetch = steadyFetch({ resume: mcp(), timeouts: { idleMs: 1000 } });
  const { call, steps } = await clientOf(it.line.url, way === "plain" ? undefined : fetch);
  const calling = call(15_000).then(
    () => "whole",
    () => "an error",
  );
  while (steps.length < 2) await sleep(10);
  if (how === "end") it.transport.closeSSEStream(1);
  else if (how === "silence") it.line.silence();
  else {
    it.line.away(true);
    await sleep(6000);
    it.line.away(false);
  }
  return calling;
});
