import { Feed } from "@steadfeed/client";
import { FaultProxy, SseServer, type Play } from "@steadfeed/client/testing/node";
import { expect, onTestFinished, test } from "vitest";
import { ownPort } from "../../../support/port.ts";

async function proxied(
  play: Play = (script) => script.events(1).end(),
): Promise<{ server: SseServer; proxy: FaultProxy }> {
  const server = await SseServer.listen(play, { port: await ownPort() });
  const proxy = await FaultProxy.listen(`${server.url}events?stream=a`);
  onTestFinished(async () => {
    await proxy.close();
    await server.close();
  });
  return { server, proxy };
}

test("its address has the path and the query of the server's, and data passes unchanged", async () => {
  const { server, proxy } = await proxied();
  expect(new URL(proxy.url).port).not.toBe(String(server.port));
  const response = await fetch(proxy.url);
  expect(await response.text()).toBe("id: 1\ndata: 1\n\n");
  expect(server.last.url).toBe("/events?stream=a");
});

test("refused connections are reset, and those after them are not", async () => {
  const { server, proxy } = await proxied();
  proxy.refuse = true;
  await expect(fetch(proxy.url)).rejects.toThrow("fetch failed");
  expect(server.requests).toHaveLength(0);
  proxy.refuse = false;
  expect((await fetch(proxy.url)).status).toBe(200);
});

test("an unreachable server looks like a reset, and one that moved is found", async () => {
  const { server, proxy } = await proxied();
  await server.kill();
  await expect(fetch(proxy.url)).rejects.toThrow("fetch failed");
  const other = await SseServer.listen((script) => script.events(2).end());
  onTestFinished(() => other.close());
  proxy.upstream = other.url;
  expect(await (await fetch(proxy.url)).text()).toBe("id: 2\ndata: 2\n\n");
});

test("each new connection is listed, and removed when it has closed", async () => {
  const { server, proxy } = await proxied((script) => script.events(1).truncate());
  let shown = 0;
  proxy.onLink = () => shown++;
  const feed = new Feed(proxy.url, { retry: { initialDelayMs: 1, maxDelayMs: 1 } });
  onTestFinished(() => feed.close());
  feed.subscribe("*", () => undefined);
  await expect.poll(() => server.requests.length).toBeGreaterThan(2);
  expect(shown).toBeGreaterThan(2);
  feed.close();
  await expect.poll(() => proxy.links.size).toBe(0);
});

test("closed, it resets open connections and no longer listens", async () => {
  const server = await SseServer.listen((script) => script.events(1));
  onTestFinished(() => server.close());
  const proxy = await FaultProxy.listen(server.url, { port: await ownPort() });
  const { url } = proxy;
  const response = await fetch(url);
  await proxy.close();
  await expect(response.text()).rejects.toThrow("terminated");
  await expect(fetch(url)).rejects.toThrow("fetch failed");
});
