import { expect, test } from "vitest";
import { Place, type Item, type Sender } from "../../packages/client/src/delivery/place.ts";

test("what a reader has in hand counts as taken when it asks for the next: all of it, in order, once", () => {
  const taken: unknown[] = [];
  const ignore = (): void => undefined;
  const sender: Sender = {
    room: ignore,
    closed: ignore,
    dropped: ignore,
    taken: ({ value }) => void taken.push(value),
  };
  const item = (value: number): Item<number> => ({ value, sender });
  const place = new Place();
  place.release();
  for (const value of [1, 2, 3]) place.hold(item(value));
  expect(taken).toEqual([]);
  place.release();
  place.release();
  expect(taken).toEqual([1, 2, 3]);
  place.hold(item(4));
  place.hold({ value: 5, sender: undefined });
  place.release();
  expect(taken).toEqual([1, 2, 3, 4]);
});
