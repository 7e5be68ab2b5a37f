import { expect, test } from "vitest";
import { rejection } from "../support/collect.ts";
import { fakeClock, pass, settle, wired, type Serve } from "../support/wire.ts";

fakeClock();

const opens: Serve = (request) => void request.answer();

test("resolves with the next event of a type, and closes the connection if only it needed one", async () => {
  const { feed, wire } = wired((request) => request.answer().send("event: a\ndata: 1\n\n"));
  expect(await feed.once("a")).toMatchObject({ type: "a", data: "1" });
  await settle();
  expect(feed.state).toBe("idle");
  expect(wire.live).toHaveLength(0);
});

test("loses nothing for the next call: events after its own are redelivered", async () => {
  const { feed, wire } = wired((request) => {
    const from = Number(request.lastEventId ?? 0);
    request.answer().events(from + 1, from + 2, from + 3);
  });
  expect((await feed.once("message")).data).toBe("1");
  expect((await feed.once("message")).data).toBe("2");
  expect(wire.last.lastEventId).toBe("1");
});

test("rejects after timeoutMs, and leaves the feed", async () => {
  const { feed } = wired(opens);
  const rejected = rejection(feed.once("message", { timeoutMs: 500 }));
  await pass(500);
  expect(await rejected).toMatchObject({ code: "timeout" });
  expect(feed.state).toBe("idle");
});

test("rejects with the signal's reason", async () => {
  const { feed } = wired(opens);
  const controller = new AbortController();
  const rejected = rejection(feed.once("message", { signal: controller.signal }));
  await settle();
  controller.abort(new Error("enough"));
  expect(await rejected).toMatchObject({ message: "enough" });
  expect(await rejection(feed.once("message", { signal: controller.signal }))).toMatchObject({
    message: "enough",
  });
});

test("rejects when the feed ends: with its error if it has one", async () => {
  const failing = wired((request) => request.answer({ status: 404 }));
  expect(await rejection(failing.feed.once("message"))).toMatchObject({ status: 404 });
  const stopping = wired((request) => request.answer({ status: 204 }));
  expect(await rejection(stopping.feed.once("message"))).toMatchObject({
    code: "closed",
    message: expect.stringContaining("stopped"),
  });
});
