import { Broker, ServerError, type Admit, type HandlerOptions } from "@steadfeed/server";
import { expect, test, vi } from "vitest";
import { Handler } from "../../packages/server/src/http/handler.ts";
import { MemorySink, request } from "./support.ts";

interface Asking {
  broker?: Broker;
  method?: string;
  headers?: Record<string, string>;
}

async function answer(
  url = "/?stream=s",
  { broker = new Broker(), method = "GET", headers = {} }: Asking = {},
  options: HandlerOptions = {},
): Promise<MemorySink> {
  const sink = new MemorySink();
  await new Handler(broker, options).answer(request(url, { method, headers }), sink);
  return sink;
}

test("GET opens a stream, with the complete head and bytes at once", async () => {
  const sink = await answer();
  expect(sink.status).toBe(200);
  expect(sink.headers).toEqual({
    "content-type": "text/event-stream",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
  });
  expect(sink.text).toMatch(/^: \nid: [0-9a-z]+-0\n\n$/);
});

test("HEAD returns the headers of GET, and opens nothing", async () => {
  const broker = new Broker();
  const sink = await answer("/?stream=s", { broker, method: "HEAD" });
  expect([sink.status, sink.headers["content-type"], sink.body, broker.sessions().size]).toEqual([
    200,
    "text/event-stream",
    undefined,
    0,
  ]);
  expect((await answer("/", { method: "HEAD" })).status).toBe(400);
});

test("OPTIONS is answered, with CORS headers only if other origins may read", async () => {
  const plain = await answer("/", { method: "OPTIONS" });
  expect([plain.status, plain.headers]).toEqual([204, { allow: "GET, HEAD, OPTIONS" }]);
  const asked = await answer(
    "/",
    { method: "OPTIONS", headers: { origin: "https://a.example" } },
    { cors: { origins: ["https://a.example"] }, methods: ["GET", "POST"] },
  );
  expect(asked.headers).toMatchObject({
    allow: "GET, POST, HEAD, OPTIONS",
    vary: "Origin",
    "access-control-allow-origin": "https://a.example",
    "access-control-allow-methods": "GET, POST, HEAD, OPTIONS",
  });
});

test("another method gets the list of methods, and POST opens a stream if allowed", async () => {
  const refused = await answer("/?stream=s", { method: "DELETE" });
  expect([refused.status, refused.headers["allow"]]).toEqual([405, "GET, HEAD, OPTIONS"]);
  expect((await answer("/?stream=s", { method: "POST" })).status).toBe(405);
  expect(
    (await answer("/?stream=s", { method: "POST" }, { methods: ["GET", "POST"] })).status,
  ).toBe(200);
});

test("a client that does not accept event streams is refused before the hooks are called", async () => {
  const admit = vi.fn<Admit>();
  const sink = await answer("/?stream=s", { headers: { accept: "application/json" } }, { admit });
  expect([sink.status, admit.mock.calls]).toEqual([406, []]);
});

test("admit decides, also asynchronously, and may return any response", async () => {
  const admitted = await answer(
    "/",
    {},
    { admit: async () => ({ streams: "s", headers: { "x-feed": "1" } }) },
  );
  expect([admitted.status, admitted.headers["x-feed"]]).toEqual([200, "1"]);
  const refused = await answer(
    "/",
    {},
    {
      admit: () => ({
        status: 401,
        body: "who?",
        headers: { "WWW-Authenticate": "Bearer" },
        retryAfterMs: 1500,
      }),
    },
  );
  expect(refused).toMatchObject({
    status: 401,
    body: "who?",
    headers: { "www-authenticate": "Bearer", "retry-after": "2", "cache-control": "no-store" },
  });
  expect(await answer("/", {}, { admit: () => ({ status: 204 }) })).toMatchObject({
    status: 204,
    body: undefined,
  });
});

test("a hook that throws fails its own request only, reveals no reason, and is reported", async () => {
  const onError = vi.fn<(...args: unknown[]) => void>();
  const broker = new Broker({ onError });
  const error = new Error("password of the database");
  const sink = await answer("/", { broker }, { admit: () => Promise.reject(error) });
  expect(sink).toMatchObject({ status: 500, body: "Internal server error" });
  expect(onError).toHaveBeenCalledExactlyOnceWith(error, { phase: "admit" });
  expect(
    (
      await answer(
        "/",
        { broker },
        {
          headers: () => {
            throw error;
          },
        },
      )
    ).status,
  ).toBe(500);
});

test("an origins function that throws fails its own request only", async () => {
  const onError = vi.fn<(...args: unknown[]) => void>();
  // What sandboxed pages send: no URL.
  const sink = await answer(
    "/?stream=s",
    { broker: new Broker({ onError }), headers: { origin: "null" } },
    { cors: { origins: (origin) => new URL(origin).hostname.endsWith(".example") } },
  );
  expect(sink).toMatchObject({ status: 500, body: "Internal server error" });
  expect(onError).toHaveBeenCalledTimes(1);
});

test("onConnect refuses with a status of its choice, which is not reported as a failure", async () => {
  const onError = vi.fn<(...args: unknown[]) => void>();
  const onConnect = (): never => {
    throw new ServerError("refused", "not today", { status: 451 });
  };
  const broker = new Broker({ onConnect, onError });
  const sink = await answer("/?stream=s", { broker });
  expect(sink).toMatchObject({ status: 451, body: "not today" });
  expect([broker.sessions().size, onError.mock.calls]).toEqual([0, []]);
});

test("a welcome that fails is reported once", async () => {
  const onError = vi.fn<(...args: unknown[]) => void>();
  const broker = new Broker({ onError, onConnect: () => Promise.reject(new Error("no")) });
  expect((await answer("/?stream=s", { broker })).status).toBe(500);
  expect(onError).toHaveBeenCalledExactlyOnceWith(new Error("no"), { phase: "connect" });
});

test("every refusal can be rendered, and a renderer that throws is one more reported failure", async () => {
  const sink = await answer(
    "/",
    {},
    {
      renderError: ({ status, code }) => ({
        status,
        body: `<${code}>`,
        headers: { "content-type": "text/html" },
      }),
    },
  );
  expect(sink).toMatchObject({
    status: 400,
    body: "<no-stream>",
    headers: { "content-type": "text/html" },
  });
  const onError = vi.fn<(...args: unknown[]) => void>();
  const broken = await answer(
    "/",
    { broker: new Broker({ onError }) },
    {
      renderError: () => {
        throw new Error("template");
      },
    },
  );
  expect([broken.status, onError.mock.calls]).toEqual([
    500,
    [[new Error("template"), { phase: "render" }]],
  ]);
});

test("a page of another origin can read the reason of its refusal", async () => {
  const sink = await answer(
    "/",
    { headers: { origin: "https://a.example" } },
    { cors: { origins: ["https://a.example"], credentials: true } },
  );
  expect([sink.status, sink.headers]).toMatchObject([
    400,
    {
      "access-control-allow-origin": "https://a.example",
      "access-control-allow-credentials": "true",
      vary: "Origin",
    },
  ]);
});

const custom: HandlerOptions["headers"] = ({ path }) => ({
  "X-Path": path,
  "Content-Type": "text/plain",
  "Cache-Control": "no-cache",
});

test("custom headers are on every response, but cannot change its type", async () => {
  const sink = await answer("/a?stream=s", {}, { headers: custom });
  expect(sink.headers).toMatchObject({
    "x-path": "/a",
    "content-type": "text/event-stream",
    "cache-control": "no-cache, no-transform",
  });
  expect((await answer("/a", {}, { headers: { "x-one": "1" } })).headers["x-one"]).toBe("1");
});

test("the cursor is read from the header, else from the query, and never causes an error", async () => {
  const broker = new Broker();
  const { id } = await broker.publish("s", "1");
  await broker.publish("s", "2");
  const got = async (
    url: string,
    headers: Record<string, string> = {},
    options: HandlerOptions = {},
  ) => (await answer(url, { broker, headers }, options)).got;
  expect(await got("/?stream=s", { "last-event-id": id })).toEqual(["2"]);
  expect(await got(`/?stream=s&lastEventId=${id}`)).toEqual(["2"]);
  expect(await got(`/?stream=s&lastEventId=nonsense`, { "last-event-id": id })).toEqual(["2"]);
  expect(await got(`/?stream=s&since=${id}`, {}, { cursorParams: ["since"] })).toEqual(["2"]);
  expect(await got(`/?stream=s&lastEventId=${id}`, {}, { cursorParams: false })).toEqual([]);
  expect(await got("/?stream=s", { "last-event-id": "1\0 <script>" })).toEqual([
    "[unknown]",
    "1",
    "2",
  ]);
});

test("a publisher's own ids work as cursors in any script", async () => {
  const broker = new Broker();
  await broker.publish("s", "1", { id: "événement-✓" });
  await broker.publish("s", "2");
  const header = Buffer.from("événement-✓").toString("latin1");
  expect(
    (await answer("/?stream=s", { broker, headers: { "last-event-id": header } })).got,
  ).toEqual(["2"]);
});

test("a closing server sends Retry-After", async () => {
  const broker = new Broker();
  await broker.close();
  expect(await answer("/?stream=s", { broker })).toMatchObject({
    status: 503,
    headers: { "retry-after": "5" },
  });
});
