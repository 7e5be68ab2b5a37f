import { expect, test, vi } from "vitest";
import { until } from "../../support/collect.ts";
import { Archive } from "../../../packages/server/src/redis/archive.ts";
import { Follower } from "../../../packages/server/src/redis/follower.ts";
import type { Slot } from "../../../packages/server/src/redis/record.ts";
import { Ring } from "../../../packages/server/src/redis/ring.ts";
import { Forgotten } from "../../../packages/server/src/redis/forgotten.ts";
import { keys, linked, raw, silence } from "./fake.ts";

/** A stream that grows on request. */
async function following(ids: string[], ringEvents = 100, data?: string) {
  const idOf = (text: string): number => Number(text.replace("(", "").split("-")[0]);
  const fail: Error[] = [];
  const answer = ([command, , ...rest]: readonly string[]): unknown => {
    if (fail[0]) return fail[0];
    if (command === "HGETALL") return [];
    if (command === "XADD") return ids.push("50-0") && "50-0";
    if (command === "XREAD") return silence;
    const [from = "", to = "", , count] = rest;
    if (command === "XRANGE") {
      return ids
        .filter((id) => idOf(id) >= idOf(from))
        .slice(0, Number(count))
        .map((id) => raw(id, data ?? id));
    }
    const kept = ids.filter(
      (id) =>
        from === "+" || (from.startsWith("(") ? idOf(id) < idOf(from) : idOf(id) <= idOf(from)),
    );
    void to;
    return kept
      .toReversed()
      .slice(0, Number(count))
      .map((id) => raw(id, data ?? id));
  };
  const { link, connections } = linked(answer);
  await link.ready();
  const ring = new Ring(ringEvents, 1 << 20);
  const appended = vi.fn<(slots: readonly Slot[] | undefined) => void>();
  const well = vi.fn<(error?: unknown) => void>();
  const follower = new Follower({
    link,
    key: keys.log,
    ring,
    archive: new Archive(link, keys, new Forgotten(), () => undefined),
    timeoutMs: 1000,
    refused: () => undefined,
    appended,
    well,
  });
  /** As when Redis answers the one that waits. */
  const wake = (): void => connections.at(-1)!.lose();
  return { follower, ring, appended, well, link, connections, fail, wake };
}

test("starts with the newest events, as many as the ring holds", async () => {
  const { follower, ring } = await following(["1-0", "2-0", "3-0", "4-0"], 2);
  await follower.begin();
  expect([ring.tail, ring.has("2-0"), ring.has("1-0")]).toEqual(["4-0", true, false]);
});

test("reads large events a few at a time, at the start and later: never all that Redis has", async () => {
  const ids = Array.from({ length: 300 }, (_, i) => `${i + 1}-0`);
  const { follower, ring, appended, connections } = await following(ids, 100, "x".repeat(1 << 20));
  await follower.begin();
  expect(ring.tail).toBe("300-0");
  for (let i = 301; i <= 400; i++) ids.push(`${i}-0`);
  void follower.run();
  await until(() => expect(ring.tail).toBe("400-0"));
  const asked = connections
    .flatMap((each) => each.asked)
    .filter(([name]) => name?.endsWith("RANGE"));
  expect(Math.max(...asked.map((args) => Number(args.at(-1))))).toBeLessThanOrEqual(65);
  expect(appended.mock.calls.length).toBeGreaterThan(10);
});

test("starts at any position, also in an empty stream", async () => {
  const { follower, ring } = await following([]);
  await follower.begin();
  expect(ring.tail).toBe("50-0");
});

test("new entries are in the ring when they are announced, in order", async () => {
  const ids = ["1-0"];
  const { follower, ring, appended } = await following(ids);
  await follower.begin();
  ids.push("2-0", "3-0");
  appended.mockImplementation(() => expect(ring.tail).toBe("3-0"));
  void follower.run();
  await until(() => expect(appended).toHaveBeenCalledTimes(1));
  expect(appended.mock.calls[0]![0]!.map(({ id }) => id)).toEqual(["2-0", "3-0"]);
});

test("when its own position is gone it restarts, and reports it", async () => {
  const ids = ["1-0"];
  const { follower, ring, appended } = await following(ids);
  await follower.begin();
  ids.splice(0, 1, "8-0", "9-0");
  void follower.run();
  await until(() => expect(appended).toHaveBeenCalledWith(undefined));
  expect([ring.tail, ring.has("1-0"), ring.has("8-0")]).toEqual(["9-0", false, true]);
});

test("a failure is reported and retried, without a busy loop", async () => {
  const { follower, well, connections, fail } = await following(["1-0"]);
  await follower.begin();
  fail.push(new Error("WRONGTYPE"));
  void follower.run();
  await until(() => expect(well).toHaveBeenCalledWith(fail[0]));
  const before = connections[0]!.asked.length;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(connections[0]!.asked.length - before).toBeLessThan(6);
  fail.pop();
  await until(() => expect(well).toHaveBeenLastCalledWith());
});

test("a call that waits for an entry settles when it arrives, or cannot arrive", async () => {
  const ids = ["1-0"];
  const { follower, wake, fail } = await following(ids);
  await follower.begin();
  void follower.run();
  await follower.seen("1-0");
  const seen = vi.fn<() => void>();
  const waiting = follower.seen("2-0").then(seen);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(seen).not.toHaveBeenCalled();
  ids.push("2-0");
  wake();
  await waiting;
  const never = follower.seen("99-0");
  fail.push(new Error("gone"));
  wake();
  await never;
});
