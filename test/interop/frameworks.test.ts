// Our server inside other people's frameworks: the same promises hold behind each.
import { getRequestListener } from "@hono/node-server";
import { Feed, type FeedOptions, type OpenInfo } from "@steadfeed/client";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { webHandler } from "@steadfeed/server/web";
import express, { type RequestHandler } from "express";
import fastify, { type RouteHandlerMethod } from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { afterEach, expect, test } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { serve, type Handler, type ServeOptions, type TestServer } from "../support/server.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** Holds back what it might compress until the end, as compressing middleware does, unless a header forbids it. */
const compressing: RequestHandler = (request, response, next) => {
  const end = response.end.bind(response) as (text: string) => typeof response;
  const write = response.write.bind(response) as (bytes: Uint8Array) => boolean;
  let held = "";
  const holds = (): boolean =>
    /gzip/.test(request.headers["accept-encoding"] ?? "") &&
    !/no-transform/.test(String(response.getHeader("cache-control")));
  Object.assign(response, {
    write: (bytes: Uint8Array) => {
      if (!holds()) return write(bytes);
      held += Buffer.from(bytes).toString();
      return true;
    },
    end: (text = "") => end(held + text),
  });
  next();
};

async function inFastify(route: RouteHandlerMethod): Promise<Handler> {
  const app = fastify();
  closers.push(() => app.close());
  app.get("/events", route);
  await app.ready();
  return (request, response) => app.routing(request, response);
}

const inKoa = (middleware: Koa.Middleware): Handler => new Koa().use(middleware).callback();

const mounts: Readonly<Record<string, (broker: Broker) => Handler | Promise<Handler>>> = {
  "an Express route": (broker) => express().get("/events", nodeHandler(broker)),
  "app.use of Express, behind compression and express.json": (broker) =>
    express().use(compressing, express.json()).use("/events", nodeHandler(broker)),
  "a Fastify route": (broker) => inFastify(nodeHandler(broker)),
  "a Fastify route, with Node's own pair": (broker) => {
    const handler = nodeHandler(broker);
    return inFastify(async (request, reply) => {
      reply.hijack();
      await handler(request.raw, reply.raw);
    });
  },
  "a Koa middleware": (broker) => {
    const handler = nodeHandler(broker);
    return inKoa(({ request, response }) => handler(request, response));
  },
  "a Koa middleware, with Node's own pair": (broker) => {
    const handler = nodeHandler(broker);
    return inKoa(async (context) => {
      context.respond = false;
      await handler(context.req, context.res);
    });
  },
  "a Hono route": (broker) => {
    const handler = webHandler(broker);
    const app = new Hono().get("/events", ({ req }) => handler(req.raw));
    return getRequestListener(app.fetch);
  },
};

const authority = createAuthority();
const tls = authority.issue();

/** Where it is mounted, how it is served, and what a feed needs for that. */
const places: [string, (typeof mounts)[string], ServeOptions, FeedOptions][] = [
  ...Object.entries(mounts).map(([name, mount]): (typeof places)[number] => [name, mount, {}, {}]),
  ["node:http2", nodeHandler, { tls, http2: true }, { node: { tls: { ca: authority.cert } } }],
];

interface Place {
  readonly broker: Broker;
  readonly server: TestServer;
  readonly feed: Feed;
}

async function open([, mount, served, options]: (typeof places)[number]): Promise<Place> {
  const broker = new Broker();
  closers.push(() => broker.close({ graceMs: 0 }));
  const server = await serve(await mount(broker), served);
  const feed = new Feed(`${server.url}events?stream=prices`, {
    ...options,
    headers: { "Accept-Encoding": "gzip" },
    retry: { initialDelayMs: 50 },
  });
  closers.push(() => feed.close());
  return { broker, server, feed };
}

test.for(places)(
  "mounted in %s, a reader gets events at once, and those it missed while its connection was dead",
  async (place) => {
    const { broker, server, feed } = await open(place);
    const ticks = feed.subscribe("tick");
    const received = async (): Promise<string | undefined> => (await ticks.next()).value?.data;
    await feed.open();
    await broker.publish("prices", { type: "tick", data: "live" });
    expect(await received()).toBe("live");

    const resumed = new Promise<OpenInfo>((resolve) => void feed.on("open", resolve));
    for (const socket of server.sockets) socket.resetAndDestroy();
    await broker.publish("prices", { type: "tick", data: "missed" });
    expect(await received()).toBe("missed");
    expect((await resumed).resumedFrom).toMatch(/-1$/);
    await broker.publish("prices", { type: "tick", data: "live again" });
    expect(await received()).toBe("live again");
  },
);

test.for(places)("mounted in %s, a reader that left is not kept forever", async (place) => {
  const { broker, server, feed } = await open(place);
  const ticks = feed.subscribe("tick");
  await feed.open();
  await expect.poll(() => broker.sessions().size).toBe(1);
  await ticks.return();
  await expect.poll(() => broker.sessions().size).toBe(0);
  await expect.poll(() => server.answering).toBe(0);
});

test.for(places)(
  "mounted in %s, a reader that names no stream gets an error with the fix",
  async (place) => {
    const { server, feed } = await open(place);
    const lost = new Feed(`${server.url}events`, place[3]);
    closers.push(() => lost.close());
    await expect(lost.open()).rejects.toMatchObject({ status: 400 });
    expect(feed.state).toBe("idle");
    const [, , { http2 }] = place;
    if (http2) return;
    expect(await (await fetch(`${server.url}events`)).text()).toContain("?stream=NAME");
  },
);

test("a reader may send its parameters as a JSON body, also after express.json has read it", async () => {
  const broker = new Broker();
  closers.push(() => broker.close({ graceMs: 0 }));
  const handler = nodeHandler(broker, {
    methods: ["POST"],
    admit: ({ raw }) => (raw as { body: { streams: string[] } }).body,
  });
  const server = await serve(express().use(express.json()).post("/events", handler));
  const feed = new Feed(`${server.url}events`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ streams: ["a", "b"] }),
  });
  const event = feed.once("message");
  await feed.open();
  await broker.publish("b", "for you");
  expect((await event).data).toBe("for you");
  feed.close();
  await expect.poll(() => broker.sessions().size).toBe(0);
});

test("app.use answers the preflight of another origin's page, which an Express route would not receive", async () => {
  const broker = new Broker();
  const handler = nodeHandler(broker, { cors: { origins: "*" } });
  const { url } = await serve(express().get("/route", handler).use("/used", handler));
  const allowed = async (path: string): Promise<string | null> => {
    const { headers } = await fetch(`${url}${path}`, { method: "OPTIONS" });
    return headers.get("access-control-allow-headers");
  };
  expect(await allowed("used")).toContain("Last-Event-ID");
  expect(await allowed("route")).toBe(null);
});
