import { setTimeout as sleep } from "node:timers/promises";
import type { StatusKind } from "@steadfeed/client";
import { describe, expect, test } from "vitest";
import { dataOf, lastOf, statuses, until } from "../../support/collect.ts";
import { feedOf, quick, transports } from "../../support/feeds.ts";
import { openStream, serve, type Handler } from "../../support/server.ts";

/** Several events in one piece, and the end. */
const three: Handler = (_, response) => {
  openStream(response).end("data: 1\n\ndata: 2\n\ndata: 3\n\n");
};

describe.each(transports)("%s", (_, options) => {
  test("an already aborted signal: no request, and a reason", async () => {
    const server = await serve(three);
    const why = new Error("too late");
    const feed = feedOf(server.url, { ...options, signal: AbortSignal.abort(why) });
    const { done } = await feed.subscribe("message").next();
    expect(done).toBe(true);
    expect(await feed.closed).toEqual({ reason: "aborted", error: why, lastEventId: "" });
    await expect(feed.open()).rejects.toMatchObject({ code: "closed" });
    await sleep(20);
    expect(server.connections).toBe(0);
  });

  test.each(["connecting", "open", "waiting"] as const)(
    "a signal that aborts while it is %s closes the socket",
    async (state) => {
      const server = await serve((_request, response) => {
        if (state === "open") openStream(response).write("data: 1\n\n");
        if (state === "waiting") openStream(response).end();
      });
      const controller = new AbortController();
      const { signal } = controller;
      const feed = feedOf(server.url, { ...options, signal, retry: { initialDelayMs: 60_000 } });
      feed.subscribe("message");
      await until(() => expect(server.requests).toBe(1));
      await until(() => expect(feed.state).toBe(state));
      controller.abort();
      expect((await feed.closed).reason).toBe("aborted");
      await until(() => expect(server.answering).toBe(0));
      expect(server.requests).toBe(1);
    },
  );

  test("close() in a callback: nothing more is delivered, even from the same chunk, and no new request is made", async () => {
    const server = await serve(three);
    const feed = feedOf(server.url, { ...options, retry: quick });
    const got: string[] = [];
    feed.subscribe("message", ({ data }) => {
      got.push(data);
      feed.close();
    });
    const later = dataOf(feed);
    await feed.closed;
    await sleep(100);
    expect(got).toEqual(["1"]);
    expect(later).toEqual([]);
    expect(server.requests).toBe(1);
  });

  test.each<StatusKind>(["connecting", "open", "waiting"])(
    "close() in a listener to %s is final",
    async (kind) => {
      const server = await serve(three);
      const feed = feedOf(server.url, { ...options, retry: quick });
      feed.on(kind, () => feed.close());
      const data = dataOf(feed);
      await feed.closed;
      await sleep(100);
      expect(feed.state).toBe("closed");
      expect(server.requests).toBe(kind === "connecting" ? 0 : 1);
      expect(data).toEqual(kind === "waiting" ? ["1", "2", "3"] : []);
      await until(() => expect(server.answering).toBe(0));
    },
  );

  test("callbacks and listeners that throw or reject are reported, and no event is lost", async () => {
    const server = await serve(three);
    const feed = feedOf(server.url, { ...options, retry: { initialDelayMs: 60_000 } });
    const told = statuses(feed);
    feed.on("open", () => {
      throw new Error("listener");
    });
    feed.subscribe("message", () => {
      throw new Error("thrown");
    });
    feed.subscribe("message", async () => {
      throw new Error("rejected");
    });
    const data = dataOf(feed);
    await until(() => expect(feed.state).toBe("waiting"));
    expect(data).toEqual(["1", "2", "3"]);
    await until(() => expect(told.filter(({ kind }) => kind === "error")).toHaveLength(7));
    expect(lastOf(told, "error").error).toMatchObject({ code: "callback" });
    const causes = told.flatMap((status) =>
      status.kind === "error" ? [(status.error.cause as Error).message] : [],
    );
    const times = (what: string): number => causes.filter((cause) => cause === what).length;
    expect(["listener", "thrown", "rejected"].map(times)).toEqual([1, 3, 3]);
  });
});
