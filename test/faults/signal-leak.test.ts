// A signal that outlives feeds, such as one of the whole program, must not keep those that are closed.
import { getEventListeners } from "node:events";
import { Feed } from "@steadfeed/client";
import { expect, test } from "vitest";

const pending = { fetch: () => new Promise<never>(() => undefined) };

test("a closed feed leaves no listener on the signals of on()", async () => {
  const { signal } = new AbortController();
  const feed = new Feed("http://wire.test/", pending);
  const heard: string[] = [];
  feed.on("closed", ({ reason }) => void heard.push(reason), { signal });
  feed.on("*", ({ kind }) => void heard.push(kind), { signal });
  feed.close();
  await feed.closed;
  expect(heard).toEqual(["closed", "closed"]);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("nor does on() of a feed that is closed", () => {
  const { signal } = new AbortController();
  const feed = new Feed("http://wire.test/", pending);
  feed.close();
  feed.on("error", () => undefined, { signal });
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("a store's error after the end reaches a listener only until its signal aborts", async () => {
  for (const aborts of [false, true]) {
    const aborter = new AbortController();
    let fail!: (error: Error) => void;
    const store = {
      get: () => undefined,
      set: () => new Promise<void>((_, reject) => (fail = reject)),
    };
    const body = new Blob(["id: 1\ndata: 1\n\n"]);
    const type = { headers: { "Content-Type": "text/event-stream" } };
    const fetch = () => Promise.resolve(new Response(body, type));
    const feed = new Feed("http://wire.test/", { fetch, store });
    const heard: string[] = [];
    feed.on("error", ({ error }) => void heard.push(error.code), { signal: aborter.signal });
    feed.on("error", () => undefined);
    await feed.once("message");
    feed.close();
    await feed.closed;
    if (aborts) aborter.abort();
    fail(new Error("full"));
    await feed.drain();
    expect(heard).toEqual(aborts ? [] : ["store"]);
  }
});
