import type { Feed, FeedStatus, StatusKind } from "@steadfeed/client";
import { vi } from "vitest";

const kinds: readonly StatusKind[] = [
  "idle",
  "connecting",
  "still",
  "open",
  "waiting",
  "paused",
  "closed",
  "gap",
  "slow",
  "dropped",
  "invalid",
  "error",
];

/** All reports of a feed, as they arrive. */
export function statuses(feed: Pick<Feed, "on">): FeedStatus[] {
  const told: FeedStatus[] = [];
  for (const kind of kinds) feed.on(kind, (status) => told.push(status));
  return told;
}

/** The kinds of the reports, in order. */
export function kindsOf(told: readonly FeedStatus[]): string[] {
  return told.map(({ kind }) => kind);
}

/** The last status of a kind. */
export function lastOf<K extends StatusKind>(
  told: readonly FeedStatus[],
  kind: K,
): Extract<FeedStatus, { kind: K }> {
  const found = told.findLast((status) => status.kind === kind);
  if (!found) throw new Error(`${kind} was not told, only: ${kindsOf(told).join(", ")}.`);
  return found as Extract<FeedStatus, { kind: K }>;
}

/** The data of every event of a feed from now on, as it comes: not asynchronous, so never behind. */
export function dataOf(feed: Pick<Feed, "subscribe">, type = "*"): string[] {
  const data: string[] = [];
  feed.subscribe(type, (event) => void data.push(event.data));
  return data;
}

/** The next `count` values of an iterator, or fewer if it ends; the iterator goes on. */
export async function take<T>(iterator: AsyncIterator<T, unknown>, count: number): Promise<T[]> {
  const values: T[] = [];
  while (values.length < count) {
    const { done, value } = await iterator.next();
    if (done) break;
    values.push(value);
  }
  return values;
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("The promise did not reject.");
    },
    (error: unknown) => error,
  );
}

/** Waits until an expectation holds, and fails as it does if it never does. For what real sockets take their time with. */
export async function until(expectation: () => unknown, timeoutMs = 10_000): Promise<void> {
  await vi.waitFor(expectation, { timeout: timeoutMs, interval: 2 });
}
