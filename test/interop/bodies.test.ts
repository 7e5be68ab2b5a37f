// The posted body is published, even if other code has read it before.
import { Broker } from "@steadfeed/server";
import { publishHandler } from "@steadfeed/server/publish";
import express, { type RequestHandler } from "express";
import fastify from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { serve } from "../support/server.ts";

const json = { "content-type": "application/json" };
const bytes = { "content-type": "application/octet-stream" };

async function post(
  parsers: RequestHandler[],
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Promise<[status: number, data: string | undefined]> {
  const broker = new Broker();
  const app = express().use(
    ...parsers,
    publishHandler(broker, { authorize: false, maxBytes: 1000 }),
  );
  const { url } = await serve(app);
  const reader = broker.subscribe("s");
  const next = reader.next();
  const { status } = await fetch(`${url}?stream=s`, { method: "POST", body, headers });
  await broker.close();
  return [status, (await next).value?.data];
}

const everything = express.text({ type: "*/*" });
const kept: RequestHandler = express.json({
  verify: (request, _response, buffer) => {
    Object.assign(request, { rawBody: buffer });
  },
});
/** Reads the body and keeps it to itself. */
const greedy: RequestHandler = (request, _response, next) => {
  request.resume().once("end", next);
};
const image = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0xff]);

test.each<
  [
    string,
    RequestHandler[],
    string | Uint8Array<ArrayBuffer>,
    Record<string, string>,
    number,
    string?,
  ]
>([
  ["JSON that express.json has read", [express.json()], '{"a":[1]}', json, 202, '{"a":[1]}'],
  ["a JSON string", [express.json({ strict: false })], '"a"', json, 202, '"a"'],
  ["JSON that a text parser has read", [everything], '{ "a": 1.0 }', json, 202, '{ "a": 1.0 }'],
  ["JSON whose bytes were kept", [kept], '{ "a": 1.0 }', json, 202, '{ "a": 1.0 }'],
  ["bytes that express.raw has read", [express.raw()], image, bytes, 202, "iVBOR/8="],
  ["bytes that a text parser has read", [everything], image, bytes, 400],
  [
    "an image that a text parser has read",
    [everything],
    image,
    { "content-type": "image/png" },
    400,
  ],
  ["a text with a replacement character", [everything], "\ufffd", {}, 202, "\ufffd"],
  [
    "a form",
    [express.urlencoded()],
    "a=1",
    { "content-type": "application/x-www-form-urlencoded" },
    202,
    '{"a":"1"}',
  ],
  [
    "a type without a parser",
    [express.json(), express.text()],
    "<a/>",
    { "content-type": "text/xml" },
    202,
    "<a/>",
  ],
  ["an empty body", [express.json(), express.text()], "", {}, 202, ""],
  ["a body that was already read", [greedy], "x", {}, 400],
  ["a body that a parser accepts and we refuse", [express.text()], "x".repeat(1001), {}, 413],
])("%s", async (_, parsers, body, headers, status, data) => {
  expect(await post(parsers, body, headers)).toEqual([status, data]);
});

test("Fastify's parsers put the body on its own request object", async () => {
  const broker = new Broker();
  const app = fastify();
  onTestFinished(() => app.close());
  app.post("/publish", publishHandler(broker, { authorize: false }));
  await app.ready();
  const { url } = await serve((request, response) => app.routing(request, response));
  const reader = broker.subscribe("s");
  for (const [body, headers] of [
    ['{"a":1}', json],
    ["text", { "content-type": "text/plain" }],
  ] as const) {
    const init = { method: "POST", body, headers };
    expect((await fetch(`${url}publish?stream=s`, init)).status).toBe(202);
    expect((await reader.next()).value?.data).toBe(body);
  }
});
