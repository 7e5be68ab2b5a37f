import { Channel } from "@steadfeed/client";
import { describe, expect, test } from "vitest";
import { collectGarbage } from "../support/gc.ts";
import { settle } from "../support/wire.ts";

// What every queue of this package does, shown by the one that can be made without a feed.

describe("order", () => {
  test("first in, first out, with any alternation of send and receive", () => {
    const channel = new Channel<number>({ capacity: 1000 });
    const received: (number | undefined)[] = [];
    let next = 0;
    for (let round = 1; round <= 200; round++) {
      for (let i = 0; i < (round * 7) % 31; i++) channel.send(next++);
      for (let i = 0; i < (round * 5) % 29 && channel.size > 0; i++)
        received.push(channel.tryReceive());
    }
    while (channel.size > 0) received.push(channel.tryReceive());
    expect(received).toEqual(Array.from({ length: next }, (_, i) => i));
  });

  test("an empty queue returns nothing, and accepts items again", () => {
    const channel = new Channel<number>();
    channel.send(1);
    expect([channel.tryReceive(), channel.tryReceive(), channel.size]).toEqual([1, undefined, 0]);
    channel.send(2);
    expect([channel.size, channel.tryReceive(), channel.size]).toEqual([1, 2, 0]);
  });

  test("the oldest is dropped, also the only one, and the others stay in order", () => {
    const channel = new Channel<number>({ capacity: 1, overflow: "drop-oldest" });
    for (const n of [1, 2, 3]) channel.send(n);
    expect([channel.dropped, channel.tryReceive(), channel.tryReceive()]).toEqual([
      2,
      3,
      undefined,
    ]);
    channel.send(4);
    expect(channel.tryReceive()).toBe(4);
  });
});

test("removed items are not kept in memory", async () => {
  const channel = new Channel<object>({ capacity: 3000 });
  const refs = Array.from({ length: 3000 }, () => {
    const item = {};
    channel.send(item);
    return new WeakRef(item);
  });
  for (let i = 0; i < 2001; i++) channel.tryReceive();
  // The newest one is in the hands of its reader until it asks for more.
  channel.tryReceive();
  await settle();
  collectGarbage();
  const alive = refs.map((ref) => ref.deref() !== undefined);
  expect([alive.indexOf(true), channel.size]).toEqual([2001, 998]);
});
