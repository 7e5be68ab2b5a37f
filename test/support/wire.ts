import { Feed, type FeedOptions, type FeedStatus } from "@steadfeed/client";
import { settle, Wire, WireRequest, type Serve } from "@steadfeed/client/testing";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { statuses } from "./collect.ts";

export { settle, Wire, WireRequest, type Serve };

const open: { close(): void }[] = [];

/** Closes a feed, or what has feeds, at the end of the test, before what is left running is counted. */
export function closing<T extends { close(): void }>(what: T): T {
  open.push(what);
  return what;
}

/** Puts a fake clock under each test of the file, closes its feeds behind it, and counts what they left running. */
export function fakeClock(): void {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(async () => {
    for (const each of open.splice(0)) each.close();
    await settle();
    const timers = vi.getTimerCount();
    vi.useRealTimers();
    expect(timers, "timers left behind by a closed feed").toBe(0);
  });
}

/** Lets time pass on the fake clock, with all that happens in it. */
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

/** What an asynchronous callback waits for: some of the time that `pass` lets pass. */
export function work(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A feed on a wire of its own, with delays that are not left to chance; idle until the test subscribes. */
export function wired(
  serve?: Serve,
  options: FeedOptions = {},
): { readonly wire: Wire; readonly feed: Feed; readonly told: FeedStatus[] } {
  const wire = new Wire(serve);
  const { retry } = options;
  const feed = new Feed("http://wire.test/events", {
    fetch: wire.fetch,
    ...options,
    retry: typeof retry === "object" || retry === undefined ? { jitter: "none", ...retry } : retry,
  });
  closing(feed);
  return { wire, feed, told: statuses(feed) };
}

/** `wired` with one subscription to all events, once all has happened that needs no time. */
export async function listening(serve?: Serve, options?: FeedOptions) {
  const made = wired(serve, options);
  const data: string[] = [];
  const subscription = made.feed.subscribe("*", (event) => void data.push(event.data));
  await settle();
  return { ...made, data, subscription };
}
