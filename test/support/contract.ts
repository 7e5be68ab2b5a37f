import type { ChannelOptions } from "@steadfeed/client";
import { afterEach, describe, expect, test, vi } from "vitest";
import { rejection } from "./collect.ts";
import { collectGarbage } from "./gc.ts";
import { countMoves } from "./moves.ts";
import { settle } from "./wire.ts";

/** What keeps the channel's contract: one end to send into, and readers. */
export interface Subject {
  readonly reader: AsyncIterator<object, undefined>;
  /** One more reader of the same. */
  another(): AsyncIterator<object, undefined>;
  send(value: object): void;
  end(error?: Error): void;
  dropped(): number;
}

const end = { done: true, value: undefined };

/** A distinguishable value. */
const v = (n: number): { n: number } => ({ n });
const result = (n: number): object => ({ done: false, value: { n } });
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Everything up to the end, or the error that was thrown. */
async function rest({ reader }: Subject): Promise<unknown[]> {
  const taken: unknown[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.next();
      if (done) return [...taken, "done"];
      taken.push((value as { n: number }).n);
    }
  } catch (error) {
    return [...taken, error];
  }
}

/** What a promise settles with, or `"pending"`. */
async function now(promise: Promise<unknown> | undefined): Promise<unknown> {
  let state: unknown = "pending";
  promise?.then(
    (value) => (state = value),
    (error: unknown) => (state = error),
  );
  await settle();
  return state;
}

/** Lines 2 and 6 of the contract, for readers that can leave. */
export function contractOfLeaving(name: string, make: (options?: ChannelOptions) => Subject): void {
  describe(`the channel's contract: ${name}`, () => {
    test("2 return() is idempotent and removes only itself", async () => {
      const subject = make();
      const other = subject.another();
      const pending = other.next();
      expect(await subject.reader.return!()).toEqual(end);
      expect(await subject.reader.return!()).toEqual(end);
      subject.send(v(1));
      expect(await now(pending)).toEqual(result(1));
      expect(await now(subject.reader.next())).toEqual(end);
    });

    test("6 return() settles every pending next()", async () => {
      const subject = make();
      const pending = [subject.reader.next(), subject.reader.next()];
      void subject.reader.return!();
      expect(await now(Promise.all(pending))).toEqual([end, end]);
    });
  });
}

/** The contract but for leaving, one test per line, run against whatever says that it keeps it. */
export function contract(name: string, make: (options?: ChannelOptions) => Subject): void {
  describe(`the channel's contract: ${name}`, () => {
    afterEach(() => void vi.restoreAllMocks());

    test("1 concurrent next() calls settle in order", async () => {
      const subject = make();
      const settled: string[] = [];
      const calls = ["a", "b", "c"].map((call) =>
        subject.reader
          .next()
          .then(({ value }) => settled.push(`${call}${(value as { n: number }).n}`)),
      );
      for (const n of [1, 2, 3]) subject.send(v(n));
      await Promise.all(calls);
      expect(settled).toEqual(["a1", "b2", "c3"]);
    });

    test("3 the end follows the received values, then it is permanently done", async () => {
      const subject = make();
      for (const n of [1, 2]) subject.send(v(n));
      subject.end();
      subject.send(v(3));
      expect(await rest(subject)).toEqual([1, 2, "done"]);
      expect(await now(subject.reader.next())).toEqual(end);
    });

    test("4 ended before the first next(): done at once", async () => {
      const subject = make();
      subject.end();
      expect(await now(subject.reader.next())).toEqual(end);
    });

    test("5 an error is delivered once, after the received values", async () => {
      const subject = make();
      for (const n of [1, 2]) subject.send(v(n));
      const error = new Error("broken");
      subject.end(error);
      expect(await rest(subject)).toEqual([1, 2, error]);
      expect(await now(subject.reader.next())).toEqual(end);
    });

    test("5 an error goes to the first waiting reader, the others are done", async () => {
      const subject = make();
      const [first, second] = [subject.reader.next(), subject.reader.next()];
      const error = new Error("broken");
      subject.end(error);
      expect(await rejection(first)).toBe(error);
      expect(await now(second)).toEqual(end);
    });

    test.each([
      { overflow: "pause", taken: [1, 2, 3, 4, 5, "done"], dropped: 0 },
      { overflow: "drop-oldest", taken: [3, 4, 5, "done"], dropped: 2 },
      { overflow: "drop-newest", taken: [1, 2, 3, "done"], dropped: 2 },
      { overflow: "latest", taken: [5, "done"], dropped: 4 },
      {
        overflow: "error",
        taken: [1, 2, 3, expect.objectContaining({ code: "overflow" })],
        dropped: 0,
      },
    ] as const)("7 bounded, $overflow at the limit", async ({ overflow, taken, dropped }) => {
      const subject = make({ capacity: 3, overflow });
      for (const n of [1, 2, 3, 4, 5]) subject.send(v(n));
      expect(subject.dropped()).toBe(dropped);
      subject.end();
      expect(await rest(subject)).toEqual(taken);
    });

    test("7 the limit applies to waiting values: a consumer that reads at once drops nothing", async () => {
      const subject = make({ capacity: 1, overflow: "drop-newest" });
      for (const n of [1, 2, 3]) {
        const next = subject.reader.next();
        subject.send(v(n));
        expect(await next).toEqual(result(n));
      }
      expect(subject.dropped()).toBe(0);
    });

    test("8 taking a value costs the same however many wait", async () => {
      const count = 20_000;
      const subject = make({ capacity: count });
      for (let n = 0; n < count; n++) subject.send(v(n));
      const moves = await countMoves(async () => {
        for (let n = 0; n < count; n++) await subject.reader.next();
      });
      expect(moves).toBeLessThan(count * 4);
    });

    test("9 the end travels in the queue: a reader after it sees it, one before does not", async () => {
      const subject = make();
      for (const n of [1, 2]) subject.send(v(n));
      subject.end();
      const settled = await Promise.all([1, 2, 3].map(() => subject.reader.next()));
      expect(settled).toEqual([result(1), result(2), end]);
    });

    test("10 the wait for the next value keeps no taken value alive", async () => {
      const race = vi.spyOn(Promise, "race");
      const subject = make();
      const taken: WeakRef<object>[] = [];
      const takeOne = async (n: number): Promise<void> => {
        const next = subject.reader.next();
        subject.send(v(n));
        taken.push(new WeakRef((await next).value!));
      };
      for (const n of numbers(1, 100)) await takeOne(n);
      void subject.reader.next();
      await settle();
      collectGarbage();
      expect(taken.filter((ref) => ref.deref() !== undefined)).toHaveLength(0);
      expect(race).not.toHaveBeenCalled();
    });
  });
}
