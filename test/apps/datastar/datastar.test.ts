// Datastar's own script in a browser, and the events of its SDK for servers. The script of version 1.0.0 is not on npm: the newest
// there, 1.0.0-beta.11, has other names for the same events.
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { ServerSentEventGenerator } from "@starfederation/datastar-sdk/node";
import { Feed } from "@steadfeed/client";
import { Broker, byPath, memoryLog } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { build } from "esbuild";
import { chromium } from "playwright";
import { expect, onTestFinished, test } from "vitest";
import { chromiumArgs, findChromium } from "../../support/browsers.ts";

async function listen(handler: RequestListener) {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function firstOf(url: string) {
  const feed = new Feed(url);
  onTestFinished(() => feed.close());
  const { type, data, id } = await feed.once("datastar-patch-elements", { timeoutMs: 5000 });
  return { type, data, id };
}

test("the SDK's events are those that a broker publishes", async () => {
  const html = '<span id="count">3</span>';
  const own = await listen((request, response) => {
    void ServerSentEventGenerator.stream(
      request,
      response,
      (stream) => void stream.patchElements(html, { eventId: "1" }),
      { keepalive: true },
    );
  });
  const broker = new Broker({ log: memoryLog() });
  onTestFinished(() => broker.close());
  const ours = await listen(nodeHandler(broker, { admit: byPath("/patches/") }));
  const event = { type: "datastar-patch-elements", data: `elements ${html}` };
  const theirs = await firstOf(own.url);
  const reading = firstOf(`${ours.url}/patches/cart`);
  await expect.poll(() => [...broker.sessions()].length).toBe(1);
  await broker.publish("cart", event);
  expect(theirs).toMatchObject({ ...event, id: "1" });
  expect(await reading).toMatchObject(event);
});

test("a page shows each patch once, over cuts", async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(import.meta.resolve("@starfederation/datastar/bundles/datastar"))],
    bundle: true,
    format: "esm",
    write: false,
  });
  const page = `<!doctype html><ol id="list"></ol><p data-on-load="@get('/patches/list')"></p>
<script type="module">${outputFiles[0]!.text}</script>`;
  const broker = new Broker({ log: memoryLog(), retryMs: 50 });
  onTestFinished(() => broker.close());
  const patches = nodeHandler(broker, { admit: byPath("/patches/") });
  const asked: (string | undefined)[] = [];
  const { server, url } = await listen((request, response) => {
    if (!request.url?.startsWith("/patches/"))
      return void response.setHeader("Content-Type", "text/html").end(page);
    asked.push(request.headers["last-event-id"] as string | undefined);
    return void patches(request, response);
  });
  const executablePath = await findChromium();
  if (!executablePath) throw new Error("There is no Chromium: name one in CHROMIUM_PATH.");
  const browser = await chromium.launch({ executablePath, args: chromiumArgs });
  onTestFinished(() => browser.close());
  const tab = await browser.newPage();
  await tab.goto(url);
  await expect.poll(() => [...broker.sessions()].length).toBe(1);
  const numbers = Array.from({ length: 40 }, (_, at) => String(at));
  for (const number of numbers) {
    const data = `selector #list\nmergeMode append\nfragments <li>${number}</li>`;
    await broker.publish("list", { type: "datastar-merge-fragments", data });
    if (Number(number) % 10 === 9) server.closeAllConnections();
    // Until the page is back it misses some.
    const isBack = () => Number(number) % 10 !== 4 || asked.length > Number(number) / 10;
    do await new Promise((resolve) => setTimeout(resolve, 20));
    while (!isBack());
  }
  await expect.poll(() => tab.locator("li").allTextContents()).toEqual(numbers);
  expect(asked.length).toBeGreaterThan(2);
  expect(asked.slice(1)).not.toContain(undefined);
});
