// Each kind of server gets the diagnosis that its readers need.
import { createServer as createNetServer } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { SseServer, type Play } from "@steadfeed/client/testing/node";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { createSession } from "better-sse";
import compression from "compression";
import express from "express";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { expect, onTestFinished, test } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { recordsOf, run } from "../support/cli.ts";
import { hasNginx, nginxBefore } from "../support/nginx.ts";
import { ownPort } from "../support/port.ts";
import { listen, serve, type Handler } from "../support/server.ts";

interface Diagnosis {
  readonly code: number | null;
  readonly requests: number;
  /** The findings, as `level check: text`, and its fix. */
  readonly findings: readonly string[];
  /** Those that are neither fine nor a mere note. */
  readonly bad: readonly string[];
  readonly about: (check: string) => string;
}

async function diagnose(url: string, ...args: string[]): Promise<Diagnosis> {
  const { code, stdout, stderr } = await run([
    "doctor",
    url,
    "--json",
    "--watch",
    "1200ms",
    ...args,
  ]);
  const records = recordsOf(stdout) as Record<string, string>[];
  const summary = records.find(({ kind }) => kind === "summary");
  if (!summary) throw new Error(`No report: ${stdout}${stderr}`);
  const found = records.filter(({ kind }) => kind === "finding");
  const findings = found.map(({ level, check, says, fix = "" }) =>
    `${level} ${check}: ${says} ${fix}`.trim(),
  );
  return {
    code,
    requests: Number(summary["requests"]),
    findings,
    bad: findings.filter((each) => /^(fault|risk)/.test(each)),
    about: (check) => findings.filter((each) => each.split(" ")[1] === `${check}:`).join("\n"),
  };
}

async function scripted(play: Play): Promise<string> {
  const server = await SseServer.listen(play);
  onTestFinished(() => server.close());
  return server.url;
}

/** Events with the time in them, each with the next id, from where the reader is. */
const ticking =
  (everyMs: number, head: Record<string, string> = {}, pad = ""): Handler =>
  (request, response) => {
    let id = Number(request.headers["last-event-id"] ?? 0);
    response.writeHead(200, { "Content-Type": "text/event-stream", ...head });
    response.flushHeaders();
    const timer = setInterval(() => {
      const data = JSON.stringify({ at: new Date().toISOString(), pad });
      response.write(`id: ${++id}\ndata: ${data}\n\n`);
    }, everyMs);
    response.once("close", () => clearInterval(timer));
  };

test("our server: no findings", async () => {
  const broker = new Broker({ heartbeatMs: 300 });
  onTestFinished(() => broker.close({ graceMs: 0 }));
  const { url } = await serve(nodeHandler(broker, { cors: { origins: "*" } }));
  const timer = setInterval(() => void broker.publish("s", { data: { at: Date.now() } }), 100);
  onTestFinished(() => clearInterval(timer));
  const { code, requests, bad, about } = await diagnose(`${url}?stream=s`);
  expect(bad).toEqual([]);
  expect(about("resume")).toMatch(/^ok resume: after \S+-\d+ came \S+-\d+, as before/);
  expect(about("preflight")).toMatch(/^ok/);
  expect(about("buffering")).toMatch(/^ok/);
  expect(requests).toBe(4);
  expect(code).toBe(0);
});

test("our server while it is silent: the heartbeat is seen, and there are no false findings", async () => {
  const broker = new Broker({ heartbeatMs: 600 });
  onTestFinished(() => broker.close({ graceMs: 0 }));
  const { url } = await serve(nodeHandler(broker));
  const { code, bad, about } = await diagnose(`${url}?stream=s`, "--watch", "3s");
  expect(bad).toEqual([]);
  expect(about("heartbeat")).toMatch(/^ok heartbeat: a comment every/);
  expect(code).toBe(0);
});

test("better-sse without a log: it ignores the cursor", async () => {
  const { url } = await serve((request, response) => {
    void createSession(request, response).then((session) => {
      const timer = setInterval(() => session.push({ at: Date.now() }, "tick"), 100);
      response.once("close", () => clearInterval(timer));
    });
  });
  const { code, about, bad } = await diagnose(url);
  expect(about("resume")).toMatch(/^fault resume: It ignores Last-Event-ID: .* is lost\./);
  expect(bad).toHaveLength(1);
  expect(code).toBe(3);
});

test("Hono without ids: a reader that reconnects loses events", async () => {
  const app = new Hono().get("/", (context) =>
    streamSSE(context, async (stream) => {
      while (!stream.aborted) {
        await stream.writeSSE({ data: "x" });
        await stream.sleep(100);
      }
    }),
  );
  const { url } = await serve(getRequestListener(app.fetch));
  const { code, about } = await diagnose(url);
  expect(about("ids")).toMatch(/^fault ids: Events have no id/);
  expect(about("resume")).toBe("");
  expect(about("compression")).toMatch(/^note compression: Nothing keeps a middleware/);
  expect(code).toBe(3);
});

test("a stream that restarts its counter with each connection", async () => {
  const url = await scripted((script) => {
    for (let id = 1; id < 30; id++) script.events(id).delay(50);
  });
  expect((await diagnose(url)).about("resume")).toMatch(
    /^fault resume: .*starts over: after 2 it sent 1/,
  );
});

test("a server that repeats the event of the cursor", async () => {
  const url = await scripted((script) => {
    const from = Number(script.lastEventId ?? 1);
    for (let id = from; id < from + 30; id++) script.events(id).delay(50);
  });
  expect((await diagnose(url)).about("resume")).toMatch(/^risk resume: .*again: 2/);
});

test("a greeting without an id is no fault, and does not hide that the stream resumes", async () => {
  const url = await scripted((script) => {
    const from = Number(script.lastEventId ?? 0);
    script.send("event: hello\ndata: hi\n\n");
    for (let id = from + 1; id < from + 30; id++) script.delay(50).events(id);
  });
  const { bad, about } = await diagnose(url);
  expect(bad).toEqual([]);
  expect(about("ids")).toBe("note ids: Each event has an id, but those of the type hello.");
  expect(about("resume")).toMatch(/^ok resume: after 2 came 3/);
});

test("a mix of events with and without an id", async () => {
  const url = await scripted((script) => script.events(1, 2).send("data: x\n\n").events(3, 4));
  expect((await diagnose(url)).about("ids")).toMatch(/^risk ids: 1 of 5 events have no id/);
});

test("express and compression: not flushed, and the report says which of the two buffers", async () => {
  const app = express().use(compression()).get("/", ticking(100));
  const { url } = await serve(app);
  const { code, about, requests } = await diagnose(url);
  expect(about("compression")).toMatch(
    /^fault compression: Compressed \((gzip|br)\) not one event came/,
  );
  expect(about("compression")).toContain("res.flush()");
  expect(requests).toBeLessThanOrEqual(5);
  expect(code).toBe(3);
});

test("express and compression with no-transform: no findings", async () => {
  const head = { "Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no" };
  const app = express().use(compression()).get("/", ticking(100, head));
  const { url } = await serve(app);
  expect((await diagnose(url)).bad).toEqual([]);
});

test("an answer that is buffered and sent when it is complete", async () => {
  const url = await scripted((script) =>
    script
      .delay(1200)
      .answer()
      .send(Array.from({ length: 5 }, (_, index) => `id: ${index}\ndata: x\n\n`).join(""))
      .end(),
  );
  expect((await diagnose(url, "--watch", "3s")).about("buffering")).toMatch(
    /^fault buffering: All 5 events came at once/,
  );
});

test("one late moment of this process hides no burst, and makes none", async () => {
  // Module loading, a garbage collection, another process: at first nothing is read for 900 ms.
  const stall = "setTimeout(()=>{const end=Date.now()+900;while(Date.now()<end);},100)";
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(stall)}` };
  const bursts = await serve((_, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
    let held = "";
    let id = 0;
    const timer = setInterval(() => {
      held += `id: ${++id}\ndata: ${new Date().toISOString()}\n\n`;
      if (id % 25 === 0) response.write(held);
      if (id % 25 === 0) held = "";
    }, 20);
    response.once("close", () => clearInterval(timer));
  });
  const found = await run(["doctor", bursts.url, "--watch", "5s", "--json"], { env });
  expect(found.stdout).toMatch(/"check":"buffering","level":"fault"/);
  const steady = await serve(
    ticking(20, { "X-Accel-Buffering": "no", "Cache-Control": "no-store" }),
  );
  const none = await run(["doctor", steady.url, "--watch", "5s", "--json"], { env });
  expect(none.stdout).not.toMatch(/"check":"buffering","level":"fault"/);
});

test.skipIf(!hasNginx)("nginx with buffering: events arrive in bursts", async () => {
  const { url } = await serve(ticking(20, {}, "x".repeat(200)));
  const proxy = await nginxBefore(url, "proxy_buffering on;", "1.0");
  const { code, about } = await diagnose(proxy.url, "--watch", "6s");
  expect(about("buffering")).toMatch(/^fault buffering: .*through nginx/);
  expect(about("buffering")).toContain("proxy_buffering off");
  expect(code).toBe(3);
});

test.skipIf(!hasNginx)("nginx with buffering before a slow server: nothing arrives", async () => {
  const { url } = await serve(ticking(300));
  const proxy = await nginxBefore(url, "proxy_buffering on;", "1.0");
  const { code, about } = await diagnose(proxy.url);
  expect(about("buffering")).toMatch(/^fault buffering: .*not (one byte|even a head)/);
  expect(about("buffering")).toContain("proxy_buffering off");
  expect(code).toBe(3);
});

test.skipIf(!hasNginx)("nginx without buffering: no findings", async () => {
  const { url } = await serve(
    ticking(50, { "X-Accel-Buffering": "no", "Cache-Control": "no-store" }),
  );
  const proxy = await nginxBefore(url);
  const { code, bad } = await diagnose(proxy.url);
  expect(bad).toEqual([]);
  expect(code).toBe(0);
});

test("a fast stream is not reported as buffered, however it is chunked", async () => {
  const { url } = await serve((request, response) => {
    response.writeHead(200, {
      "Content-Type": "text/event-stream",
      "Cache-Control": "no-store, no-transform",
      "X-Accel-Buffering": "no",
    });
    let id = Number(request.headers["last-event-id"] ?? 0);
    let left = "";
    const timer = setInterval(() => {
      if (left.length < 40) left += `id: ${++id}\ndata: ${new Date().toISOString()}\n\n`;
      response.write(left.slice(0, 40));
      left = left.slice(40);
    }, 5);
    response.once("close", () => clearInterval(timer));
  });
  expect((await diagnose(url)).bad).toEqual([]);
});

test("a redirect is named, and its target is examined", async () => {
  const url = await scripted((script) => {
    if (script.url === "/") script.redirect("/login", 302);
    else
      script
        .answer({ headers: { "Content-Type": "text/html" } })
        .send("Log in")
        .end();
  });
  const { about } = await diagnose(url);
  expect(about("head")).toBe(
    [
      `note head: It redirects to ${url}login.`,
      "fault head: The content type is text/html: Log in A page answers: a fallback route, a login, or a proxy's error page. Check the path and the order of the routes.",
    ].join("\n"),
  );
});

test("headers and a token do not follow a redirect to another server", async () => {
  const theirs: Headers[] = [];
  const other = await scripted((script) => {
    theirs.push(script.headers);
    script.events(1, 2, 3, 4, 5);
  });
  const url = await scripted((script) => script.redirect(other));
  await diagnose(url, "--token", "secret", "--header", "X-Key: secret");
  expect(theirs.length).toBeGreaterThan(1);
  expect(theirs.flatMap((headers) => [...headers.values()])).not.toContain("secret");
  expect(theirs.some((headers) => headers.has("authorization") || headers.has("x-key"))).toBe(
    false,
  );
});

test("a single response without ids is reported as a risk", async () => {
  const url = await scripted((script) => script.send("data: a\n\ndata: [DONE]\n\n").end());
  const { about, code } = await diagnose(url);
  expect(about("ids")).toMatch(/^risk ids/);
  expect(about("end")).toContain("after [DONE]");
  expect(code).toBe(0);
});

test("retry: 0 makes browsers hammer the server", async () => {
  const url = await scripted((script) => script.send("retry: 0\n\n").events(1, 2, 3, 4, 5));
  expect((await diagnose(url)).about("retry")).toMatch(/^fault retry: retry: 0/);
});

test("Content-Encoding: none is not an encoding", async () => {
  const { url } = await serve(ticking(100, { "Content-Encoding": "none" }));
  expect((await diagnose(url)).about("compression")).toMatch(
    /^risk compression: Content-Encoding: none/,
  );
});

test("a response without a length: a cut looks like an end", async () => {
  const server = createNetServer((socket) => {
    socket.on("error", () => undefined);
    socket.write("HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 1\ndata: x\n\n");
  });
  const port = await listen(server);
  onTestFinished(() => void server.close());
  expect((await diagnose(`http://127.0.0.1:${port}/`)).about("end")).toMatch(
    /^risk end: A cut looks like an end/,
  );
});

test("a stream that is cut, one that ends in order, and one that ends within an event", async () => {
  const cut = await scripted((script) => script.events(1, 2).delay(300).truncate());
  expect((await diagnose(cut)).about("end")).toMatch(/^fault end: It was cut off after/);
  const ended = await scripted((script) => script.events(1, 2).delay(300).end());
  expect((await diagnose(ended)).about("end")).toMatch(/^note end: It ended in order/);
  const within = await scripted((script) => script.send("data: 1\n\ndata: 2\n").end());
  expect((await diagnose(within)).about("end")).toMatch(/^fault end: .*within an event/);
});

test.each([
  [
    "text that is not an event stream",
    "hello\nworld\n\n",
    /^fault format: A line is not a field.*"hello"/,
  ],
  ["JSON lines", '{"a":1}\n{"a":2}\n', /^fault format: A line is not a field/],
  ["events without an empty line", "data: 1\ndata: 2\n", /^fault format: .*no empty line/],
])("%s", async (_, text, says) => {
  const url = await scripted((script) => script.send(text));
  expect((await diagnose(url)).about("format")).toMatch(says);
});

test.each([
  [{ status: 404 }, /^fault head: The answer is 404.*mount point/],
  [{ status: 401 }, /^fault head: The answer is 401.*--token/],
  [{ headers: { "Content-Type": "text/html" } }, /^fault head: .*text\/html.*fallback/],
  [
    { headers: { "Content-Type": "application/json" } },
    /^fault head: .*application\/json.*Set Content-Type/,
  ],
])("a response that is not a stream: %j", async (head, says) => {
  const url = await scripted((script) => script.answer(head).send("<h1>No</h1>").end());
  const { code, about, requests } = await diagnose(url);
  expect(about("head")).toMatch(says);
  expect(requests).toBe(1);
  expect(code).toBe(3);
});

test("CORS: * cannot be combined with credentials", async () => {
  const head = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true" };
  const { url } = await serve(ticking(100, head));
  expect((await diagnose(url)).about("cors")).toMatch(
    /^fault cors: .*cannot be combined with credentials/,
  );
});

test("CORS without a preflight: a fetch-based reader can never resume", async () => {
  const head = { "Access-Control-Allow-Origin": "*" };
  const stream = ticking(100, head);
  const { url } = await serve((request, response) => {
    if (request.method === "GET") stream(request, response);
    else response.writeHead(405).end();
  });
  expect((await diagnose(url)).about("preflight")).toMatch(/^fault preflight: .*answered 405/);
});

test("--origin: a page that must be able to read the stream, and may not", async () => {
  const { url } = await serve(ticking(100));
  const { code, about } = await diagnose(url, "--origin", "https://app.example");
  expect(about("cors")).toMatch(/^fault cors: Pages of https:\/\/app\.example may not read it/);
  expect(code).toBe(3);
});

test("TLS: HTTP/2 is detected, and a certificate that browsers refuse is reported", async () => {
  const authority = createAuthority();
  const head = { "Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no" };
  const { url } = await serve(ticking(50, head), { tls: authority.issue(), http2: true });
  const refused = await diagnose(url);
  expect(refused.about("tls")).toMatch(/^fault tls: No connection/);
  expect(refused.code).toBe(1);
  const trusted = await diagnose(url, "--insecure");
  expect(trusted.about("http")).toBe("ok http: HTTP/2");
  expect(trusted.about("resume")).toMatch(/^ok/);
});

test("an unreachable server ends with exit code 1", async () => {
  const { code, about } = await diagnose(`http://127.0.0.1:${await ownPort()}/`);
  expect(about("connection")).toMatch(/^fault connection: No connection: .*ECONNREFUSED/);
  expect(code).toBe(1);
});

test("a POST request is sent once", async () => {
  const methods: string[] = [];
  const url = await scripted((script) => {
    methods.push(script.method);
    script.events(1, 2, 3, 4, 5);
  });
  expect((await diagnose(url, "--post", "{}")).requests).toBe(1);
  expect(methods).toEqual(["POST"]);
});

test("the text report has a line for each finding, and says how many requests it made", async () => {
  const url = await scripted((script) => script.events(1, 2, 3, 4, 5));
  const { stdout, stderr } = await run(["doctor", url, "--watch", "500ms"]);
  expect(stderr).toContain("at most 5 requests");
  expect(stdout).toMatch(/^OK {4}head {8}200, text\/event-stream/m);
  expect(stdout).toMatch(/^3 requests in .* 1 fault, 0 risks\.$/m);
});
