import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FaultProxy, SseServer } from "@steadfeed/client/testing/node";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { expect, onTestFinished, test } from "vitest";
import { Cli, recordsOf, run } from "../support/cli.ts";
import { serve } from "../support/server.ts";

async function play(...args: Parameters<typeof SseServer.listen>): Promise<SseServer> {
  const server = await SseServer.listen(...args);
  onTestFinished(() => server.close());
  return server;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "cli-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test("prints each event as a line, resumes after a cut, and says why it waited", async () => {
  const server = await play((script, number) => {
    if (number === 1) script.send("retry: 250\nid: 1\nevent: tick\ndata: a\n\n").truncate();
    else if (number === 2) script.send("id: 2\ndata: b\ndata: c\n\n").end();
    else script.answer({ status: 204 });
  });
  const { code, stdout, stderr } = await run(["tail", server.url]);
  expect(stdout).toBe("1\ttick\ta\n2\tmessage\tb\n\t\tc\n");
  expect(server.requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, "1", "2"]);
  expect(stderr).toContain("waiting");
  expect(stderr).toContain("The server closed the connection");
  expect(stderr).toContain("closed (stopped)");
  expect(stderr).toContain("2 events");
  expect(code).toBe(0);
});

test("--json prints one object a line, for events and for status changes", async () => {
  const server = await play((script) => script.send("id: 1\ndata: ä\n\n").end());
  const { code, stdout, stderr } = await run(["tail", server.url, "--json", "--once"]);
  const records = recordsOf(stdout);
  expect(records.map(({ kind }) => kind)).toEqual([
    "connecting",
    "open",
    "event",
    "closed",
    "summary",
  ]);
  expect(records[2]).toMatchObject({ type: "message", id: "1", data: "ä" });
  expect(stderr).toBe("");
  expect(code).toBe(0);
});

test.each([
  ["data", "ä\n"],
  ["sse", "id: 1\nevent: x\ndata: ä\n\n"],
])("--format %s", async (format, expected) => {
  const server = await play((script) => script.send("id:1\nevent:x\ndata:ä\n\n").end());
  const { stdout } = await run(["tail", server.url, "--once", "--format", format]);
  expect(stdout).toBe(expected);
});

test("a server cannot control the terminal", async () => {
  const server = await play((script) => script.send("data: \u001b[2J\u009bx\n\n").end());
  const { stdout } = await run(["tail", server.url, "--once"]);
  expect(stdout).toBe("\tmessage\t\\x1b[2J\\x9bx\n");
});

test("--type, --count and --until choose the events to print and the end", async () => {
  const text = "event: a\ndata: 1\n\nevent: b\ndata: 2\n\nevent: a\ndata: 3\n\ndata: [DONE]\n\n";
  const server = await play((script) => script.send(text));
  const data = async (...args: string[]): Promise<string> =>
    (await run(["tail", server.url, "--format", "data", ...args])).stdout;
  expect(await data("--type", "a", "--until", "[DONE]")).toBe("1\n3\n");
  expect(await data("--until", "type=b")).toBe("1\n");
  expect(await data("--count", "2")).toBe("1\n2\n");
});

test("--cursor continues where the last call stopped, also after Ctrl-C", async () => {
  const broker = new Broker();
  onTestFinished(() => broker.close({ graceMs: 0 }));
  const { url } = await serve(nodeHandler(broker));
  const file = join(folder(), "cursor");
  const args = ["tail", `${url}?stream=s`, "--format", "data", "--cursor", file];
  const first = new Cli(args);
  await expect.poll(() => first.stderr).toContain("open");
  await broker.publish("s", "1");
  const { id } = await broker.publish("s", "2");
  await expect.poll(() => first.stdout).toBe("1\n2\n");
  expect((await first.end("SIGINT")).code).toBe(130);
  expect(readFileSync(file, "utf8")).toBe(`${id}\n`);
  await broker.publish("s", "3");
  await broker.publish("s", "4");
  expect(await run([...args, "--count", "1"])).toMatchObject({ code: 0, stdout: "3\n" });
  expect(await run([...args, "--count", "1"])).toMatchObject({ code: 0, stdout: "4\n" });
});

test("loses nothing when it is killed repeatedly while its connection breaks", async () => {
  const broker = new Broker();
  onTestFinished(() => broker.close({ graceMs: 0 }));
  const { url } = await serve(nodeHandler(broker));
  const proxy = await FaultProxy.listen(url);
  onTestFinished(() => proxy.close());
  const file = join(folder(), "cursor");
  const args = ["tail", `${proxy.url}?stream=s`, "--format", "data", "--cursor", file];
  const seen = new Set<string>();
  let published = 0;
  const publishing = setInterval(() => void broker.publish("s", String(++published)), 5);
  onTestFinished(() => clearInterval(publishing));
  for (let round = 0; round < 4; round++) {
    const cli = new Cli(args);
    await expect.poll(() => cli.stdout.split("\n").length).toBeGreaterThan(20);
    for (const link of proxy.links) link.truncate("mid-event");
    const before = cli.stdout.length;
    await expect.poll(() => cli.stdout.length).toBeGreaterThan(before);
    const { stdout } = await cli.end(round % 2 === 0 ? "SIGKILL" : "SIGTERM");
    for (const line of stdout.split("\n").slice(0, -1)) seen.add(line);
  }
  const numbers = [...seen].map(Number);
  const [first = 0, last = 0] = [numbers[0], numbers.at(-1)];
  expect(numbers).toEqual(Array.from({ length: last - first + 1 }, (_, index) => first + index));
});

test("--post sends a body once, with its type, a header and a token", async () => {
  const bodies: string[] = [];
  const server = await play((script) => {
    void script.text().then((text) => {
      bodies.push(text);
      script.send("data: ok\n\n").truncate();
    });
  });
  const args = ["tail", server.url, "--post", '{"a":1}', "-H", "X-One: 1", "-H", "X-Two: 2"];
  const { code, stdout } = await run(args, { env: { STEADFEED_TOKEN: "secret" } });
  expect(stdout).toBe("\tmessage\tok\n");
  expect(bodies).toEqual(['{"a":1}']);
  const { headers, method } = server.last;
  expect(method).toBe("POST");
  expect(headers.get("content-type")).toBe("application/json");
  expect([headers.get("x-one"), headers.get("x-two")]).toEqual(["1", "2"]);
  expect(headers.get("authorization")).toBe("Bearer secret");
  expect(code).toBe(1);
});

test("a fatal error ends with exit code 1 and the server's words", async () => {
  const server = await play((script) => script.answer({ status: 403 }).send("no entry").end());
  const { code, stdout, stderr } = await run(["tail", server.url]);
  expect(stderr).toContain("answered 403 (forbidden): no entry");
  expect(stdout).toBe("");
  expect(code).toBe(1);
});

test("--strict ends with exit code 3 when events are gone", async () => {
  const server = await play((script) =>
    script.send('event: steadfeed.gap\ndata: {"reason":"trimmed","from":"1"}\n\ndata: x\n\n'),
  );
  const { code, stderr } = await run(["tail", server.url, "--count", "1", "--strict"]);
  expect(stderr).toContain("gap (trimmed)");
  expect(code).toBe(3);
});

test("ends silently when the program that reads its output exits", async () => {
  const server = await play((script) => {
    for (let n = 0; n < 1000; n++) script.send(`data: ${n}\n\n`).delay(1);
  });
  const cli = new Cli(["tail", server.url, "--quiet"]);
  await expect.poll(() => cli.stdout).toContain("0");
  cli.child.stdout.destroy();
  expect(await cli.end()).toMatchObject({ code: 0, stderr: "" });
});
