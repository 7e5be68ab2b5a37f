import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Broker, byPath } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { publishHandler } from "@steadfeed/server/publish";
import express from "express";
import { expect, test } from "vitest";
import { listen, open } from "../server/servers.ts";
import { read } from "../server/support.ts";

const post = (url: string, body: string, type: string): Promise<Response> =>
  fetch(`${url}/publish?stream=s`, { method: "POST", body, headers: { "content-type": type } });

test.each([
  ["express.json", express.json(), '{"a":1}', "application/json", '{"a":1}'],
  ["express.text", express.text(), "héllo", "text/plain", "héllo"],
  ["express.raw", express.raw(), "bytes", "application/octet-stream", "Ynl0ZXM="],
  [
    "express.urlencoded",
    express.urlencoded(),
    "a=1",
    "application/x-www-form-urlencoded",
    '{"a":"1"}',
  ],
  ["a parser of another type", express.json(), "plain", "text/plain", "plain"],
])("after %s the body is published", async (_, parser, body, type, data) => {
  const broker = new Broker();
  const sink = await read(broker);
  const app = express();
  app.use(parser);
  app.post("/publish", publishHandler(broker, { authorize: false }));
  const url = await listen((req, res) => app(req, res));
  expect((await post(url, body, type)).status).toBe(202);
  await expect.poll(() => sink.got).toEqual([data]);
});

test("an earlier parser, as in Next's pages, leaves the body on the request", async () => {
  const broker = new Broker();
  const sink = await read(broker);
  const publish = publishHandler(broker, { authorize: false });
  const url = await listen((req: IncomingMessage & { body?: unknown }, res) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      if (req.headers["content-type"] === "application/json") {
        req.body = JSON.parse(Buffer.concat(chunks).toString());
      }
      await publish(req, res);
    })();
  });
  expect((await post(url, '{"a":[1]}', "application/json")).status).toBe(202);
  const lost = await post(url, "x", "text/plain");
  expect([lost.status, await lost.text()]).toEqual([400, expect.stringContaining("already read")]);
  await expect.poll(() => sink.got).toEqual(['{"a":[1]}']);
});

test("byPath finds its stream where Express has removed the mount path", async () => {
  const broker = new Broker();
  const app = express();
  app.use("/events", nodeHandler(broker, { admit: byPath("/events/") }));
  const url = await listen((req, res) => app(req, res));
  const { res, has } = await open(`${url}/events/prices?x=1`);
  expect(res.statusCode).toBe(200);
  await has("\n\n");
  expect(broker.streams()).toEqual(["prices"]);
});

test("a caller that awaits the handler, as h3 and Next do, has the response when it settles", async () => {
  const handler = nodeHandler(new Broker());
  const server = createServer();
  const url = await listen((req: IncomingMessage, res: ServerResponse) => {
    void handler(req, res, () => server.emit("error", new Error("next was called"))).then(() => {
      if (!res.writableEnded && !res.destroyed) res.end("cut");
    });
  });
  const { has } = await open(`${url}/?stream=s`);
  expect(await has("\n\n")).not.toContain("cut");
});
