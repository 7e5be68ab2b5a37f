import { Feed } from "@steadfeed/client";
import { xhrFetch } from "@steadfeed/client/react-native";
import { expect, inject, onTestFinished, test } from "vitest";

const at = (path: string, query = ""): string =>
  `${inject("serverUrl")}${path}?key=${crypto.randomUUID()}${query}`;
const seen = async (url: string): Promise<{ live: number; requests: number }> =>
  (await fetch(url.replace(/\/\w+\?/, "/seen?"))).json() as never;

function feedOf(url: string): Feed {
  const feed = new Feed(url, { fetch: xhrFetch, retry: { initialDelayMs: 20 } });
  onTestFinished(() => feed.close());
  return feed;
}

test("by XMLHttpRequest, events come while the answer goes on, and after a cut at the cursor", async () => {
  const url = at("/count");
  const got: string[] = [];
  for await (const event of feedOf(url).subscribe("tick")) {
    got.push(event.data);
    if (got.length === 8) break;
  }
  expect(got).toEqual(["1", "2", "3", "4", "5", "6", "7", "8"]);
});

test("by XMLHttpRequest, a feed that is closed leaves no connection at the server", async () => {
  const url = at("/live");
  const feed = feedOf(url);
  expect((await feed.subscribe("message").next()).value?.data).toBe("hello");
  expect((await seen(url)).live).toBe(1);
  feed.close();
  await expect.poll(async () => (await seen(url)).live).toBe(0);
});

test("by XMLHttpRequest, a long answer is asked for again before its text fills the memory, with nothing lost or twice", async () => {
  const url = at("/many", "&size=100000");
  const got: number[] = [];
  for await (const { data, lastEventId } of feedOf(url).subscribe("message")) {
    expect(data).toHaveLength(100_000);
    got.push(Number(lastEventId));
    if (got.length === 35) break;
  }
  expect(got).toEqual(Array.from({ length: 35 }, (_, n) => n + 1));
  expect((await seen(url)).requests).toBeGreaterThanOrEqual(3);
});

test("by XMLHttpRequest, a refusal and a server that nobody runs are what they are by fetch", async () => {
  await expect(feedOf(at("/html")).open()).rejects.toMatchObject({ code: "content-type" });
  await expect(feedOf(at("/nothing")).open()).rejects.toMatchObject({
    code: "status",
    status: 404,
  });
  await expect(feedOf("http://127.0.0.1:61234/").open()).rejects.toMatchObject({ code: "network" });
});
