import { connect, createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { dataOf, lastOf, statuses, until } from "../../support/collect.ts";
import { feedOf, quick, transports } from "../../support/feeds.ts";
import { listen, openStream, serve } from "../../support/server.ts";

/** A way to a server on which everything can be lost without a word: no FIN, no reset, as when a cable is pulled. */
async function startWay(port: number): Promise<{ url: string; pullCable(): void }> {
  const pairs = new Set<[Socket, Socket]>();
  const way = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    near.pipe(far);
    far.pipe(near);
    for (const socket of pair) socket.on("error", () => undefined);
  });
  const at = await listen(way);
  onTestFinished(() => {
    for (const socket of [...pairs].flat()) socket.destroy();
    way.close();
  });
  return {
    url: `http://127.0.0.1:${at}/`,
    pullCable() {
      for (const [near, far] of pairs) {
        near.unpipe(far).pause();
        far.unpipe(near).destroy();
      }
    },
  };
}

describe.each(transports)("%s", (_, options) => {
  test("a peer that vanished silently is noticed after idleMs, and nothing is lost", async () => {
    let count = 0;
    const server = await serve((request, response) => {
      let sent = Number(request.headers["last-event-id"] ?? 0);
      openStream(response);
      const timer = setInterval(() => {
        while (sent < count) response.write(`id: ${++sent}\ndata: ${sent}\n\n`);
      }, 5);
      response.on("close", () => clearInterval(timer));
    });
    const way = await startWay(server.port);
    const feed = feedOf(way.url, { ...options, retry: quick, timeouts: { idleMs: 400 } });
    const told = statuses(feed);
    const data = dataOf(feed);
    count = 1;
    await until(() => expect(data).toEqual(["1"]));
    way.pullCable();
    count = 3;
    expect(feed.state).toBe("open");
    await until(() => expect(data).toEqual(["1", "2", "3"]));
    expect(told.find(({ kind }) => kind === "waiting")).toMatchObject({
      error: { code: "timeout", message: expect.stringContaining("400 ms") },
    });
  });

  test("an occasional comment is enough: idleMs counts any byte", async () => {
    const server = await serve((_request, response) => {
      openStream(response);
      const timer = setInterval(() => response.write(":\n"), 50);
      response.on("close", () => clearInterval(timer));
      setTimeout(() => response.write("data: late\n\n"), 2500);
    });
    const feed = feedOf(server.url, { ...options, timeouts: { idleMs: 1500 } });
    expect((await feed.once("message")).data).toBe("late");
    expect(server.requests).toBe(1);
  });

  test("a peer that vanished before its answer is given up after headersMs", async () => {
    const server = await serve((_request, response) => {
      if (server.requests > 1) openStream(response).write("data: 1\n\n");
    });
    const feed = feedOf(server.url, { ...options, retry: quick, timeouts: { headersMs: 200 } });
    const told = statuses(feed);
    expect((await feed.once("message")).data).toBe("1");
    expect(lastOf(told, "waiting").error).toMatchObject({ code: "timeout" });
  });
});
