// The part of the test kit that needs no sockets, in a page.
import { Feed } from "@steadfeed/client";
import { Ledger, Recorder, settle, Wire } from "@steadfeed/client/testing";
import { expect, test } from "vitest";

test("a page's own tests play the server, and detect lost events", async () => {
  const wire = new Wire((request, number) => {
    if (number === 1) request.answer().send("id: 1\ndata: €\n\n", 13).reset();
    else request.answer().events(2, 4);
  });
  const feed = new Feed("https://wire.test/", { fetch: wire.fetch, retry: { initialDelayMs: 0 } });
  const published = new Ledger();
  for (const id of ["1", "2", "3", "4"]) published.add(id);
  const recorder = new Recorder(feed, published);
  feed.subscribe("*", recorder.take);
  await expect.poll(() => feed.lastEventId).toBe("4");
  feed.close();
  await settle();
  expect(wire.live).toEqual([]);
  expect(wire.last.lastEventId).toBe("1");
  expect(recorder.account()).toMatchObject({ received: 3, missing: 1 });
});
