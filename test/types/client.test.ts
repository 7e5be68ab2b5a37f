import {
  Channel,
  Client,
  Feed,
  type AnyEvent,
  type Attempt,
  type FeedEvent,
  type FeedOptions,
  type Subscription,
} from "@steadfeed/client";
import { expectTypeOf, test } from "vitest";

interface Prices {
  tick: { eur: number };
  news: string;
}

const plain = (): Feed => new Feed("http://localhost/");
const typed = (): Feed<Prices> => new Feed<Prices>("http://localhost/");

test("an event of a plain feed is text, with its type as a literal", () => {
  expectTypeOf(() => plain().subscribe("message")).returns.toEqualTypeOf<
    Subscription<FeedEvent<string, "message">>
  >();
  expectTypeOf(() => plain().subscribe("*")).returns.toEqualTypeOf<Subscription<FeedEvent>>();
});

test("the type of an event narrows the type of its data, without a cast", () => {
  const all = (): Subscription<AnyEvent<Prices>> => typed().subscribe("*");
  expectTypeOf(() => typed().subscribe("tick")).returns.toEqualTypeOf<
    Subscription<FeedEvent<{ eur: number }, "tick">>
  >();
  expectTypeOf(all).returns.toHaveProperty("next");
  expectTypeOf(() =>
    typed().subscribe(["tick", "news"], (event) => {
      if (event.type === "tick") expectTypeOf(event.data).toEqualTypeOf<{ eur: number }>();
      else expectTypeOf(event.data).toEqualTypeOf<string>();
    }),
  ).returns.toHaveProperty("close");
  // @ts-expect-error -- the feed has no such event
  expectTypeOf(() => typed().subscribe("tock")).returns.toHaveProperty("close");
});

test("a channel for many kinds of events accepts each of them", () => {
  const work = new Channel<FeedEvent<unknown>>();
  expectTypeOf(() => typed().subscribe("tick", work)).returns.toHaveProperty("close");
  const narrow = new Channel<FeedEvent<{ eur: number }, "tick">>();
  expectTypeOf(() => typed().subscribe("tick", narrow)).returns.toHaveProperty("close");
  // @ts-expect-error -- the channel cannot hold news
  expectTypeOf(() => typed().subscribe("news", narrow)).returns.toHaveProperty("close");
});

test("once and for await give the same types", () => {
  expectTypeOf(() => typed().once("news")).returns.resolves.toEqualTypeOf<
    FeedEvent<string, "news">
  >();
  expectTypeOf<Feed<Prices>>().toExtend<AsyncIterable<AnyEvent<Prices>>>();
  expectTypeOf(() => new Client<Prices>("http://localhost/").feed("eu")).returns.toEqualTypeOf<
    Feed<Prices>
  >();
});

test("mutually exclusive options are refused by the compiler", () => {
  // @ts-expect-error -- no such policy
  expectTypeOf(() => plain().subscribe("x", { overflow: "block" })).returns.toHaveProperty("close");
  // @ts-expect-error -- units are in the name
  const retry: FeedOptions["retry"] = { initialDelay: 5 };
  expectTypeOf(retry).not.toBeAny();
  const url = (attempt: Attempt): string => `http://localhost/?n=${attempt.number}`;
  expectTypeOf(() => new Feed(url)).returns.toHaveProperty("close");
});
