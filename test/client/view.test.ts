import { Feed, FeedError } from "@steadfeed/client";
import { describe, expect, test, vi } from "vitest";
import { View } from "../../packages/client/src/react/view.ts";
import { fakeClock, pass, settle, wired, type Serve } from "../support/wire.ts";

fakeClock();

const opens: Serve = (request) => void request.answer().events(1, 2, 3);

/** A view of a feed, and someone who looks. */
async function seen(serve: Serve = opens, keep = 100, types: string[] = ["*"]) {
  const { wire, feed } = wired(serve);
  const left = vi.fn<() => void>();
  const view = new View(feed, types, keep, left);
  const changed = vi.fn<() => void>();
  const event = vi.fn<(event: object) => void>();
  const leave = view.look({ changed, event });
  await settle();
  return { wire, feed, view, changed, event, leave, left };
}

const dataOf = (view: View): string[] => view.now.events.map(({ data }) => data);

describe("what is seen", () => {
  test("is the newest event, those before it, the state and the cursor", async () => {
    const { view } = await seen();
    expect(view.now).toMatchObject({ data: "3", state: "open", lastEventId: "3" });
    expect(view.now.event).toBe(view.now.events.at(-1));
    expect(dataOf(view)).toEqual(["1", "2", "3"]);
  });

  test("is the same object until something changes: a component that is drawn for no reason flickers", async () => {
    const { view, wire } = await seen();
    const before = view.now;
    expect(view.now).toBe(before);
    wire.last.events(4);
    await settle();
    expect(view.now).not.toBe(before);
    expect(before.data).toBe("3");
  });

  test("is told once for all events of a chunk", async () => {
    const { wire, changed, event } = await seen();
    changed.mockClear();
    event.mockClear();
    wire.last.events(...Array.from({ length: 500 }, (_, n) => n));
    await settle();
    expect(changed).toHaveBeenCalledOnce();
    expect(event).toHaveBeenCalledTimes(500);
  });

  test("keeps no more events than it is to, also while nobody looks at them", async () => {
    const { wire, view } = await seen(opens, 2);
    expect(dataOf(view)).toEqual(["2", "3"]);
    for (let n = 4; n <= 20; n++) wire.last.events(n);
    await settle();
    expect(dataOf(view)).toEqual(["19", "20"]);
  });

  test("may be without events but the newest", async () => {
    const { view } = await seen(opens, 0);
    expect(view.now).toMatchObject({ data: "3", events: [] });
  });

  test("is only what it asks for", async () => {
    const { view } = await seen(
      (request) => void request.answer().send("event: a\ndata: 1\n\nevent: b\ndata: 2\n\n"),
      100,
      ["a"],
    );
    expect(dataOf(view)).toEqual(["1"]);
  });

  test("says what went wrong, until all is well again", async () => {
    const { view } = await seen((request, number) =>
      number === 1 ? request.answer({ status: 503 }) : request.answer(),
    );
    expect(view.now).toMatchObject({ state: "waiting", error: { status: 503 } });
    await pass(2000);
    expect(view.now).toMatchObject({ state: "open", error: undefined });
  });

  test("says why a feed is over", async () => {
    const { view } = await seen((request) => void request.answer({ status: 404 }));
    expect(view.now.state).toBe("closed");
    expect(view.now.error).toBeInstanceOf(FeedError);
  });

  test("says that events are gone", async () => {
    const { view } = await seen(
      (request) =>
        void request
          .answer()
          .send('event: steadfeed.gap\ndata: {"reason":"trimmed","from":"3"}\n\n'),
    );
    expect(view.now.gap).toMatchObject({ reason: "trimmed", lastEventId: "3" });
    expect(view.now.events).toEqual([]);
  });

  test("of another feed comes behind what was seen of the one before", async () => {
    const { view, event } = await seen();
    const next = wired((request) => void request.answer().events(4));
    view.show(next.feed);
    await settle();
    expect(dataOf(view)).toEqual(["1", "2", "3", "4"]);
    expect(event).toHaveBeenCalledTimes(4);
  });
});

describe("looking away", () => {
  test("leaves the feed, when the time is up", async () => {
    const { wire, feed, leave, left } = await seen();
    leave(1000);
    await pass(999);
    expect([feed.state, left.mock.calls.length]).toEqual(["open", 0]);
    await pass(1);
    expect([feed.state, left.mock.calls.length]).toEqual(["idle", 1]);
    expect(wire.live).toEqual([]);
  });

  test("and back finds the connection, and what came meanwhile", async () => {
    const { wire, view, leave } = await seen();
    leave(1000);
    wire.last.events(4);
    await pass(500);
    view.look({ changed: () => undefined, event: () => undefined });
    await pass(5000);
    expect(wire.requests).toHaveLength(1);
    expect(dataOf(view)).toEqual(["1", "2", "3", "4"]);
  });

  test("takes nothing from the others", async () => {
    const { wire, view, leave, changed, event } = await seen();
    const other = vi.fn<() => void>();
    view.look({ changed: other, event: () => undefined });
    leave(0);
    await pass(10);
    changed.mockClear();
    event.mockClear();
    wire.last.events(4);
    await settle();
    expect([changed, event, other].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 1]);
  });
});

test("a callback that throws is told as the feed's error, and the view goes on", async () => {
  const { feed } = wired(opens);
  const errors: unknown[] = [];
  feed.on("error", ({ error }) => errors.push(error.code));
  const view = new View(feed satisfies Feed, ["*"], 10, () => undefined);
  view.look({
    changed: () => undefined,
    event: () => {
      throw new Error("mine");
    },
  });
  await settle();
  expect(dataOf(view)).toEqual(["1", "2", "3"]);
  expect(errors).toEqual(["callback", "callback", "callback"]);
});
