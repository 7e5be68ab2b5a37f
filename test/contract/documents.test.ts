import { Parser } from "@asyncapi/parser";
import { Validator } from "@seriousme/openapi-schema-validator";
import { toJsonSchema } from "@valibot/to-json-schema";
import { defineStream, defineStreams, typed } from "@steadfeed/contract";
import { toAsyncApi, toOpenApi } from "@steadfeed/contract/documents";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";

/** A parser's diagnostics: 0 is an error, from 1 on they are warnings and hints. */
const firstWarning = 1;

const info = { title: "Prices", version: "1.0.0" };

/** Refers to itself, and by a name of its own. */
const comment = z.object({
  text: z.string(),
  get answers() {
    return z.array(comment);
  },
});

const contracts = {
  zod: defineStreams({
    prices: defineStream({
      tick: z.object({ symbol: z.string(), eur: z.number() }),
      halted: z.object({ why: z.string() }),
    }),
    "talk: of the day": defineStream({ message: comment, "new line": z.string() }),
  }),
  valibot: defineStreams({
    prices: defineStream({ tick: v.object({ symbol: v.string(), eur: v.number() }) }),
  }),
  arktype: defineStreams({
    prices: defineStream({ tick: type({ symbol: "string", eur: "number" }) }),
  }),
  "many names": defineStreams({
    "room:{id}": defineStream({ said: z.object({ text: z.string() }) }),
    "org.{org}/user:{id}": defineStream({ tick: z.number() }),
  }),
  "types alone": defineStreams({ prices: defineStream({ tick: typed<{ eur: number }>() }) }),
};
const library = (name: string) => (name === "valibot" ? { toJsonSchema: inputOf } : {});
const inputOf = (schema: v.GenericSchema): object => toJsonSchema(schema, { typeMode: "input" });

describe.each(Object.entries(contracts))("a contract of %s", (name, api) => {
  test.each([
    ["one path", {}],
    ["a path a stream", { path: (stream: string) => `/events/${encodeURIComponent(stream)}` }],
    ["a path a stream, as it is", { path: (stream: string) => `/events/${stream}` }],
  ])("is an OpenAPI 3.2 document that a validator accepts: %s", async (_, paths) => {
    const document = toOpenApi(api, { info, ...paths, ...library(name) });
    const validator = new Validator();
    const { valid, errors } = await validator.validate({ ...document });
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    expect(validator.version).toBe("3.2");
    expect(danglingRefs(document)).toEqual([]);
  });

  test("is an AsyncAPI 3 document that a validator accepts", async () => {
    const document = toAsyncApi(api, { info, ...library(name) });
    const found = await new Parser().validate(JSON.stringify(document));
    const worst = Math.min(...found.map(({ severity }) => severity as number));
    expect(worst, JSON.stringify(found)).toBeGreaterThanOrEqual(firstWarning);
    expect(danglingRefs(document)).toEqual([]);
  });
});

test("the data of an event is JSON in text, with the schema that the publisher is checked against", () => {
  const stamped = z.object({ at: z.string().transform((text) => new Date(text)) });
  const document = toOpenApi(defineStreams({ log: defineStream({ line: stamped }) }), {
    info,
    path: (stream) => `/${stream}`,
  });
  expect(document.paths).toMatchObject({
    "/log": {
      get: {
        operationId: "log",
        parameters: [{ name: "Last-Event-ID", in: "header" }],
        responses: {
          200: {
            content: {
              "text/event-stream": {
                itemSchema: {
                  oneOf: [
                    {
                      required: ["event", "data"],
                      properties: {
                        event: { const: "line" },
                        data: {
                          type: "string",
                          contentMediaType: "application/json",
                          contentSchema: { $ref: "#/components/schemas/log.line" },
                        },
                      },
                    },
                  ],
                },
              },
            },
          },
        },
      },
    },
  });
  expect(document.components.schemas["log.line"]).toMatchObject({
    type: "object",
    properties: { at: { type: "string" } },
  });
});

test("a key for many streams is a pattern, a parameter of the path, or of the address", () => {
  const { said } = contracts["many names"]["room:{id}"];
  const room = defineStream({ said });
  const api = defineStreams({ news: room, "room:{id}": room, "a.b {org}:{id}": room });
  const query = toOpenApi(api, { info }).paths["/events"];
  expect(query).toMatchObject({
    get: {
      parameters: [
        {
          name: "stream",
          in: "query",
          schema: {
            type: "string",
            anyOf: [
              { enum: ["news"] },
              { pattern: "^room:.+$" },
              { pattern: String.raw`^a\.b .+:.+$` },
            ],
          },
        },
        { name: "Last-Event-ID" },
      ],
    },
  });
  const paths = toOpenApi(api, { info, path: (name) => `/events/${name}` }).paths;
  expect(paths["/events/room:{id}"]).toMatchObject({
    get: { parameters: [{ name: "id", in: "path", required: true }, { name: "Last-Event-ID" }] },
  });
  const { channels } = toAsyncApi(api, { info });
  expect(channels["news"]).not.toHaveProperty("parameters");
  expect(Object.values(channels)).toMatchObject([
    { address: "/events?stream=news" },
    { address: "/events?stream=room%3A{id}", parameters: { id: {} } },
    { address: "/events?stream=a.b%20{org}%3A{id}", parameters: { org: {}, id: {} } },
  ]);
});

test("includes the security schemes, and gives each operation its own name", () => {
  const api = defineStreams({
    "a b": defineStream({ on: typed() }),
    a_b: defineStream({ on: typed() }),
  });
  const document = toOpenApi(api, {
    info,
    path: (name) => `/${name}`,
    security: [{ token: [] }],
    securitySchemes: { token: { type: "http", scheme: "bearer" } },
  });
  expect(document.security).toEqual([{ token: [] }]);
  expect(document.components.securitySchemes).toEqual({
    token: { type: "http", scheme: "bearer" },
  });
  expect(Object.values(document.paths)).toMatchObject([
    { get: { operationId: "a_b", summary: "The events of a b." } },
    { get: { operationId: "a_b_2", summary: "The events of a_b." } },
  ]);
});

test("a schema that cannot describe itself throws, and names the function to pass", () => {
  expect(() => toOpenApi(contracts.valibot, { info })).toThrow(
    /The schema of prices\.tick \(valibot\) cannot describe itself: give \{ toJsonSchema \}/,
  );
});

test("a schema's own references and definitions point to their place in the document", () => {
  const own = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    properties: {
      self: { $ref: "#" },
      first: { $ref: "#/$defs/a~1b" },
      old: { $ref: "#/definitions/old/properties/x" },
      same: { $ref: "#/properties/first" },
      other: { $ref: "https://example.test/schema" },
    },
    $defs: { "a/b": { type: "string" } },
    definitions: { old: { properties: { x: { $ref: "#" } } } },
  };
  const api = defineStreams({ s: defineStream({ t: v.any() }) });
  const { components } = toOpenApi(api, { info, toJsonSchema: () => own });
  expect(components.schemas).toEqual({
    "s.t": {
      properties: {
        self: { $ref: "#/components/schemas/s.t" },
        first: { $ref: "#/components/schemas/s.t.a_b" },
        old: { $ref: "#/components/schemas/s.t.old/properties/x" },
        same: { $ref: "#/components/schemas/s.t/properties/first" },
        other: { $ref: "https://example.test/schema" },
      },
    },
    "s.t.a_b": { type: "string" },
    "s.t.old": { properties: { x: { $ref: "#/components/schemas/s.t" } } },
  });
});

test("names that a document would merge stay separate, and servers are passed on", () => {
  const api = defineStreams({
    "a b": defineStream({ t: typed<1>() }),
    "a/b": defineStream({ t: typed<2>() }),
  });
  const servers = [{ url: "https://example.test" }];
  const open = toOpenApi(api, { info, servers });
  expect(Object.keys(open.components.schemas)).toEqual(["a_b.t", "a_b.t_2"]);
  expect(open.servers).toEqual(servers);
  const host = { production: { host: "example.test", protocol: "https" } };
  const asynchronous = toAsyncApi(api, {
    info,
    servers: host,
    address: (name) => `/${name.length}`,
  });
  expect(asynchronous.servers).toEqual(host);
  expect(asynchronous.channels).toMatchObject({ a_b: { address: "/3" }, a_b_2: { address: "/3" } });
});

/** The local references of a document that lead nowhere. */
function danglingRefs(document: object): string[] {
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]*)"/g)].map(([, ref]) => ref!);
  return refs.filter((ref) => {
    let at: unknown = document;
    for (const key of ref.split("/").slice(1))
      at = (at as Record<string, unknown> | undefined)?.[key];
    return at === undefined;
  });
}
