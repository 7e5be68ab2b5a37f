import { Feed } from "@steadfeed/client";
import { expect, test, vi } from "vitest";
import type { AnyFeed } from "../../packages/client/src/react/view.ts";
import { Views, type Sight } from "../../packages/client/src/react/views.ts";
import { fakeClock, pass, settle, Wire, type Serve } from "../support/wire.ts";

fakeClock();

function made(serve: Serve = (request) => void request.answer().events(1)) {
  const wire = new Wire(serve);
  const views = new Views();
  const make = vi.fn<(cursor: string | undefined) => Feed>(
    (lastEventId) => new Feed("http://wire.test/", { fetch: wire.fetch, lastEventId }),
  );
  const look = (sight: Sight, feed: (cursor: string | undefined) => AnyFeed = make) =>
    views.look(sight, feed, { changed: () => undefined, event: () => undefined });
  return { wire, views, make, look };
}

const sight = (key: unknown, types = ["*"], keep = 10): Sight => ({ key, types, keep });

test("nothing is opened to look at it: that is what rendering on a server does", () => {
  const { views, wire } = made();
  expect(views.now(sight("a"))).toMatchObject({ state: "idle", events: [], data: undefined });
  expect(views.now(undefined)).toBe(views.now(sight("a")));
  expect(wire.requests).toEqual([]);
});

test("all who look by one key share a connection, whatever types they look at", async () => {
  const { wire, views, look } = made();
  const leaves = [look(sight("a")), look(sight("a")), look(sight("a", ["message"]))];
  await settle();
  expect(wire.requests).toHaveLength(1);
  expect(views.now(sight("a")).data).toBe("1");
  expect(views.now(sight("a", ["message"])).data).toBe("1");
  for (const leave of leaves) leave(0);
  await pass(10);
});

test("other keys share nothing", async () => {
  const { wire, look } = made();
  const leaves = [look(sight("a")), look(sight("b"))];
  await settle();
  expect(wire.requests).toHaveLength(2);
  for (const leave of leaves) leave(0);
  await pass(10);
});

test("the feed is closed behind the last who looks, and the next starts anew", async () => {
  const { wire, views, make, look } = made();
  const [first, second] = [look(sight("a")), look(sight("a", ["message"]))];
  await settle();
  first(0);
  await pass(10);
  expect(wire.live).toHaveLength(1);
  second(0);
  await pass(10);
  expect(make.mock.results[0]!.value.state).toBe("closed");
  expect(views.now(sight("a")).data).toBeUndefined();
  look(sight("a"))(0);
  expect(make).toHaveBeenCalledTimes(2);
  await pass(10);
});

test("reconnect() does not wait", async () => {
  const { wire, views, look } = made((request, number) =>
    number === 1 ? request.reset() : request.answer().events(1),
  );
  const leave = look(sight("a"));
  await settle();
  expect(views.now(sight("a")).state).toBe("waiting");
  views.reconnect("a");
  await settle();
  expect([wire.requests.length, views.now(sight("a")).state]).toEqual([2, "open"]);
  views.reconnect("unknown");
  leave(0);
  await pass(10);
});

test("reconnect() replaces a feed that is over by one that goes on at its cursor", async () => {
  const { wire, views, make, look } = made((request, number) => {
    if (number === 2) request.answer({ status: 404 });
    else request.answer().events(number);
  });
  const leave = look(sight("a"));
  await settle();
  views.reconnect("a");
  await settle();
  expect(views.now(sight("a"))).toMatchObject({ state: "closed", error: { status: 404 } });
  views.reconnect("a");
  await settle();
  expect(make).toHaveBeenLastCalledWith("1");
  expect(wire.last.lastEventId).toBe("1");
  expect(views.now(sight("a"))).toMatchObject({ state: "open", error: undefined });
  expect(views.now(sight("a")).events.map(({ data }) => data)).toEqual(["1", "3"]);
  leave(0);
  await pass(10);
});

test("a feed that was given is left, and not closed", async () => {
  const { make, views, look } = made();
  const feed = make(undefined);
  const leave = look(sight(feed), () => feed);
  await settle();
  expect(views.now(sight(feed)).data).toBe("1");
  leave(0);
  await pass(10);
  expect(feed.state).toBe("idle");
  feed.close();
  const again = look(sight(feed), () => feed);
  views.reconnect(feed);
  expect(views.now(sight(feed)).state).toBe("closed");
  again(0);
  await pass(10);
});
