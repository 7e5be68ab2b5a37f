import { Feed } from "@steadfeed/client";
import { settle, Wire } from "@steadfeed/client/testing";
import { expect, onTestFinished, test, vi } from "vitest";

test("the fake clock of docs/testing.md: an hour of silence takes no time", async () => {
  onTestFinished(() => void vi.useRealTimers());
  // #region clock
  vi.useFakeTimers();
  const wire = new Wire((request) => request.answer());
  const feed = new Feed("https://api.example.com", {
    fetch: wire.fetch,
    timeouts: { idleMs: 60_000 },
  });
  feed.subscribe("*", () => undefined);
  await settle();
  expect(feed.state).toBe("open");

  await vi.advanceTimersByTimeAsync(60_000);
  expect(feed.state).toBe("waiting");
  // #endregion
  feed.close();
});
