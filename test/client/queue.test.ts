import { describe, expect, test } from "vitest";
import { Queue } from "../../packages/client/src/delivery/queue.ts";
import { collectGarbage } from "../support/gc.ts";
import { countMoves } from "../support/moves.ts";
import { settle } from "../support/wire.ts";

const filled = <T>(...items: T[]): Queue<T> => {
  const queue = new Queue<T>();
  for (const item of items) queue.push(item);
  return queue;
};

const drained = <T>(queue: Queue<T>): T[] => {
  const items: T[] = [];
  while (queue.size > 0) items.push(queue.shift()!);
  return items;
};

describe("order", () => {
  test("first in, first out", () => {
    expect(drained(filled(1, 2, 3))).toEqual([1, 2, 3]);
  });

  test("with any alternation of push and shift", () => {
    const queue = new Queue<number>();
    const left: number[] = [];
    let next = 0;
    for (let round = 1; round <= 200; round++) {
      for (let i = 0; i < (round * 7) % 31; i++) queue.push(next++);
      for (let i = 0; i < (round * 5) % 29 && queue.size > 0; i++) left.push(queue.shift()!);
    }
    left.push(...drained(queue));
    expect(left).toEqual(Array.from({ length: next }, (_, i) => i));
  });

  test("an empty queue returns nothing, and accepts items again", () => {
    const queue = filled(1);
    expect([queue.shift(), queue.shift(), queue.at(0), queue.size]).toEqual([
      1,
      undefined,
      undefined,
      0,
    ]);
    queue.push(2);
    expect([queue.at(0), queue.size, queue.shift()]).toEqual([2, 1, 2]);
  });

  test("at() does not remove the item", () => {
    const queue = filled(1, 2);
    expect([queue.at(0), queue.at(1), queue.at(2), queue.size]).toEqual([1, 2, undefined, 2]);
  });

  test("an item in the middle can be removed, and the rest keep their order", () => {
    const queue = filled(1, 2, 3, 4);
    expect([queue.shift(2), queue.size]).toEqual([3, 3]);
    expect(drained(queue)).toEqual([1, 2, 4]);
  });

  test("clear removes everything", () => {
    const queue = filled(1, 2, 3);
    queue.shift();
    queue.clear();
    expect([queue.size, queue.at(0), queue.shift()]).toEqual([0, undefined, undefined]);
    queue.push(4);
    expect(drained(queue)).toEqual([4]);
  });
});

describe("cost", () => {
  test("a shift moves a constant number of items on average, however many there are", async () => {
    const queue = new Queue<number>();
    const count = 100_000;
    const moves = await countMoves(() => {
      for (let i = 0; i < count; i++) queue.push(i);
      for (let i = 0; i < count; i++) queue.shift();
    });
    expect(moves).toBeLessThan(2 * count);
  });

  test("a queue that is never empty costs the same, and frees the memory of removed items", async () => {
    const queue = filled(...Array.from({ length: 5000 }, (_, i) => i));
    const moves = await countMoves(() => {
      for (let i = 0; i < 100_000; i++) {
        queue.push(i);
        queue.shift();
      }
    });
    expect(moves).toBeLessThan(2 * 100_000);
    expect(moves).toBeGreaterThan(0);
  });
});

test("removed items are not kept in memory", async () => {
  const queue = new Queue<object>();
  const refs = Array.from({ length: 3000 }, () => {
    const item = {};
    queue.push(item);
    return new WeakRef(item);
  });
  for (let i = 0; i < 2000; i++) queue.shift();
  queue.shift();
  await settle();
  collectGarbage();
  const alive = refs.map((ref) => ref.deref() !== undefined);
  expect([alive.indexOf(true), queue.size]).toEqual([2001, 999]);
});
