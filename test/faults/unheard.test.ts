import { Channel, type Feed, type FeedOptions } from "@steadfeed/client";
import { EventSource } from "@steadfeed/client/eventsource";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { until } from "../support/collect.ts";
import { escapes, printed } from "../support/escapes.ts";
import { feedOf, quick } from "../support/feeds.ts";
import { playing } from "../support/play.ts";

const refused = () => playing((script) => script.answer({ status: 404 }).end());
const callback = (feed: Feed): void => void feed.subscribe("*", () => undefined);

/** What is printed of a feed that nobody but `listen` listens to, until it is closed. */
async function printedOf(
  url: string,
  options: FeedOptions,
  listen: (feed: Feed) => unknown,
): Promise<readonly unknown[][]> {
  const escaped = escapes();
  const lines = printed();
  const feed = feedOf(url, options);
  listen(feed);
  await until(() => expect(feed.state).toBe("closed"));
  await sleep(20);
  expect(escaped).toEqual([]);
  return lines;
}

describe("a failure without a listener is printed, once", () => {
  test.each<[string, (feed: Feed) => unknown]>([
    ["a callback", callback],
    ["three callbacks", (feed) => [callback(feed), callback(feed), callback(feed)]],
    ["a channel", (feed) => feed.subscribe("*", new Channel())],
    [
      "listeners to other reports",
      (feed) => [callback(feed), feed.on("open", fine), feed.on("gap", fine)],
    ],
    ["a listener that was taken off", (feed) => [callback(feed), feed.on("closed", fine)()]],
  ])("a 404, with %s only", async (_, listen) => {
    const { url } = await refused();
    const lines = await printedOf(url, {}, listen);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toEqual([
      expect.objectContaining({ name: "FeedError", code: "status", status: 404 }),
    ]);
  });

  test.each<[string, string, FeedOptions, Parameters<typeof playing>[0]]>([
    [
      "retries that are used up",
      "status",
      { retry: { ...quick, maxAttempts: 1 } },
      (script) => script.answer({ status: 503 }).end(),
    ],
    [
      "an event that is too large",
      "too-large",
      { maxEventBytes: 10 },
      (script) => script.send(`data: ${"x".repeat(99)}\n\n`),
    ],
    [
      "a cut of a one-shot stream",
      "network",
      { retry: false },
      (script) => script.events(1).truncate(),
    ],
    [
      "an end before the last event",
      "network",
      { retry: false, until: () => false },
      (script) => script.events(1).end(),
    ],
    ["another content type", "content-type", {}, (script) => script.answer({ headers: {} }).end()],
  ])("%s (%s)", async (_, code, options, play) => {
    const { url } = await playing(play);
    const lines = await printedOf(url, options, callback);
    expect(lines).toEqual([[expect.objectContaining({ name: "FeedError", code })]]);
  });

  test("data that no decoder accepts", async () => {
    const lines = printed();
    const { url } = await playing((script) => script.send("data: {\n\n"));
    const feed: Feed<any> = feedOf(url, { decode: "json" as "text" });
    feed.subscribe("*", () => undefined);
    await until(() => expect(feed.stats.events).toBe(1));
    await sleep(20);
    expect(lines).toEqual([[expect.objectContaining({ name: "FeedError", code: "invalid" })]]);
  });
});

describe("a failure with a listener is not printed", () => {
  test.each<[string, (feed: Feed) => unknown]>([
    ["a listener to closed", (feed) => [callback(feed), feed.on("closed", fine)]],
    ["a listener to error", (feed) => [callback(feed), feed.on("error", fine)]],
    ["a listener to waiting", (feed) => [callback(feed), feed.on("waiting", fine)]],
    ["a status iterator", (feed) => [callback(feed), feed.status()]],
    ["a status iterator that is read", (feed) => [callback(feed), feed.status().next()]],
    ["closed, which was read", (feed) => [callback(feed), feed.closed]],
    ["a loop", (feed) => feed.subscribe("*").next().catch(fine)],
    ["an iterator that is not read yet", (feed) => feed.subscribe("*")],
    [
      "a loop beside a callback",
      (feed) => [callback(feed), feed.subscribe("*").next().catch(fine)],
    ],
    ["once()", (feed) => feed.once("message").catch(fine)],
  ])("%s", async (_, listen) => {
    const { url } = await refused();
    expect(await printedOf(url, {}, listen)).toEqual([]);
  });

  test("no failure at all: an end, a 204, close()", async () => {
    const ends = await playing((script) => script.events(1).end());
    const stops = await playing((script) => script.answer({ status: 204 }));
    expect(await printedOf(ends.url, { retry: false }, callback)).toEqual([]);
    expect(await printedOf(stops.url, {}, callback)).toEqual([]);
    expect(await printedOf(ends.url, {}, (feed) => feed.close())).toEqual([]);
  });

  test("data that no decoder accepts, with a listener to invalid", async () => {
    const lines = printed();
    const { url } = await playing((script) => script.send("data: {\n\n"));
    const feed: Feed<any> = feedOf(url, { decode: "json" as "text" });
    let invalid = 0;
    feed.on("invalid", () => invalid++);
    feed.subscribe("*", () => undefined);
    await until(() => expect(invalid).toBe(1));
    await sleep(20);
    expect(lines).toEqual([]);
  });
});

describe("EventSource's error event has a code, as in the eventsource package", () => {
  const errorOf = async (play: Parameters<typeof playing>[0]): Promise<any> => {
    const { url } = await playing(play);
    const source = new EventSource(url);
    onTestFinished(() => source.close());
    return new Promise((settle) => {
      source.addEventListener("error", settle);
    });
  };

  test.each([204, 400, 401, 403, 404, 500, 503])("%i", async (status) => {
    const error = await errorOf((script) => script.answer({ status }).end());
    expect(error.code).toBe(status);
    expect(error.message).toMatch(/./);
  });

  test.each<[string, Parameters<typeof playing>[0]]>([
    ["a reset", (script) => script.reset()],
    ["an end in order", (script) => script.events(1).end()],
  ])("%s has none", async (_, play) => {
    const error = await errorOf(play);
    expect(error.code).toBeUndefined();
  });
});

function fine(): void {
  // Somebody listens.
}
