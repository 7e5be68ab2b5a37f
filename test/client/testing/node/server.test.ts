import { Feed } from "@steadfeed/client";
import { SseServer } from "@steadfeed/client/testing/node";
import { expect, onTestFinished, test } from "vitest";
import { ownPort } from "../../../support/port.ts";

async function listening(...args: Parameters<typeof SseServer.listen>): Promise<SseServer> {
  const server = await SseServer.listen(...args);
  onTestFinished(() => server.close());
  return server;
}

test("a feed that is broken off in every way gets every event once", async () => {
  const server = await listening((script, number) => {
    const from = Number(script.lastEventId ?? 0);
    script.events(from + 1).send(`id: ${from + 2}\ndata: unfin`);
    if (number === 1) script.delay(50).reset();
    else if (number === 2) script.truncate();
    else if (number === 3) script.end();
    else script.send("ished\n\n").stall();
  });
  const feed = new Feed(server.url, { retry: { initialDelayMs: 1, maxDelayMs: 5 } });
  onTestFinished(() => feed.close());
  const got: string[] = [];
  feed.subscribe("message", ({ data }) => void got.push(data));
  await expect.poll(() => got).toEqual(["1", "2", "3", "4", "unfinished"]);
  expect(server.requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, "1", "2", "3"]);
  expect(server.last.live).toBe(true);
});

test("a killed server resets its connections and frees its port; restarted, it has the same port", async () => {
  const server = await listening((script) => script.events(1), { port: await ownPort() });
  expect(() => server.last).toThrow("No request was made.");
  const { url, port } = server;
  const response = await fetch(url);
  await server.kill();
  await expect(response.text()).rejects.toThrow("terminated");
  expect(server.sockets).toBe(0);
  await expect(fetch(url)).rejects.toThrow("fetch failed");
  await server.restart();
  expect([server.url, server.port]).toEqual([url, port]);
  const again = await fetch(url);
  expect(again.status).toBe(200);
  await again.body!.cancel();
});

test("a port that is in use rejects the start", async () => {
  const { port } = await listening(() => undefined);
  await expect(SseServer.listen(() => undefined, { port })).rejects.toThrow("EADDRINUSE");
});

test("await using closes it", async () => {
  let url: string;
  {
    await using server = await SseServer.listen((script) => script.events(1).end());
    ({ url } = server);
    expect(await (await fetch(url)).text()).toBe("id: 1\ndata: 1\n\n");
  }
  await expect(fetch(url)).rejects.toThrow("fetch failed");
});
