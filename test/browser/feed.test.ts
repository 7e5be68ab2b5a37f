import { Feed, FeedError, type StatusOf } from "@steadfeed/client";
import { expect, inject, test } from "vitest";
import { encodesTwice } from "./engine.ts";

const at = (path: string, key: string = crypto.randomUUID()): string =>
  `${inject("serverUrl")}${path}?key=${key}`;
const seen = async (url: string): Promise<{ live: number; requests: number }> =>
  (await fetch(url.replace(/\/\w+\?/, "/seen?"))).json() as never;

test("a page resumes after the last complete event when its connections break", async () => {
  const url = at("/count");
  const feed = new Feed(url);
  const got: string[] = [];
  for await (const event of feed.subscribe("tick")) {
    got.push(event.data);
    if (got.length === 8) break;
  }
  feed.close();
  expect(got).toEqual(["1", "2", "3", "4", "5", "6", "7", "8"]);
  expect((await seen(url)).requests).toBe(3);
});

test("a page that closes its feed leaves no connection at the server", async () => {
  const url = at("/live");
  const feed = new Feed(url);
  await feed.subscribe("message").next();
  expect((await seen(url)).live).toBe(1);
  feed.close();
  await expect.poll(async () => (await seen(url)).live).toBe(0);
});

test("a page that is not an event stream fails once, without a retry", async () => {
  const feed = new Feed(at("/html"));
  await expect(feed.open()).rejects.toMatchObject({ code: "content-type" });
  const { reason, error } = await feed.closed;
  expect(reason).toBe("failed");
  expect(error).toBeInstanceOf(FeedError);
  expect(feed.stats.attempts).toBe(1);
});

test("a server that is not running is reported with the reason, and retried", async () => {
  const feed = new Feed("http://127.0.0.1:61234/");
  await expect(feed.open()).rejects.toMatchObject({ code: "network" });
  expect(feed.state).toBe("waiting");
  feed.close();
});

test("a redirect is followed although the browser hides its hops", async () => {
  const feed = new Feed(at("/redirect"));
  expect((await feed.once("tick")).data).toBe("1");
  expect(feed.url).toContain("key=redirected");
  feed.close();
});

test("a feed that gets no connection reports it, with the likely reason", async () => {
  const url = at("/live");
  const feeds = Array.from({ length: 7 }, () => new Feed(url));
  const still = new Promise<StatusOf<"still">>((resolve) => {
    for (const feed of feeds) feed.on("still", resolve);
  });
  for (const feed of feeds) feed.open().catch(() => undefined);
  const { phase, forMs, hint } = await still;
  expect(phase).toBe("request");
  expect(forMs).toBeGreaterThanOrEqual(15_000);
  expect(hint).toMatch(/six connections/);
  expect(feeds.filter(({ state }) => state === "open")).toHaveLength(6);
  for (const feed of feeds) feed.close();
}, 40_000);

test("a token, headers and a non-ASCII cursor reach another origin", async () => {
  const feed = new Feed(at("/echo"), {
    token: () => "secret",
    headers: { "X-App": "page" },
    lastEventId: "naïve €",
  });
  const headers = JSON.parse((await feed.once("message")).data) as Record<string, string>;
  feed.close();
  expect(headers).toMatchObject({
    authorization: "Bearer secret",
    "x-app": "page",
    accept: "text/event-stream",
  });
  const decoded = (text: string): string =>
    new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0)));
  const cursor = decoded(headers["last-event-id"]!);
  expect(encodesTwice ? decoded(cursor) : cursor).toBe("naïve €");
});

test("a feed works in a worker, without window and document", async () => {
  const source = `
    import { Feed } from ${JSON.stringify(new URL("/packages/client/dist/browser.js", location.href).href)};
    const feed = new Feed(${JSON.stringify(at("/count"))});
    postMessage((await feed.once("tick")).data);
    feed.close();
  `;
  const script = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(script, { type: "module" });
  const data = await new Promise((resolve, reject) => {
    worker.addEventListener("message", (event) => resolve(event.data));
    worker.addEventListener("error", (event) => reject(new Error(event.message)));
  });
  worker.terminate();
  expect(data).toBe("1");
});
