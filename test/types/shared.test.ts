import type { AnyEvent, Feed, FeedEvent } from "@steadfeed/client";
import { SharedFeed } from "@steadfeed/client/shared";
import { expectTypeOf, test } from "vitest";

const typed = () =>
  new SharedFeed("http://localhost/", { key: "7", events: { tick: (text): number => +text } });

test("a shared feed has the interface of a feed, with the types of its events", () => {
  expectTypeOf<SharedFeed>().toExtend<Feed>();
  expectTypeOf(typed).returns.toEqualTypeOf<SharedFeed<{ tick: number }>>();
  expectTypeOf(() => typed().once("tick")).returns.resolves.toEqualTypeOf<
    FeedEvent<number, "tick">
  >();
  expectTypeOf<SharedFeed<{ tick: number }>>().toExtend<
    AsyncIterable<AnyEvent<{ tick: number }>>
  >();
  // @ts-expect-error -- the feed has no such event
  expectTypeOf(() => typed().subscribe("tock")).returns.toHaveProperty("close");
});

test("a key is text", () => {
  // @ts-expect-error -- a number is none
  expectTypeOf(() => new SharedFeed("http://localhost/", { key: 7 })).returns.toHaveProperty("url");
});
