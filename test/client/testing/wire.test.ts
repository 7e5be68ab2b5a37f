import { Feed } from "@steadfeed/client";
import { settle, Wire } from "@steadfeed/client/testing";
import { expect, onTestFinished, test } from "vitest";

function feedOn(wire: Wire): Feed {
  const feed = new Feed("http://wire.test/events", {
    fetch: wire.fetch,
    retry: { initialDelayMs: 0 },
  });
  onTestFinished(() => feed.close());
  return feed;
}

test("plays a server by request number: the second request resumes where the first broke", async () => {
  const wire = new Wire((request, number) => {
    if (number === 1) request.answer().events(1, 2).reset();
    else request.answer().events(3);
  });
  const got: string[] = [];
  feedOn(wire).subscribe("message", ({ data }) => void got.push(data));
  await expect.poll(() => got).toEqual(["1", "2", "3"]);
  expect(wire.requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, "2"]);
  expect(wire.mostLive).toBe(1);
});

test("without a handler, a request is pending until the test answers it", async () => {
  const wire = new Wire();
  const feed = feedOn(wire);
  expect(() => wire.last).toThrow("No request was made.");
  void feed.open();
  await settle();
  expect(feed.state).toBe("connecting");
  wire.last.answer();
  await settle();
  expect([feed.state, wire.live.length]).toEqual(["open", 1]);
  feed.close();
  expect([wire.last.aborted, wire.live.length]).toEqual([true, 0]);
});

test("also plays a fetch that ignores its signal", async () => {
  const wire = new Wire(undefined, { honoursAbort: false });
  const feed = feedOn(wire);
  void feed.open();
  await settle();
  feed.close();
  expect(wire.last.aborted).toBe(false);
});

test("an error thrown by the handler fails the request, and leaves no unhandled rejection", async () => {
  const wire = new Wire(() => {
    throw new Error("a mistake in the script");
  });
  const feed = new Feed("http://wire.test/events", { fetch: wire.fetch, retry: false });
  feed.subscribe("*", () => undefined);
  const { reason, error } = await feed.closed;
  expect([reason, String(error)]).toEqual([
    "failed",
    expect.stringContaining("a mistake in the script"),
  ]);
  await settle(); // an unhandled rejection would fail the run
});
