import { expect, test } from "vitest";
import { expired, Lane, merge, type Kept } from "../../packages/server/src/log/lane.ts";
import { entryOf } from "../../packages/server/src/log/log.ts";

function kept(seq: number, expiresAt?: number): Kept {
  const draft = {
    to: "all",
    type: undefined,
    data: "",
    retryMs: undefined,
    id: undefined,
    minVersion: 0,
    expiresAt,
    limitBytes: 99,
  } as const;
  return { seq, entry: entryOf(draft, `k-${seq}`, `k-${seq}`), bytes: 1 };
}

function lane(...seqs: number[]): Lane {
  const made = new Lane();
  for (const seq of seqs) made.push(kept(seq));
  return made;
}

test("a reader continues at the first event after its position, wherever that is", () => {
  const some = lane(2, 4, 6, 8);
  expect([0, 2, 3, 6, 7, 8, 99].map((seq) => some.at(some.after(seq))?.seq)).toEqual([
    2,
    4,
    4,
    8,
    8,
    undefined,
    undefined,
  ]);
  expect(lane().after(5)).toBe(0);
  for (let size = 1; size < 40; size++) {
    const seqs = Array.from({ length: size }, (_, index) => 2 * index + 1);
    const many = lane(0, ...seqs);
    many.shift(0);
    for (let seq = 0; seq < 2 * size; seq++) {
      expect(many.after(seq)).toBe(seqs.filter((each) => each <= seq).length);
    }
  }
});

test("trimming is remembered, so that a gap is reported", () => {
  const some = lane(2, 4);
  expect(some.shift(0)).toMatchObject({ seq: 2 });
  expect([some.trimmed, some.size]).toEqual([2, 1]);
  expect(some.at(some.after(0))?.seq).toBe(4);
});

test("an expired event leaves no gap", () => {
  const some = new Lane();
  some.push(kept(1, 100));
  some.push(kept(2));
  some.push(kept(3, 100));
  expect(some.expire(99)).toEqual([]);
  expect(some.shift(100)?.seq).toBe(1);
  expect(some.expire(100).map(({ seq }) => seq)).toEqual([3]);
  expect([some.trimmed, some.size, some.at(0)?.seq]).toEqual([0, 1, 2]);
  expect(expired(kept(1, 100).entry!, 99)).toBe(false);
});

test("after any number of events it holds only the kept ones", () => {
  const some = new Lane();
  for (let seq = 1; seq <= 5000; seq++) {
    some.push(kept(seq));
    if (some.size > 10) some.shift(0);
  }
  expect([some.size, some.trimmed, some.at(0)?.seq, some.at(some.after(4995))?.seq]).toEqual([
    10, 4990, 4991, 4996,
  ]);
});

test("several lanes are read as one sequence, up to a limit", () => {
  const lanes = [lane(1, 4, 5), lane(), lane(2, 3, 6)];
  const seqs = (after: number, limit: number): [number[], boolean] => {
    const { kept: found, more } = merge(lanes, after, limit);
    return [found.map(({ seq }) => seq), more];
  };
  expect(seqs(0, 9)).toEqual([[1, 2, 3, 4, 5, 6], false]);
  expect(seqs(2, 3)).toEqual([[3, 4, 5], true]);
  expect(seqs(3, 3)).toEqual([[4, 5, 6], false]);
  expect(seqs(6, 3)).toEqual([[], false]);
});
