import { Feed, type FeedOptions } from "@steadfeed/client";
import { onTestFinished } from "vitest";

/** Both of Node's ways to fetch bytes. */
export const transports: [string, FeedOptions][] = [
  ["undici", {}],
  ["fetch", { fetch: globalThis.fetch }],
];

/** Retries that a test does not have to wait for. */
export const quick = { initialDelayMs: 5, maxDelayMs: 20 };

/** A feed that is closed when the test ends: the current one, which must not be concurrent, or the one of `atEnd`. */
export function feedOf(
  url: string,
  options: FeedOptions,
  atEnd: (close: () => void) => void = onTestFinished,
): Feed {
  const feed = new Feed(url, options);
  atEnd(() => feed.close());
  return feed;
}
