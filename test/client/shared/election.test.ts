import { Feed } from "@steadfeed/client";
import { expect, test } from "vitest";
import { Election } from "../../../packages/client/src/shared/election.ts";
import { FakeOrigin, type FakeTab } from "../../support/tabs.ts";
import { fakeClock, settle, closing, Wire } from "../../support/wire.ts";

fakeClock();

function candidates(count: number) {
  const origin = new FakeOrigin();
  const wire = new Wire((request) => void request.answer());
  const stand = () => {
    const tab: FakeTab = origin.tab();
    let run = new AbortController();
    const says: string[] = [];
    const makeFeed = () => closing(new Feed("http://wire.test/", { fetch: wire.fetch }));
    const election = new Election(tab, makeFeed, {
      place: () => "",
      alone: () => void says.push("alone"),
    });
    const start = () => {
      run = new AbortController();
      return election.stand("lock", run.signal);
    };
    const leave = (): void => {
      run.abort();
      election.leave();
    };
    return { tab, election, start, leave, says };
  };
  return { wire, origin, all: Array.from({ length: count }, stand) };
}

test("one tab leads; when it leaves, the next in line leads", async () => {
  const { all, wire } = candidates(3);
  for (const each of all) void each.start();
  await settle();
  expect(all.map(({ election }) => election.leads)).toEqual([true, false, false]);
  all[0]!.leave();
  await settle();
  expect(all.map(({ election }) => election.leads)).toEqual([false, true, false]);
  expect(wire.live).toHaveLength(1);
  for (const each of all) each.leave();
  await settle();
  expect(wire.live).toHaveLength(0);
});

test("a tab that leaves the line is never elected", async () => {
  const { all } = candidates(3);
  const over = all.map((each) => each.start());
  await settle();
  all[1]!.leave();
  all[0]!.leave();
  await settle();
  expect(all.map(({ election }) => election.leads)).toEqual([false, false, true]);
  all[2]!.leave();
  await Promise.all(over);
});

test("a stolen lock ends the connection, and its tab joins the line again", async () => {
  const { all, wire } = candidates(2);
  for (const each of all) void each.start();
  await settle();
  all[1]!.election.steal();
  await settle();
  expect(all.map(({ election }) => election.leads)).toEqual([false, true]);
  expect(wire.live).toHaveLength(1);
  all[1]!.leave();
  await settle();
  expect(all[0]!.election.leads).toBe(true);
  all[0]!.leave();
});

test("a tab that leaves during its election, or while it steals the lock, does not lead", async () => {
  const { all, wire } = candidates(2);
  const [a, b] = [all[0]!, all[1]!];
  void a.start();
  a.leave();
  void b.start();
  await settle();
  expect([a.election.leads, b.election.leads]).toEqual([false, true]);
  void a.start();
  await settle();
  a.election.steal();
  a.leave();
  await settle();
  void a.start();
  await settle();
  expect([a.election.leads, b.election.leads]).toEqual([false, true]);
  expect(wire.requests).toHaveLength(1);
  a.leave();
  b.leave();
});

test("without locks, a tab learns once that it is alone", async () => {
  const { all } = candidates(1);
  all[0]!.tab.refuses = new DOMException("Not here.", "SecurityError");
  await all[0]!.start();
  expect(all[0]!.says).toEqual(["alone"]);
});
