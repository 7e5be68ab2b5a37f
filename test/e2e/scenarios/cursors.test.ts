import { describe, expect, test } from "vitest";
import { lastOf, statuses, until } from "../../support/collect.ts";
import { feedOf, quick, transports } from "../../support/feeds.ts";
import { openStream, serve } from "../../support/server.ts";

/** A server that says an id once, then notes with which one it is asked. Node reads header bytes as Latin-1. */
async function startServer(id: string): Promise<{ url: string; cursors: (string | undefined)[] }> {
  const cursors: (string | undefined)[] = [];
  const { url } = await serve(({ headers }, response) => {
    const bytes = headers["last-event-id"];
    cursors.push(typeof bytes === "string" ? Buffer.from(bytes, "latin1").toString() : undefined);
    openStream(response);
    if (cursors.length === 1) response.end(`id: ${id}\ndata: 1\n\n`);
    else response.write("data: 2\n\n");
  });
  return { url, cursors };
}

describe.each(transports)("%s", (_, options) => {
  test.each(["ünïcödé", "豆腐", "🌍👩‍👩‍👧", "a b\tc", "%E2%9C%93", '"{}', "é".repeat(2000)])(
    "the id %s is sent back unchanged",
    async (id) => {
      const { url, cursors } = await startServer(id);
      const feed = feedOf(url, { ...options, retry: quick });
      feed.subscribe("message");
      await until(() => expect(cursors).toEqual([undefined, id]));
    },
  );

  test.each([
    ["a control character", "a\u0001b"],
    ["DEL", "a\u007Fb"],
    ["a space at its end", "a "],
    ["20 000 bytes", "x".repeat(20_000)],
  ])(
    "an id with %s cannot break the next request: it is kept, not sent, and reported",
    async (_what, id) => {
      const { url, cursors } = await startServer(id);
      const feed = feedOf(url, { ...options, retry: quick });
      const told = statuses(feed);
      feed.subscribe("message");
      await until(() => expect(cursors).toEqual([undefined, undefined]));
      await until(() => expect(feed.stats.events).toBe(2));
      expect(lastOf(told, "gap")).toMatchObject({ reason: "unsendable-id", lastEventId: id });
      expect(feed.lastEventId).toBe(id);
    },
  );

  test("an empty id resets the cursor", async () => {
    const { url, cursors } = await startServer("7\n\nid");
    const feed = feedOf(url, { ...options, retry: quick });
    feed.subscribe("message");
    await until(() => expect(cursors).toEqual([undefined, undefined]));
  });
});
