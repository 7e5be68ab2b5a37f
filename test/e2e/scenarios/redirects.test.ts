import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, test } from "vitest";
import { lastOf, statuses } from "../../support/collect.ts";
import { feedOf, quick, transports } from "../../support/feeds.ts";
import { openStream, serve, type TestServer } from "../../support/server.ts";

interface Place extends TestServer {
  /** What arrived at each path. */
  readonly seen: Map<string, { method: string; headers: IncomingHttpHeaders }>;
}

/** A server that sends away from `/` with the status and the Location, and streams everywhere else. */
async function startPlace(status = 302, location?: string): Promise<Place> {
  const seen: Place["seen"] = new Map();
  const server = await serve((request, response) => {
    request.resume();
    seen.set(request.url!, { method: request.method!, headers: request.headers });
    if (request.url !== "/") openStream(response).write("id: 8\ndata: there\n\n");
    else response.writeHead(status, location === undefined ? {} : { Location: location }).end();
  });
  return Object.assign(server, { seen });
}

const mine = {
  headers: { "X-Mine": "1", Cookie: "session=1" },
  token: "secret",
  lastEventId: "7",
};

describe.each(transports)("%s", (_, options) => {
  test.each([301, 302, 303, 307, 308])(
    "%i within an origin is followed, with headers, token and cursor",
    async (status) => {
      const place = await startPlace(status, "/there?a=1");
      const feed = feedOf(place.url, { ...options, ...mine });
      expect((await feed.once("message")).data).toBe("there");
      expect(feed.url).toBe(`${place.url}there?a=1`);
      expect(place.seen.get("/there?a=1")).toMatchObject({
        method: "GET",
        headers: {
          accept: "text/event-stream",
          "x-mine": "1",
          cookie: "session=1",
          authorization: "Bearer secret",
          "last-event-id": "7",
        },
      });
    },
  );

  test.each([301, 302, 303, 307, 308])(
    "%i to another origin is followed without them, and a gap is reported",
    async (status) => {
      const other = await startPlace();
      const place = await startPlace(status, `${other.url}there`);
      const feed = feedOf(place.url, { ...options, ...mine });
      const told = statuses(feed);
      expect((await feed.once("message")).data).toBe("there");
      const { headers } = other.seen.get("/there")!;
      expect(headers.accept).toBe("text/event-stream");
      for (const name of ["x-mine", "cookie", "authorization", "last-event-id"])
        expect(headers).not.toHaveProperty(name);
      expect(lastOf(told, "gap")).toMatchObject({ reason: "redirected", lastEventId: "7" });
    },
  );

  test.each([
    [303, "GET", undefined],
    [302, "GET", undefined],
    [307, "POST", "text/plain"],
    [308, "POST", "text/plain"],
  ])("a POST continues after %i as %s", async (status, method, type) => {
    const place = await startPlace(status, "/there");
    const post = { method: "POST", body: "question", headers: { "Content-Type": "text/plain" } };
    await feedOf(place.url, { ...options, ...post }).once("message");
    const there = place.seen.get("/there")!;
    expect(there.method).toBe(method);
    expect(there.headers["content-type"]).toBe(type);
  });

  test("a loop ends: 21 requests, and the error says so", async () => {
    const place = await startPlace(307, "/");
    const feed = feedOf(place.url, { ...options, retry: quick });
    feed.subscribe("message");
    expect(await feed.closed).toMatchObject({
      reason: "failed",
      error: { code: "redirect", message: expect.stringContaining("20 redirects") },
    });
    expect(place.requests).toBe(21);
  });

  test.each([
    ["without a Location", undefined],
    ["to no URL", "http://["],
    ["to a file", "file:///etc/passwd"],
    ["to a script", "javascript:alert(1)"],
  ])("%s ends the feed, after one request", async (_where, location) => {
    const place = await startPlace(302, location);
    const feed = feedOf(place.url, { ...options, retry: quick });
    feed.subscribe("message");
    expect(await feed.closed).toMatchObject({ reason: "failed", error: { code: "redirect" } });
    expect(place.requests).toBe(1);
  });

  test("redirect: 'error' follows none", async () => {
    const place = await startPlace(302, "/there");
    const feed = feedOf(place.url, { ...options, redirect: "error" });
    feed.subscribe("message");
    expect(await feed.closed).toMatchObject({ reason: "failed", error: { code: "redirect" } });
    expect(place.requests).toBe(1);
  });
});
