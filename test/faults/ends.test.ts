import { Feed, FeedError, type FeedOptions } from "@steadfeed/client";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { until } from "../support/collect.ts";
import { feedOf, quick, transports } from "../support/feeds.ts";
import { playing, reports, type Facts } from "../support/play.ts";

describe.each(transports)("every wait names its cause, by %s", (_, options) => {
  test.each<[string, (script: Parameters<Parameters<typeof playing>[0]>[0]) => unknown]>([
    ["ended", (script) => script.events(1).end()],
    ["ended", (script) => script.answer().end()],
    ["ended", (script) => script.send("data: 1\n\ndata: half").end()],
    ["network", (script) => script.events(1).delay(5).reset()],
    ["network", (script) => script.events(1).truncate()],
    ["network", (script) => script.reset()],
    ["status", (script) => script.answer({ status: 503 }).end()],
    ["timeout", (script) => script.events(1).stall()],
  ])("%s (%s)", async (code, play) => {
    const { url } = await playing(play);
    const feed = feedOf(url, {
      ...options,
      retry: quick,
      timeouts: { idleMs: code === "timeout" && 60 },
    });
    const waits = reports(feed, "waiting");
    feed.subscribe("*", () => undefined);
    await until(() => expect(waits.length).toBeGreaterThanOrEqual(2));
    for (const { error } of waits) {
      expect(error).toBeInstanceOf(FeedError);
      expect(error).toMatchObject({ code, message: expect.stringMatching(/.../) });
    }
    expect(waits[0]).not.toHaveProperty("because");
    // What counts, counts from 1.
    expect(waits[0]!["attempt"]).toBe(1);
  });
});

test("with 'spec', too, a wait after an end in order names it", async () => {
  const { url } = await playing((script) => script.send("retry: 5\n\n").events(1).end());
  const feed = feedOf(url, { retry: "spec" });
  const waits = reports(feed, "waiting");
  feed.subscribe("*", () => undefined);
  await until(() => expect(waits.length).toBeGreaterThanOrEqual(2));
  for (const { error } of waits) expect(error).toMatchObject({ code: "ended" });
});

test("a retry function gets attempts numbered from 1, as the wait does", async () => {
  const { url } = await playing((script) => script.events(1).end());
  const asked: number[] = [];
  const feed = feedOf(url, { retry: (_error, { attempt }) => asked.push(attempt) < 3 && 5 });
  const waits = reports(feed, "waiting");
  expect(await listened(feed)).toMatchObject({ reason: "ended" });
  expect(asked).toEqual([1, 2, 3]);
  expect(waits).toMatchObject([
    { attempt: 1, error: { code: "ended" } },
    { attempt: 2, error: { code: "ended" } },
  ]);
});

test("a feed whose retries are used up by ends in order reports it", async () => {
  const { url } = await playing((script) => script.answer().end());
  const feed = feedOf(url, { retry: { ...quick, maxAttempts: 2 } });
  expect(await listened(feed)).toMatchObject({ reason: "exhausted", error: { code: "ended" } });
});

describe.each(transports)("the rest of a stream at its end, by %s", (_, options) => {
  const left = [
    "data: 1\n\ndata: half",
    "data: 1\n\ndata: whole line\n",
    "data: 1\n\nid: 7\n",
    "data: 1\n\nevent: x",
    "data: ünfinished \u{1F600}",
    "data",
    "data: 1\n\n: a comment\ndata: 2\r",
  ];
  test.each(left)("%j: it is dropped, and the end reports it", async (text) => {
    const { url } = await playing((script) => script.send(text).end());
    const feed = feedOf(url, { ...options, retry: false });
    const closed = reports(feed, "closed");
    const info = await listened(feed);
    expect(info).toMatchObject({ reason: "ended", leftover: true });
    expect(closed).toEqual([expect.objectContaining({ leftover: true })]);
  });

  const whole = ["", "data: 1\n\n", "data: 1\r\n\r\n", "data: 1\r\r", "data: 1\n\n\n\n", ": c\n\n"];
  test.each(whole)("%j is complete: there is no rest", async (text) => {
    const { url } = await playing((script) => script.answer().send(text).end());
    const info = await listened(feedOf(url, { ...options, retry: false }));
    expect(info).toMatchObject({ reason: "ended" });
    expect(info).not.toHaveProperty("leftover", true);
  });

  test("half an event at the end of one connection is not reported at the end of the next", async () => {
    const { url } = await playing((script, number) => {
      if (number === 1) script.send("data: 1\n\ndata: half").end();
      else script.send("data: 2\n\n").end();
    });
    const asked: number[] = [];
    const feed = feedOf(url, { ...options, retry: () => asked.push(1) < 2 && 5 });
    const waits = reports(feed, "waiting");
    const info = await listened(feed);
    expect(waits).toMatchObject([{ error: { code: "ended" } }]);
    expect(info).toMatchObject({ reason: "ended" });
    expect(info).not.toHaveProperty("leftover", true);
  });
});

describe("a request that is not safe to repeat", () => {
  const post: FeedOptions = { method: "POST", body: "question" };
  const ends: [string, string, Parameters<typeof playing>[0]][] = [
    ["ends in order", "ended", (script) => script.events(1).end()],
    ["is reset", "failed", (script) => script.events(1).delay(5).reset()],
    ["is cut", "failed", (script) => script.events(1).truncate()],
    ["is reset before its head", "failed", (script) => script.reset()],
    ["is answered 503", "failed", (script) => script.answer({ status: 503 }).end()],
  ];
  test.each(ends)("%s: it is sent once", async (_, reason, play) => {
    const server = await playing(play);
    const feed = feedOf(server.url, { ...post, retry: quick });
    expect(await within(5000, listened(feed))).toMatchObject({ reason });
    await sleep(50);
    expect(server.requests).toHaveLength(1);
  });

  test.each(["PUT", "PATCH", "DELETE", "QUERY"])("%s is one of them", async (method) => {
    const server = await playing((script) => script.events(1).delay(5).reset());
    const feed = feedOf(server.url, { method, retry: quick });
    expect(await within(5000, listened(feed))).toMatchObject({ reason: "failed" });
    expect(server.requests).toHaveLength(1);
  });

  test("with repeat: true it is sent again, with its body", async () => {
    const bodies: string[] = [];
    const { url } = await playing((script) => {
      void script.text().then((body) => bodies.push(body));
      script.events(1).end();
    });
    const feed = feedOf(url, { ...post, retry: { ...quick, repeat: true } });
    feed.subscribe("*", () => undefined);
    await until(() => expect(bodies).toEqual(["question", "question"]));
  });

  test("a connection refused before it was sent is retried", async () => {
    const server = await playing((script) => script.events(1).end());
    await server.kill();
    const feed = feedOf(server.url, { ...post, retry: quick });
    const waits = reports(feed, "waiting");
    const data: string[] = [];
    feed.subscribe("*", (event) => void data.push(event.data));
    await until(() => expect(waits.length).toBeGreaterThanOrEqual(2));
    await server.restart();
    await until(() => expect(data).toEqual(["1"]));
    expect(server.requests).toHaveLength(1);
  });
});

/** How a feed ends that somebody listens to. */
async function listened(feed: Feed): Promise<Facts> {
  feed.subscribe("*", () => undefined);
  return { ...(await feed.closed) };
}

/** A promise that must not take longer. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const late = sleep(ms).then(() => Promise.reject(new Error(`Not within ${ms} ms.`)));
  return Promise.race([promise, late]);
}
