import { Feed, type FeedEvent } from "@steadfeed/client";
import { useFeed } from "@steadfeed/client/react";
import { SharedFeed } from "@steadfeed/client/shared";
import { expectTypeOf, test } from "vitest";
import { z } from "zod";

interface Prices {
  tick: { eur: number };
  news: string;
}

const price = z.object({ eur: z.number() });

test("without decoders data is text", () => {
  const use = () => useFeed("/prices", { types: "tick" });
  expectTypeOf(use).returns.toHaveProperty("data").toEqualTypeOf<string | undefined>();
  expectTypeOf(use)
    .returns.toHaveProperty("event")
    .toEqualTypeOf<FeedEvent<string, "tick"> | undefined>();
});

test("a schema types the data, without a cast", () => {
  const use = () => useFeed("/prices", { types: "tick", events: { tick: price } });
  expectTypeOf(use).returns.toHaveProperty("data").toEqualTypeOf<{ eur: number } | undefined>();
  expectTypeOf(use)
    .returns.toHaveProperty("events")
    .toEqualTypeOf<readonly FeedEvent<{ eur: number }, "tick">[]>();
});

test("a shared schema types it too", () => {
  const use = () => useFeed(new SharedFeed<Prices>("/events"), { types: ["tick"] });
  expectTypeOf(use).returns.toHaveProperty("data").toEqualTypeOf<{ eur: number } | undefined>();
});

test("a feed of your own has its types", () => {
  const feed = (): Feed<Prices> => new Feed<Prices>("http://localhost/");
  const use = () => useFeed(feed(), { types: ["tick", "news"] });
  expectTypeOf(use)
    .returns.toHaveProperty("data")
    .toEqualTypeOf<{ eur: number } | string | undefined>();
  // @ts-expect-error -- the feed has no such event
  const wrong = () => useFeed(feed(), { types: "quit" });
  // @ts-expect-error -- the feed has its options already
  const options = () => useFeed(feed(), { headers: {} });
  expectTypeOf([wrong, options]).toBeArray();
});

test("onEvent gets the subscribed types", () => {
  const use = () =>
    useFeed("/prices", {
      types: "tick",
      events: { tick: price },
      onEvent: (event) => expectTypeOf(event.data).toEqualTypeOf<{ eur: number }>(),
    });
  expectTypeOf(use).toBeFunction();
});

test("without a URL there is no feed", () => {
  const use = (id: string | undefined) => useFeed(id && `/rooms/${id}`);
  expectTypeOf(use).toBeFunction();
});
