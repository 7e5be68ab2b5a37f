import { describe, expect, test } from "vitest";
import { rejection } from "../support/collect.ts";
import { fakeClock, pass, settle, wired, type Serve } from "../support/wire.ts";

fakeClock();

const event = (n: number): string => `id: ${n}\ndata: ${n}\n\n`;

/** Answers each request with the events after its cursor. */
const upTo =
  (last: number): Serve =>
  (request) => {
    const from = Number(request.headers.get("Last-Event-ID") ?? 0);
    const numbers = Array.from({ length: last - from }, (_, at) => from + 1 + at);
    request.answer().send(numbers.map(event).join(""));
  };

const dataOf = (batch: readonly { readonly data: string }[]): string =>
  batch.map(({ data }) => data).join(" ");

describe("batches()", () => {
  test("all waiting events arrive at once, at most the capacity", async () => {
    const { feed } = wired(upTo(5));
    const batches = feed.subscribe("*", { capacity: 3 }).batches();
    await settle();
    const first = await batches.next();
    const second = await batches.next();
    expect([dataOf(first.value!), dataOf(second.value!)]).toEqual(["1 2 3", "4 5"]);
  });

  test("a waiting reader gets the next event as a batch of one", async () => {
    const { feed, wire } = wired((request) => request.answer());
    const batches = feed.subscribe("*").batches();
    const waiting = batches.next();
    await settle();
    wire.last.send(event(1));
    expect(dataOf((await waiting).value!)).toBe("1");
  });

  test("a batch counts as taken when the next one is requested: a store has nothing newer before", async () => {
    const stored: string[] = [];
    const store = { get: () => undefined, set: (id: string) => void stored.push(id) };
    const { feed, wire } = wired(upTo(3), { store });
    const batches = feed.subscribe("*").batches();
    await settle();
    await batches.next();
    await settle();
    expect(stored).toEqual([]);
    const next = batches.next();
    await settle();
    expect(stored).toEqual(["3"]);
    wire.last.send(event(4));
    expect(dataOf((await next).value!)).toBe("4");
  });

  test("leaving the loop takes the current batch, and the waiting events are redelivered", async () => {
    const { feed, wire } = wired(upTo(5));
    const subscription = feed.subscribe("*", { capacity: 2 });
    await settle();
    for await (const batch of subscription.batches()) {
      expect(dataOf(batch)).toBe("1 2");
      break;
    }
    expect([feed.state, feed.lastEventId]).toEqual(["idle", "2"]);
    const rest: string[] = [];
    feed.subscribe("*", ({ data }) => rest.push(data));
    await settle();
    expect([wire.last.headers.get("Last-Event-ID"), rest]).toEqual(["2", ["3", "4", "5"]]);
  });

  test("a failed feed throws once, after the events received before", async () => {
    const { feed } = wired(
      (request, number) => {
        if (number > 1) request.answer({ status: 404 });
        else request.answer().send(event(1)).end();
      },
      { retry: { initialDelayMs: 1000 } },
    );
    const batches = feed.subscribe("*").batches();
    expect(dataOf((await batches.next()).value!)).toBe("1");
    const failing = rejection(batches.next());
    await pass(1000);
    expect(await failing).toMatchObject({ code: "status" });
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });

  test("only iterators have them", () => {
    const { feed } = wired();
    const subscription = feed.subscribe("*", () => undefined);
    expect(() => subscription.batches()).toThrow(/subscribe without one to iterate/);
  });
});
