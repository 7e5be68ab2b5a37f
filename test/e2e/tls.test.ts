import type { ServerOptions } from "node:https";
import type { TLSSocket } from "node:tls";
import { Feed, type CloseInfo, type NodeOptions } from "@steadfeed/client";
import { expect, onTestFinished, test } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { openStream, serve, type Handler, type TestServer } from "../support/server.ts";

const authority = createAuthority();
const good = authority.issue();
const trusted = { ca: authority.cert };

const hello: Handler = (_, response) => void openStream(response).write("data: hello\n\n");

const secure = (tls: ServerOptions, handler = hello): Promise<TestServer> =>
  serve(handler, { tls });

function feedOf({ port }: TestServer, tls: NonNullable<NodeOptions["tls"]>): Feed {
  const feed = new Feed(`https://localhost:${port}/`, {
    node: { tls },
    retry: { initialDelayMs: 10, jitter: "none" },
  });
  onTestFinished(() => feed.close());
  return feed;
}

/** Waits for the end of a feed that cannot be trusted, and for the storm that must not follow. */
async function endOf(feed: Feed, server: TestServer): Promise<CloseInfo> {
  feed.subscribe("message");
  const end = await feed.closed;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(server.connections, "one attempt, no storm").toBe(1);
  expect(feed.stats).toMatchObject({ attempts: 1, events: 0 });
  return end;
}

test("a certificate of your own authority is trusted", async () => {
  const feed = feedOf(await secure(good), trusted);
  expect(await feed.once("message")).toMatchObject({ data: "hello" });
});

test.each([
  [true, "2.0"],
  [false, "1.1"],
])("http2: %j speaks HTTP/%s with a server that supports both", async (http2, version) => {
  const server = await serve(
    (request, response) => openStream(response).write(`data: ${request.httpVersion}\n\n`),
    { tls: good, http2: true },
  );
  await using feed = new Feed(`https://localhost:${server.port}/`, {
    node: { tls: trusted, http2 },
  });
  expect(await feed.once("message")).toMatchObject({ data: version });
});

test("an unknown certificate is not trusted by default", async () => {
  const server = await secure(good);
  const end = await endOf(feedOf(server, {}), server);
  expect(end.reason).toBe("failed");
  expect(end.error).toMatchObject({ code: "tls" });
  expect((end.error as Error).message).toMatch(/TLS with .* failed: unable to verify/);
});

test("another authority of the same name is not trusted", async () => {
  const server = await secure(good);
  const end = await endOf(feedOf(server, { ca: createAuthority().cert }), server);
  expect(end).toMatchObject({ reason: "failed", error: { code: "tls" } });
  expect((end.error as Error).message).toMatch(/signature/);
});

test("an expired certificate is reported as expired", async () => {
  const server = await secure(authority.issue({ expired: true }));
  const end = await endOf(feedOf(server, trusted), server);
  expect(end).toMatchObject({ reason: "failed", error: { code: "tls" } });
  expect((end.error as Error).message).toMatch(/expired/);
});

test("a certificate for another name is reported with that name", async () => {
  const server = await secure(authority.issue({ names: ["other.example"] }));
  const end = await endOf(feedOf(server, trusted), server);
  expect(end).toMatchObject({ reason: "failed", error: { code: "tls" } });
  expect((end.error as Error).message).toMatch(/localhost.*other\.example/);
});

test("servername: the name that the certificate is checked for", async () => {
  const server = await secure(authority.issue({ names: ["other.example"] }));
  const feed = feedOf(server, { ...trusted, servername: "other.example" });
  expect(await feed.once("message")).toMatchObject({ data: "hello" });
});

test("rejectUnauthorized: false trusts any certificate, for one feed and no other", async () => {
  const server = await secure(authority.issue({ expired: true }));
  const careless = feedOf(server, { rejectUnauthorized: false });
  expect(await careless.once("message")).toMatchObject({ data: "hello" });
  const careful = feedOf(server, trusted);
  careful.subscribe("message");
  expect(await careful.closed).toMatchObject({ error: { code: "tls" } });
});

test("a client certificate is sent to a server that requires one", async () => {
  const server = await secure(
    { ...good, ca: authority.cert, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      openStream(response).write(`data: ${String(subject.CN)}\n\n`);
    },
  );
  const own = authority.issue({ names: ["client 7"] });
  const feed = feedOf(server, { ...trusted, ...own });
  expect(await feed.once("message")).toMatchObject({ data: "client 7" });
});

test("without the required client certificate the feed fails, with the reason", async () => {
  const server = await secure({
    ...good,
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
  });
  const end = await endOf(feedOf(server, trusted), server);
  expect(end).toMatchObject({ reason: "failed", error: { code: "tls" } });
  expect((end.error as Error).message).toMatch(/certificate required/i);
});

test.each([
  ["that is none", { cert: "none", key: "none" }],
  ["with another certificate's key", { cert: good.cert, key: authority.key }],
])("a client certificate %s fails the feed, since retrying cannot help", async (_, own) => {
  const feed = feedOf(await secure(good), { ...trusted, ...own });
  feed.subscribe("message");
  expect(await feed.closed).toMatchObject({ reason: "failed", error: { code: "tls" } });
});

test("HTTPS to a server that speaks HTTP fails permanently, with the reason", async () => {
  const server = await serve(hello);
  const end = await endOf(feedOf(server, trusted), server);
  expect(end).toMatchObject({ reason: "failed", error: { code: "tls" } });
});
