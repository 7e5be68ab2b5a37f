import { Broker, ServerError, type Run } from "@steadfeed/server";
import { runHandler, type RunHandlerOptions, type RunRequest } from "@steadfeed/server/node";
import { runHandler as webRunHandler } from "@steadfeed/server/web";
import { Feed } from "@steadfeed/client";
import { location as byLocation, steadyFetch } from "@steadfeed/client/fetch";
import { EventSource } from "@steadfeed/client/eventsource";
import { connect, constants } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { listen } from "./servers.ts";
import { parse } from "./support.ts";

type Options = Partial<RunHandlerOptions>;

async function* words(count: number, signal: AbortSignal, everyMs = 5): AsyncGenerator<string> {
  for (let n = 1; n <= count; n++) {
    signal.throwIfAborted();
    yield `word ${n}`;
    await sleep(everyMs);
  }
}

const start = async (request: RunRequest, run: Run): Promise<AsyncIterable<string>> => {
  const { count = 3 } = (await request.json()) as { count?: number };
  return words(count, run.signal);
};

interface Served {
  readonly url: string;
  readonly broker: Broker;
  readonly errors: unknown[];
}

const platforms: [string, (options: Options) => Promise<Served>][] = [
  [
    "node",
    async (options) => {
      const { broker, errors } = brokerOf();
      const url = await listen(runHandler(broker, { start, authorize: false, ...options }));
      return { url, broker, errors };
    },
  ],
  [
    "web",
    async (options) => {
      const { broker, errors } = brokerOf();
      const { serve } = await import("@hono/node-server");
      const fetch = webRunHandler(broker, { start, authorize: false, ...options });
      const server = serve({ fetch, port: 0, hostname: "127.0.0.1" });
      await new Promise((resolve) => server.once("listening", resolve));
      onTestFinished(() => {
        server.close();
        (server as { closeAllConnections?: () => void }).closeAllConnections?.();
      });
      const { port } = server.address() as { port: number };
      return { url: `http://127.0.0.1:${port}`, broker, errors };
    },
  ],
];

function brokerOf(): { readonly broker: Broker; readonly errors: unknown[] } {
  const errors: unknown[] = [];
  const broker = new Broker({ onError: (error) => void errors.push(error) });
  onTestFinished(() => broker.close({ graceMs: 0 }));
  return { broker, errors };
}

const post = (url: string, body: object = {}, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { method: "POST", body: JSON.stringify(body), ...init });

const dataOf = (text: string): string[] => parse(text).map(({ data }) => data);
const all = (count: number): string[] => Array.from({ length: count }, (_, n) => `word ${n + 1}`);

describe.each(platforms)("runHandler, %s", (_name, serving) => {
  test("POST starts a run and streams it to its end, and returns its location", async () => {
    const { url } = await serving({});
    const response = await post(`${url}/runs/42`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("content-location")).toBe("/runs/42");
    expect(response.headers.get("location")).toBe("/runs/42");
    const text = await response.text();
    expect(dataOf(text)).toEqual(all(3));
    expect(text).toMatch(/\n\nid: [^\n]+\nevent: steadfeed\.end\n\n$/);
  });

  test("a POST without an id creates one", async () => {
    const { url } = await serving({});
    const response = await post(`${url}/runs`);
    const location = response.headers.get("content-location")!;
    expect(location).toMatch(/^\/runs\/[\w-]{36}$/);
    await response.text();
    expect(dataOf(await (await fetch(url + location)).text())).toEqual(all(3));
  });

  test("its reader may leave: GET resumes after its cursor, or returns everything, and 204 after the end", async () => {
    const { url } = await serving({});
    const leaving = new AbortController();
    const response = await post(`${url}/runs/r`, { count: 20 }, { signal: leaving.signal });
    const { value } = await response.body!.getReader().read();
    leaving.abort();
    const [opening] = new TextDecoder()
      .decode(value)
      .match(/^id: (.+)$/m)!
      .slice(1);
    const headers = { "last-event-id": opening! };
    const resumed = await (await fetch(`${url}/runs/r`, { headers })).text();
    expect(dataOf(resumed)).toEqual(all(20));
    expect(dataOf(await (await fetch(`${url}/runs/r`)).text())).toEqual(all(20));
    const events = parse(resumed);
    const half = { "last-event-id": events[9]!.id! };
    expect(dataOf(await (await fetch(`${url}/runs/r`, { headers: half })).text())).toEqual(
      all(20).slice(10),
    );
    const last = /id: (\S+)\nevent: steadfeed.end/.exec(resumed)![1]!;
    const over = await fetch(`${url}/runs/r`, { headers: { "last-event-id": last } });
    expect(over.status).toBe(204);
  });

  test("our feed starts with a GET, survives cuts, and closes as ended", async () => {
    const { url, broker } = await serving({});
    await (await post(`${url}/runs/r`, { count: 40 })).body!.cancel();
    const feed = new Feed(`${url}/runs/r`, { retry: { initialDelayMs: 5 } });
    onTestFinished(() => feed.close());
    const got: string[] = [];
    feed.subscribe("message", ({ data }) => {
      got.push(data);
      if (got.length % 10 === 5) for (const session of broker.sessions()) session.close();
    });
    expect(await feed.closed).toMatchObject({ reason: "ended", complete: true });
    expect(got).toEqual(all(40));
    expect(feed.stats.opened).toBeGreaterThan(2);
  });

  test("an EventSource gets it all, reconnects once after the end, and stops at the 204", async () => {
    const { url } = await serving({});
    await (await post(`${url}/runs/r`)).body!.cancel();
    const source = new EventSource(`${url}/runs/r`);
    onTestFinished(() => source.close());
    const got: unknown[] = [];
    source.addEventListener("message", ({ data }) => void got.push(data));
    await new Promise<void>((resolve) => {
      source.addEventListener("error", () => {
        if (source.readyState === EventSource.CLOSED) resolve();
      });
    });
    expect(got).toEqual(all(3));
  }, 10_000);

  test("DELETE stops it: readers get the end", async () => {
    const { url, broker } = await serving({});
    const response = await post(`${url}/runs/r`, { count: 1000 });
    await sleep(30);
    expect((await fetch(`${url}/runs/r`, { method: "DELETE" })).status).toBe(204);
    expect(await response.text()).toContain("event: steadfeed.end");
    expect((await broker.runs.find("r"))?.end).toEqual({ reason: "stopped" });
    expect((await fetch(`${url}/runs/none`, { method: "DELETE" })).status).toBe(404);
  });

  test("an error thrown by start aborts the response, and is 424 from then on; its message is not sent", async () => {
    const { url, errors } = await serving({
      start: async function* () {
        yield "a";
        await sleep(5);
        throw new Error("secret");
      },
    });
    const response = await post(`${url}/runs/r`);
    await expect(response.text()).rejects.toThrow(TypeError);
    const again = await fetch(`${url}/runs/r`);
    await expect(again.text()).rejects.toThrow(TypeError);
    const feed = new Feed(`${url}/runs/r`, { retry: { initialDelayMs: 5 } });
    const got: string[] = [];
    feed.subscribe("message", ({ data }) => void got.push(data));
    const closed = await feed.closed;
    expect(closed).toMatchObject({ reason: "failed", error: { status: 424 } });
    expect(String(closed.error)).not.toContain("secret");
    expect(got).toEqual(["a"]);
    expect(errors).toMatchObject([{ message: "secret" }]);
  });

  test("start may publish by itself, and the run ends with its promise", async () => {
    const { url } = await serving({
      start: async (_request, run) => {
        await run.publish({ type: "token", data: { n: 1 } });
        await sleep(5);
        await run.publish("2");
      },
    });
    const text = await (await post(`${url}/runs/r`)).text();
    expect(dataOf(text)).toEqual(['{"n":1}', "2"]);
    expect(text).toContain("event: steadfeed.end");
  });

  test("a second POST is 409 while the first is active, or joins it", async () => {
    const { url } = await serving({});
    const first = await post(`${url}/runs/r`, { count: 20 });
    expect((await post(`${url}/runs/r`)).status).toBe(409);
    await first.text();
    const joining = await serving({ exclusive: false });
    const texts = await Promise.all(
      [20, 3].map(async (count) => (await post(`${joining.url}/runs/r`, { count })).text()),
    );
    expect(texts.map(dataOf)).toEqual([all(20), all(20)]);
  });

  test.each(["GET", "POST", "DELETE", "HEAD"])(
    "%s requires that authorize returns true",
    async (method) => {
      const { url, broker } = await serving({
        authorize: (request) => request.header("authorization") === "ok" || ("yes" as never),
      });
      const body = method === "POST" ? { body: "{}" } : {};
      expect((await fetch(`${url}/runs/r`, { method, ...body })).status).toBe(401);
      expect(await broker.runs.find("r")).toBeUndefined();
      await (await post(`${url}/runs/r`, {}, { headers: { authorization: "ok" } })).text();
      expect((await broker.runs.find("r"))?.end).toEqual({ reason: "done" });
    },
  );

  test("the id may come from elsewhere, and the path may continue after it", async () => {
    const { url } = await serving({
      path: "/api/chat",
      id: async (request) =>
        request.method === "POST" ? ((await request.json()) as { id: string }).id : undefined,
    });
    const response = await post(`${url}/api/chat`, { id: "a/b" });
    expect(response.headers.get("content-location")).toBe("/api/chat/a%2Fb");
    await response.text();
    expect(dataOf(await (await fetch(`${url}/api/chat/a%2Fb/stream`)).text())).toEqual(all(3));
  });

  test("a model's client, which asks for JSON and reads a stream, gets it", async () => {
    const { url } = await serving({});
    const response = await post(`${url}/runs`, {}, { headers: { accept: "application/json" } });
    expect(response.status).toBe(200);
    expect(dataOf(await response.text())).toEqual(all(3));
  });

  test.each<[string, string, RequestInit, number]>([
    ["a run that was never started", "/runs/none", {}, 404],
    ["another path", "/other", {}, 404],
    ["no run at all", "/runs", {}, 404],
    ["a path with the same prefix", "/runsx", {}, 404],
    ["an invalid id", `/runs/${"x".repeat(201)}`, {}, 400],
    ["a path that is not encoded", "/runs/%zz", {}, 400],
    ["another method", "/runs/r", { method: "PUT" }, 405],
    ["a client that does not accept streams", "/runs/r", { headers: { accept: "text/html" } }, 406],
    ["a body that is too large", "/runs", { method: "POST", body: "x".repeat(2 ** 20 + 1) }, 413],
  ])("%s: %s", async (_what, path, init, status) => {
    const { url, errors } = await serving({});
    const response = await fetch(url + path, init);
    expect(response.status).toBe(status);
    expect(response.headers.get("allow")?.includes("DELETE") ?? false).toBe(status === 405);
    expect(errors).toEqual([]);
  });

  test("an error thrown by authorize is the response: its own refusal, or 500 without a message", async () => {
    const { url, errors } = await serving({
      authorize: ({ query }) => {
        throw query.has("own")
          ? new ServerError("refused", "Too many questions.", { status: 429 })
          : new Error("secret");
      },
    });
    const own = await fetch(`${url}/runs/r?own`);
    expect([own.status, await own.text()]).toEqual([429, "Too many questions."]);
    const other = await fetch(`${url}/runs/r`);
    expect([other.status, await other.text()]).toEqual([500, "Internal server error"]);
    expect(errors).toHaveLength(1);
  });

  test("pages of other origins may start, read the location, resume and stop", async () => {
    const { url } = await serving({ cors: { origins: ["https://a.example"] } });
    const headers = { origin: "https://a.example" };
    const preflight = await fetch(`${url}/runs/r`, { method: "OPTIONS", headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-methods")).toContain("DELETE");
    const response = await post(`${url}/runs/r`, {}, { headers });
    expect(response.headers.get("access-control-allow-origin")).toBe("https://a.example");
    for (const name of ["Content-Location", "Location", "Last-Event-ID"]) {
      expect(response.headers.get("access-control-expose-headers")).toContain(name);
    }
    await response.text();
  });

  test("a cursor of another run, or of lost events, gets 410, not a gap", async () => {
    const { url } = await serving({});
    const one = parse(await (await post(`${url}/runs/one`)).text());
    await (await post(`${url}/runs/two`)).text();
    const headers = { "last-event-id": one[0]!.id! };
    const response = await fetch(`${url}/runs/two`, { headers });
    expect(response.status).toBe(410);
    expect(await response.text()).toContain("another run");
  });

  test("a source that yields invalid data fails the run", async () => {
    const { url, errors } = await serving({
      start: async function* () {
        yield { data: new Map() };
      },
    });
    const response = await post(`${url}/runs/r`);
    await expect(response.text()).rejects.toThrow(TypeError);
    expect(errors).toHaveLength(1);
  });
});

test("a feed that posts continues by GET at the returned location, and the run starts once", async () => {
  const { broker } = brokerOf();
  let begun = 0;
  const url = await listen(
    runHandler(broker, {
      authorize: false,
      start: (_request, run) => {
        begun++;
        return words(20, run.signal, 10);
      },
    }),
  );
  const cutting = setInterval(() => {
    for (const session of broker.sessions()) session.close();
  }, 70);
  onTestFinished(() => clearInterval(cutting));
  const feed = new Feed(`${url}/runs`, {
    method: "POST",
    body: "{}",
    resume: byLocation(),
    retry: { initialDelayMs: 5 },
  });
  onTestFinished(() => feed.close());
  const got: string[] = [];
  feed.subscribe("message", ({ data }) => void got.push(data));
  expect(await feed.closed).toMatchObject({ reason: "ended", complete: true });
  expect([got, begun]).toEqual([all(20), 1]);
  expect(feed.stats.opened).toBeGreaterThan(2);
});

test("hooks can tell that a session reads a run", async () => {
  const seen: unknown[] = [];
  const broker = new Broker({
    onConnect: ({ run, streams }) => void seen.push([run?.id, streams]),
    onDisconnect: ({ run }, reason) => void seen.push([run?.id, reason]),
  });
  onTestFinished(() => broker.close({ graceMs: 0 }));
  const url = await listen(runHandler(broker, { start, authorize: false }));
  await (await post(`${url}/runs/r`)).text();
  expect(seen).toEqual([
    ["r", []],
    ["r", "ended"],
  ]);
});

test("authorize knows the requested run, also by the body", async () => {
  const { broker } = brokerOf();
  const asked: (string | undefined)[] = [];
  const url = await listen(
    runHandler(broker, {
      start,
      id: async (request) => {
        if (request.method !== "POST") return undefined;
        return ((await request.json()) as { id?: string }).id;
      },
      authorize: ({ id }) => {
        asked.push(id);
        return id !== "theirs";
      },
    }),
  );
  expect((await post(`${url}/runs`, { id: "theirs" })).status).toBe(401);
  expect((await fetch(`${url}/runs/theirs`, { method: "DELETE" })).status).toBe(401);
  await (await post(`${url}/runs`, { id: "mine" })).text();
  await (await post(`${url}/runs`)).text();
  expect(asked).toEqual(["theirs", "theirs", "mine", undefined]);
});

test("invalid JSON is 400, and starts no run", async () => {
  const { broker } = brokerOf();
  const url = await listen(runHandler(broker, { start, authorize: false }));
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/runs/r`, { method: "POST", headers, body: "{" });
  expect(response.status).toBe(400);
  expect(await broker.runs.find("r")).toBeUndefined();
});

test("a server that closes aborts responses within a run", async () => {
  const { broker } = brokerOf();
  const url = await listen(runHandler(broker, { start, authorize: false }));
  const feed = new Feed(`${url}/runs/r`, { retry: false });
  onTestFinished(() => feed.close());
  const run = await broker.run("r");
  await run.publish("a");
  const got: string[] = [];
  feed.subscribe("message", ({ data }) => void got.push(data));
  await expect.poll(() => got).toEqual(["a"]);
  void broker.close({ graceMs: 200, mode: "end" });
  expect(await feed.closed).toMatchObject({ reason: "failed", error: { code: "network" } });
});

test("the same over HTTP/2: the stream is reset", async () => {
  const { broker } = brokerOf();
  const session = connect(await listen(runHandler(broker, { start, authorize: false }), 2));
  onTestFinished(() => session.destroy());
  const run = await broker.run("r");
  await run.publish("a");
  const stream = session.request({ ":path": "/runs/r" }).on("error", () => undefined);
  const closed = new Promise((resolve) => {
    stream.once("close", () => resolve(stream.rstCode));
  });
  let text = "";
  stream.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  await expect.poll(() => text).toContain("data: a");
  void broker.close({ graceMs: 200 });
  expect(await closed).toBe(constants.NGHTTP2_INTERNAL_ERROR);
});

test("under an Express mount path the location is the one that its client sees", async () => {
  const { default: express } = await import("express");
  const { broker } = brokerOf();
  const app = express();
  app.use(
    "/api",
    express.json(),
    runHandler(broker, { start, authorize: false, path: "/api/runs" }),
  );
  const url = await listen(app);
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ count: 2 });
  const response = await fetch(`${url}/api/runs/r`, { method: "POST", headers, body });
  expect(response.headers.get("content-location")).toBe("/api/runs/r");
  expect(dataOf(await response.text())).toEqual(all(2));
  expect(dataOf(await (await fetch(`${url}/api/runs/r`)).text())).toEqual(all(2));
});

test("a resuming fetch gets the events that a plain one loses, and fails where the run does", async () => {
  const { broker } = brokerOf();
  const url = await listen(
    runHandler(broker, {
      authorize: false,
      start: async function* (_request, run) {
        yield* words(20, run.signal, 10);
        if (run.id === "bad") throw new ServerError("failed", "No model.");
      },
    }),
  );
  const cutting = setInterval(() => {
    for (const session of broker.sessions()) session.close();
  }, 70);
  onTestFinished(() => clearInterval(cutting));
  const steady = steadyFetch({ resume: byLocation(), retry: { initialDelayMs: 5 } });
  const ask = (id: string) => steady(`${url}/runs/${id}`, { method: "POST", body: "{}" });
  expect(dataOf(await (await ask("good")).text())).toEqual(all(20));
  await expect((await ask("bad")).text()).rejects.toThrow(/424|No model/);
  await expect((await post(`${url}/runs/plain`)).text()).rejects.toThrow("terminated");
});

test.each<[string, object]>([
  ["start", { authorize: false }],
  ["authorize", { start }],
  ["authorize", { start, authorize: true }],
  ["path", { start, authorize: false, path: "runs" }],
  ["path", { start, authorize: false, path: "/runs/" }],
  ["leaseMs", { start, authorize: false, leaseMs: 1 }],
  ["ttlMs", { start, authorize: false, ttl: 1 }],
  ["id", { start, authorize: false, id: "x" }],
  ["maxBytes", { start, authorize: false, maxBytes: 0 }],
])("an invalid option is named: %s", (name, options) => {
  const { broker } = brokerOf();
  expect(() => runHandler(broker, options as RunHandlerOptions)).toThrow(name);
});
