import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import type { TestProject } from "vitest/node";
import { startStage } from "../suite/server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A server on another origin than the tests' page. */
    serverUrl: string;
    /** The suite's server, on an origin of its own too. */
    stageUrl: string;
  }
}

type Route = (
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
) => unknown;

/** What each page of tests may ask of a server; a query parameter `key` keeps concurrent tests apart. */
function routes(): Readonly<Record<string, Route>> {
  const broker = new Broker({ retryMs: 300 });
  const streamOf = (query: URLSearchParams) => broker.stream(query.get("stream") ?? "");
  const seen = new Map<string, { lastEventId: string | null; live: number; requests: number }>();
  const noteFor = (query: URLSearchParams) => {
    const key = query.get("key") ?? "";
    const note = seen.get(key) ?? { lastEventId: null, live: 0, requests: 0 };
    seen.set(key, note);
    return note;
  };
  return {
    /** Numbers after the cursor, three at each connection, then a cut in the middle of the fourth. */
    "/count": async (request, response, query) => {
      const note = noteFor(query);
      note.requests++;
      const from = Number(request.headers["last-event-id"] ?? 0);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("retry: 250\n\n");
      for (let n = from + 1; n <= from + 3; n++)
        response.write(`id: ${n}\nevent: tick\ndata: ${n}\n\n`);
      response.write(`id: ${from + 4}\ndata: unfin`);
      // A browser throws away what its page has not taken when the connection breaks, and a busy page takes its time.
      await sleep(150);
      response.destroy();
    },
    /** Events of so many bytes after the cursor, fifty in a second, for as long as they are read. */
    "/many": async (request, response, query) => {
      noteFor(query).requests++;
      const data = "x".repeat(Number(query.get("size")));
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (let n = Number(request.headers["last-event-id"] ?? 0) + 1; !response.closed; n++) {
        response.write(`id: ${n}\ndata: ${data}\n\n`);
        await sleep(20);
      }
    },
    /** Stays open, and knows how many are. */
    "/live": (_, response, query) => {
      const note = noteFor(query);
      note.live++;
      response.on("close", () => note.live--);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: hello\n\n");
    },
    "/html": (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>"),
    "/redirect": (_, response) =>
      response.writeHead(302, { location: "/count?key=redirected" }).end(),
    "/echo": (request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(`data: ${JSON.stringify(request.headers)}\n\n`);
    },
    /** Our server. */
    "/broker": (request, response) => nodeHandler(broker)(request, response),
    "/readers": (_, response, query) => response.end(String(streamOf(query).size)),
    /** With `cut`, the event is published while nobody is connected. */
    "/publish": async (_, response, query) => {
      const stream = streamOf(query);
      if (query.has("cut")) {
        for (const session of stream) session.close();
        while (stream.size > 0) await sleep(5);
      }
      await stream.publish({ type: "tick", data: query.get("data") });
      response.writeHead(204).end();
    },
    "/seen": (_, response, query) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(noteFor(query)));
    },
  };
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const table = routes();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://server");
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "*, authorization, last-event-id");
    if (request.method === "OPTIONS") response.writeHead(204).end();
    else if (table[url.pathname]) void table[url.pathname]!(request, response, url.searchParams);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  project.provide("serverUrl", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const stage = await startStage();
  project.provide("stageUrl", stage.url);
  return async () => {
    await stage.close();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  };
}
