import { observe } from "@steadfeed/client/observable";
import { from, map, take, toArray, lastValueFrom, type Observable } from "rxjs";
import { describe, expect, test, vi } from "vitest";
import { fakeClock, settle, wired } from "../support/wire.ts";

fakeClock();

describe("observe()", () => {
  test("is cold: each subscriber has its own subscription, and gets every event", async () => {
    const { wire, feed } = wired((request) => void request.answer().events(1, 2, 3));
    const ticks = observe(feed, "message");
    await settle();
    expect(wire.requests).toHaveLength(0);
    const [a, b]: [string[], string[]] = [[], []];
    const first = ticks.subscribe(({ data }) => a.push(data));
    ticks.subscribe({ next: ({ data }) => void b.push(data) });
    await settle();
    first.unsubscribe();
    wire.last.events(4);
    await settle();
    expect([a, b, wire.requests.length]).toEqual([["1", "2", "3"], ["1", "2", "3", "4"], 1]);
  });

  test("leaves the feed when the last subscriber unsubscribes, and calls nothing after it", async () => {
    const { wire, feed } = wired((request) => void request.answer().events(1));
    const complete = vi.fn<() => void>();
    const subscription = observe(feed).subscribe({ complete });
    await settle();
    subscription.unsubscribe();
    subscription.unsubscribe();
    await settle();
    expect([wire.live.length, feed.state, complete.mock.calls.length]).toEqual([0, "idle", 0]);
  });

  test("completes when the feed is closed, and errors when the feed fails", async () => {
    const closed = wired();
    const failed = wired((request) => void request.answer({ status: 404 }));
    const [complete, error] = [vi.fn<() => void>(), vi.fn<(error: unknown) => void>()];
    observe(closed.feed).subscribe({ complete, error });
    observe(failed.feed).subscribe({ complete, error });
    closed.feed.close();
    await settle();
    expect(complete).toHaveBeenCalledOnce();
    expect(error).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ status: 404 }));
  });

  test("takes a list of types, and the options of a subscription", async () => {
    const { feed } = wired(
      (request) => void request.answer().send("event: a\ndata: 1\n\nevent: b\ndata: 2\n\n"),
    );
    const got: string[] = [];
    const filter = ({ data }: { data: string }) => data !== "1";
    observe(feed, ["a", "b"], { filter }).subscribe(({ data }) => got.push(data));
    await settle();
    expect(got).toEqual(["2"]);
  });

  test("answers to '@@observable', and to Symbol.observable where it exists", () => {
    const { feed } = wired();
    const plain = observe(feed);
    expect(plain["@@observable"]()).toBe(plain);
    const symbol = Symbol("observable");
    Object.defineProperty(Symbol, "observable", { value: symbol, configurable: true });
    try {
      const known = observe(feed);
      expect(known[symbol as never] as unknown).toBeTypeOf("function");
    } finally {
      Reflect.deleteProperty(Symbol, "observable");
    }
  });

  test("is accepted by RxJS", async () => {
    const { wire, feed } = wired((request) => void request.answer().events(1, 2, 3));
    const ticks: Observable<string> = from(observe(feed, "message")).pipe(map(({ data }) => data));
    const got = lastValueFrom(ticks.pipe(take(2), toArray()));
    await settle();
    expect(await got).toEqual(["1", "2"]);
    expect(wire.live).toHaveLength(0);
  });
});
