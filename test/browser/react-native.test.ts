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

test("over XMLHttpRequest, events arrive while the response is still loading, and after a cut they resume at the cursor", async () => {
  const url = at("/count");
  const got: string[] = [];
  for await (const event of feedOf(url).subscribe("tick")) {
    got.push(event.data);
    if (got.length === 8) break;
  }
  expect(got).toEqual(["1", "2", "3", "4", "5", "6", "7", "8"]);
});

test("over XMLHttpRequest, a closed feed leaves no connection at the server", async () => {
  const url = at("/live");
  const feed = feedOf(url);
  expect((await feed.subscribe("message").next()).value?.data).toBe("hello");
  expect((await seen(url)).live).toBe(1);
  feed.close();
  await expect.poll(async () => (await seen(url)).live).toBe(0);
});

test("over XMLHttpRequest, a long response is requested again before its text fills memory, with nothing lost or repeated", async () => {
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

test("over XMLHttpRequest, a refusal and an unreachable server are reported as over fetch", async () => {
  await expect(feedOf(at("/html")).open()).rejects.toMatchObject({ code: "content-type" });
  await expect(feedOf(at("/nothing")).open()).rejects.toMatchObject({
    code: "status",
    status: 404,
  });
  await expect(feedOf("http://127.0.0.1:61234/").open()).rejects.toMatchObject({ code: "network" });
});
