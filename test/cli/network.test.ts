// The way from a command to its server.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { Cli, recordsOf, run } from "../support/cli.ts";
import { listen, serve, type TestServer } from "../support/server.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "cli-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** One event that says who asked, and the end. */
const greet = (request: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.end(`data: ${request.headers.host} ${request.headers.authorization ?? "nobody"}\n\n`);
};

const once = ["--once", "--quiet", "--format", "data"];

test("TLS: refused, trusted by --cacert, accepted by --insecure; by HTTP/2 and by HTTP/1.1", async () => {
  const authority = createAuthority();
  const versions: string[] = [];
  const { url, port } = await serve(
    (request, response) => {
      versions.push(request.httpVersion);
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.end("data: secure\n\n");
    },
    { tls: authority.issue(), http2: true },
  );
  expect(url).toContain(`:${port}`);
  const file = join(folder(), "ca.pem");
  writeFileSync(file, authority.cert);
  const refused = await run(["tail", url, "--retries", "0"]);
  expect(refused.stderr).toMatch(/certificate/i);
  expect(refused.code).toBe(1);
  expect((await run(["tail", url, ...once, "--cacert", file])).stdout).toBe("secure\n");
  expect((await run(["tail", url, ...once, "--insecure", "--http1"])).stdout).toBe("secure\n");
  expect(versions).toEqual(["2.0", "1.1"]);
});

test("a Unix socket", async () => {
  const path = join(folder(), "socket");
  const server = createServer(greet);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  const { stdout } = await run(["tail", "http://service/", ...once, "--unix-socket", path]);
  expect(stdout).toBe("service nobody\n");
});

test("a proxy: by option, by the environment, or none", async () => {
  const { url, port } = await serve(greet);
  const asked: string[] = [];
  const proxy = createServer();
  proxy.on("connect", ({ url: to = "" }: IncomingMessage, socket) => {
    asked.push(to);
    const upstream = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(upstream).pipe(socket);
    });
    socket.on("error", () => upstream.destroy());
    upstream.on("error", () => socket.destroy());
  });
  const at = `http://127.0.0.1:${await listen(proxy)}`;
  onTestFinished(() => void proxy.close());
  const there = "http://stream.example/";
  await run(["tail", there, ...once, "--proxy", at]);
  await run(["record", there, "--once", "--quiet", "--proxy", at]);
  await run(["doctor", there, "--quiet", "--watch", "300ms", "--proxy", at]);
  const env = { http_proxy: at, no_proxy: "" };
  await run(["tail", there, ...once], { env });
  expect([...new Set(asked)]).toEqual(["stream.example:80"]);
  const before = asked.length;
  expect(before).toBeGreaterThan(3);
  expect((await run(["tail", url, ...once, "--proxy", "none"], { env })).stdout).toContain(
    "nobody",
  );
  expect(asked.length).toBe(before);
});

test("a token file is read again at each attempt", async () => {
  const file = join(folder(), "token");
  writeFileSync(file, "old\n");
  const tokens: (string | undefined)[] = [];
  const { url } = await serve((request, response) => {
    tokens.push(request.headers.authorization);
    if (request.headers.authorization === "Bearer new") return greet(request, response);
    writeFileSync(file, "new\n");
    response.writeHead(401).end();
  });
  const { stdout } = await run([
    "tail",
    url,
    "--quiet",
    "-f",
    "data",
    "-n",
    "1",
    "--token",
    `@${file}`,
  ]);
  expect(stdout).toContain("Bearer new");
  expect(tokens).toEqual(["Bearer old", "Bearer new"]);
});

test("break in front of a TLS server with a name of its own: redirects stay inside the proxy", async () => {
  const authority = createAuthority();
  const { url } = await serve(
    (request, response) => {
      if (request.url === "/") response.writeHead(302, { Location: `${url}events` }).end();
      else greet(request, response);
    },
    { tls: authority.issue() },
  );
  const proxy = new Cli(["break", url, "--port", "0", "--drop", "--insecure"]);
  const { stdout } = await run(["tail", await proxy.url(), ...once]);
  expect(stdout).toBe(`${new URL(url).host} nobody\n`);
});

test("record reads from a port that browsers block, as tail does", async () => {
  const server = await onBlockedPort();
  const { code, stdout } = await run(["record", server.url, "--once"]);
  expect(code).toBe(0);
  expect(recordsOf(stdout).filter(({ text }) => text)).toHaveLength(1);
});

test("record decodes a body that was compressed unasked", async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Content-Encoding": "gzip" });
    response.end(gzipSync("id: 1\ndata: a\n\n"));
  });
  const { code, stdout } = await run(["record", url, "--once"]);
  expect(code).toBe(0);
  const texts = recordsOf(stdout).map(({ text }) => (text as string | undefined) ?? "");
  expect(texts.join("")).toBe("id: 1\ndata: a\n\n");
});

/** A server on a port of https://fetch.spec.whatwg.org/#port-blocking. */
async function onBlockedPort(): Promise<TestServer> {
  for (const port of [6665, 6666, 6667, 6668, 6669, 6000]) {
    const server = await serve(
      (_, response) => {
        response.writeHead(200, { "Content-Type": "text/event-stream" });
        response.end("id: 1\ndata: a\n\n");
      },
      { port },
    ).catch(() => undefined);
    if (server) return server;
  }
  throw new Error("All blocked ports are in use.");
}
