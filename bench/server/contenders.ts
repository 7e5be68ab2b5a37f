// Every server with the same few lines, set up as its README recommends. Each is loaded when it is started.
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Quote } from "./events.ts";
import type { Size } from "./workloads.ts";

/** A server that readers can connect to. */
export interface Serving {
  readonly port: number;
  /** Publishes to every reader, all in this tick. */
  readonly publish: (events: readonly Quote[]) => void;
}

interface Contender {
  readonly start: () => Promise<Serving>;
  /** Our contender to compare with. */
  readonly beside: keyof typeof ours;
  /** More sessions would take minutes to open. */
  readonly most?: Size;
  /** Only with `--all`. */
  readonly more?: true;
}

async function listen(handler: RequestListener, publish: Serving["publish"]): Promise<Serving> {
  const server = createServer(handler);
  await new Promise<void>((done) =>
    server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, done),
  );
  return { port: (server.address() as AddressInfo).port, publish };
}

type Fetch = (request: Request) => Response | Promise<Response>;

/** The same adapter for every server that answers with a `Response`. */
async function serveWeb(fetch: Fetch, publish: Serving["publish"]): Promise<Serving> {
  const { getRequestListener } = await import("@hono/node-server");
  return listen(getRequestListener(fetch), publish);
}

const head = { "content-type": "text/event-stream", "cache-control": "no-store" };
const wire = (events: readonly Quote[]): string =>
  events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");

async function node(): Promise<Serving> {
  const { Broker } = await import("@steadfeed/server");
  const { nodeHandler } = await import("@steadfeed/server/node");
  const broker = new Broker();
  return listen(nodeHandler(broker), (events) => {
    for (const data of events) void broker.publish("s", { data });
  });
}

async function web(): Promise<Serving> {
  const { Broker } = await import("@steadfeed/server");
  const { webHandler } = await import("@steadfeed/server/web");
  const broker = new Broker();
  return serveWeb(webHandler(broker), (events) => {
    for (const data of events) void broker.publish("s", { data });
  });
}

async function betterSse(): Promise<Serving> {
  const { createChannel, createSession } = await import("better-sse");
  const channel = createChannel();
  return listen(
    (req, res) => void createSession(req, res).then((session) => channel.register(session)),
    (events) => {
      for (const event of events) channel.broadcast(event);
    },
  );
}

async function betterSseWeb(): Promise<Serving> {
  const { createChannel, createResponse } = await import("better-sse");
  const channel = createChannel();
  return serveWeb(
    (request) => createResponse(request, (session) => void channel.register(session)),
    (events) => {
      for (const event of events) channel.broadcast(event);
    },
  );
}

async function expressSse(): Promise<Serving> {
  const { default: SSE } = await import("express-sse");
  const { default: express } = await import("express");
  const sse = new SSE();
  const app = express().get("/", (req, res) => sse.init(req, res));
  return listen(app, (events) => {
    for (const event of events) sse.send(event);
  });
}

async function hono(): Promise<Serving> {
  const { Hono } = await import("hono");
  const { streamSSE } = await import("hono/streaming");
  const readers = new Set<(data: string) => void>();
  const app = new Hono().get("/", (context) =>
    streamSSE(context, async (stream) => {
      const reader = (data: string): void => void stream.writeSSE({ data });
      readers.add(reader);
      // Its head goes out with its first bytes.
      await stream.write(": \n\n");
      await new Promise<void>((left) => stream.onAbort(left));
      readers.delete(reader);
    }),
  );
  return serveWeb(app.fetch, (events) => {
    for (const event of events) {
      const data = JSON.stringify(event);
      for (const reader of readers) reader(data);
    }
  });
}

/** The code of a user without a library: text built once, a write per event and reader. */
async function bare(): Promise<Serving> {
  const readers = new Set<ServerResponse>();
  const handler: RequestListener = (_, res) => {
    res.writeHead(200, head).flushHeaders();
    readers.add(res);
    res.on("close", () => readers.delete(res));
  };
  return listen(handler, (events) => {
    for (const event of events) {
      const text = wire([event]);
      for (const res of readers) res.write(text);
    }
  });
}

/** The least that `node:http` can do: one buffer for all, no chunk sizes. */
async function shared(): Promise<Serving> {
  const readers = new Set<ServerResponse>();
  const handler: RequestListener = (_, res) => {
    res.setHeader("connection", "close").removeHeader("transfer-encoding");
    res.writeHead(200, head).flushHeaders();
    readers.add(res);
    res.on("close", () => readers.delete(res));
  };
  return listen(handler, (events) => {
    const bytes = Buffer.from(wire(events));
    for (const res of readers) res.write(bytes);
  });
}

/** The least that a Node process can do: the same without `node:http`. */
async function socket(): Promise<Serving> {
  const readers = new Set<Socket>();
  const handler: RequestListener = ({ socket: raw }, res) => {
    res.setHeader("connection", "close").removeHeader("transfer-encoding");
    res.writeHead(200, head).flushHeaders();
    readers.add(raw);
    raw.on("close", () => readers.delete(raw));
  };
  return listen(handler, (events) => {
    const bytes = Buffer.from(wire(events));
    for (const raw of readers) raw.write(bytes);
  });
}

export const ours = { node: "Steadfeed", web: "Steadfeed, web handler" };
/** The same as `Steadfeed`, in the same rounds: the distance of its ratio from 1 is the noise of the others. */
export const control = "Steadfeed, again";

/** In the order of the table. */
export const contenders: Readonly<Record<string, Contender>> = {
  [ours.node]: { start: node, beside: "node" },
  [control]: { start: node, beside: "node" },
  "better-sse": { start: betterSse, beside: "node" },
  // Each reader that connects makes it write to all.
  "express-sse": { start: expressSse, beside: "node", most: 1_000, more: true },
  "bare res.write": { start: bare, beside: "node" },
  "limit: res.write, shared": { start: shared, beside: "node" },
  "limit: socket.write, shared": { start: socket, beside: "node" },
  [ours.web]: { start: web, beside: "web" },
  "hono streamSSE": { start: hono, beside: "web" },
  "better-sse, web": { start: betterSseWeb, beside: "web", more: true },
};
