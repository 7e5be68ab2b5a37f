import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { kindsOf, lastOf, statuses, until } from "../../support/collect.ts";
import { feedOf, transports } from "../../support/feeds.ts";
import { openStream, serve, type Handler } from "../../support/server.ts";

const retry0 = "retry: 0\n\n";

/** Servers that would be asked thousands of times by a client that follows their retry. */
const flaps: [string, Handler][] = [
  ["ends at once", (_, response) => openStream(response).end()],
  ["ends at once, and sends retry: 0", (_, response) => openStream(response).end(retry0)],
  [
    "ends after one event, and sends retry: 0",
    (_, response) => openStream(response).end(`${retry0}id: 1\ndata: 1\n\n`),
  ],
  [
    "breaks after one event, and sends retry: 0",
    (_, response) => {
      openStream(response).write(`${retry0}data: 1\n\n`);
      setTimeout(() => response.socket?.resetAndDestroy(), 5);
    },
  ],
  ["answers 503 without Retry-After", (_, response) => response.writeHead(503).end()],
  ["says Retry-After: 0", (_, response) => response.writeHead(503, { "Retry-After": "0" }).end()],
];

describe.concurrent.each(transports)(
  "%s: a few requests in 2.5 seconds to a server that",
  (_, options) => {
    test.for(flaps)("%s", async ([, handler], { onTestFinished }) => {
      const server = await serve(handler, { atEnd: onTestFinished });
      const feed = feedOf(server.url, options, onTestFinished);
      const told = statuses(feed);
      feed.subscribe("message");
      await sleep(2500);
      // 250 ms, 500 ms, 1 s and 2 s at the least.
      expect(server.requests).toBeLessThanOrEqual(4);
      expect(server.requests).toBeGreaterThan(1);
      expect(kindsOf(told)).toContain("waiting");
    });
  },
);

describe.each(transports)("%s", (_, options) => {
  test.each([
    [undefined, "99999999999999999999", 300_000],
    [undefined, "2147483648", 300_000],
    ["spec", "99999999999999999999", 2_147_483_647],
  ] as const)("with retry %s, `retry: %s` waits %i ms, not zero", async (mode, ms, least) => {
    const server = await serve((_request, response) =>
      openStream(response).end(`retry: ${ms}\n\n`),
    );
    const feed = feedOf(server.url, { ...options, retry: mode });
    const told = statuses(feed);
    feed.subscribe("message");
    await until(() => expect(feed.state).toBe("waiting"));
    await sleep(50);
    expect(server.requests).toBe(1);
    expect(lastOf(told, "waiting").delayMs).toBeGreaterThanOrEqual(least);
    expect(lastOf(told, "waiting").delayMs).toBeLessThanOrEqual(Math.min(least * 1.5, 2 ** 31 - 1));
  });
});
