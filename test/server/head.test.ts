import { expect, test } from "vitest";
import {
  acceptsStream,
  corsHead,
  cursorText,
  merge,
  preflightHead,
  streamHead,
} from "../../packages/server/src/http/head.ts";

test("the head keeps caches, proxies and compressing middleware from delaying events", () => {
  expect(streamHead).toEqual({
    "content-type": "text/event-stream",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
  });
});

test.each([
  [undefined, true],
  ["", true],
  ["*/*", true],
  ["text/event-stream", true],
  ["text/*;q=0.1", true],
  ["text/html, application/xhtml+xml;q=0.9, */*;q=0.8", true],
  ["application/json", false],
  ["text/event-stream;q=0, */*", false],
  ["TEXT/EVENT-STREAM ; Q=1", true],
  ["*/*;q=0", false],
  ["text/*;q=0, text/event-stream", true],
])("a client is refused only if it accepts no events: %s", (accept, taken) => {
  expect(acceptsStream(accept)).toBe(taken);
});

test("later headers win in any case, and values of Vary add up", () => {
  expect(merge({ Vary: "Cookie", "X-A": "1" }, undefined, { vary: "Origin", "x-a": "2" })).toEqual({
    vary: "Cookie, Origin",
    "x-a": "2",
  });
});

const cors = (origins: "*" | string[] | ((origin: string) => boolean), credentials = false) => ({
  origins,
  credentials,
  headers: ["X-Tenant"],
  maxAgeMs: 60_000,
});

test("another origin's page may read only if it is allowed, and no cache mixes the two up", () => {
  const readable = { "access-control-expose-headers": "Retry-After" };
  const yes = { ...readable, vary: "Origin", "access-control-allow-origin": "https://a.example" };
  expect(corsHead(false, "https://a.example")).toEqual({});
  expect(corsHead(cors("*"), "https://a.example")).toEqual({
    ...readable,
    "access-control-allow-origin": "*",
  });
  expect(corsHead(cors(["https://a.example"]), "https://a.example")).toEqual(yes);
  expect(corsHead(cors(["https://a.example"]), "https://b.example")).toEqual({ vary: "Origin" });
  expect(corsHead(cors(["https://a.example"]), undefined)).toEqual({ vary: "Origin" });
  expect(
    corsHead(
      cors((origin) => origin.endsWith(".example"), true),
      "https://a.example",
    ),
  ).toEqual({
    ...yes,
    "access-control-allow-credentials": "true",
  });
});

test("a browser learns that a page may send its cursor, and the required headers", () => {
  expect(preflightHead(cors("*"), "GET, HEAD, OPTIONS")).toEqual({
    "access-control-allow-methods": "GET, HEAD, OPTIONS",
    "access-control-allow-headers":
      "Last-Event-ID, Authorization, Cache-Control, Content-Type, X-Tenant",
    "access-control-max-age": "60",
  });
  expect(preflightHead(false, "GET")).toEqual({});
});

test("a non-ASCII cursor is read as the reader wrote it", () => {
  expect(cursorText(Buffer.from("événement-✓").toString("latin1"))).toBe("événement-✓");
  for (const plain of ["k-1", "", "✓", "clé"]) expect(cursorText(plain)).toBe(plain);
});
