import { beforeEach, expect, test } from "vitest";
import type { Item, Message, State } from "../../../packages/client/src/shared/message.ts";
import { kindsOf, lastOf } from "../../support/collect.ts";
import { FakeBrowser, type Sharing } from "../../support/tabs.ts";
import { fakeClock, pass, settle } from "../../support/wire.ts";

fakeClock();

let browser: FakeBrowser;
let tab: Sharing;
let say: (message: Message) => Promise<void>;

const open: State["status"] = {
  kind: "open",
  info: { url: "http://wire.test/events", status: 200, attempt: 1, resumedFrom: "" },
  headers: [],
};

function state(leader: string, id: string, announces = false): State {
  return { kind: "state", leader, announces, id, exact: true, change: 1, status: open };
}

function batch(leader: string, after: string, ...ids: (string | undefined)[]): Message {
  const items: Item[] = ids.map((id) => ({
    type: "message",
    data: id ?? "-",
    lastEventId: id ?? after,
    ...(id !== undefined && { id }),
  }));
  return { kind: "batch", leader, after, id: ids.findLast((id) => id) ?? after, items };
}

/** A tab that follows; the test plays the leader. */
beforeEach(async () => {
  browser = new FakeBrowser();
  const leading = await browser.open();
  tab = await browser.open();
  const name = browser.origin.names[0]!;
  const others = browser.origin.tab().channel(name, () => undefined);
  say = async (message) => {
    others.post(message);
    await settle();
  };
  leading.tab.hang();
  await say(state("x", "", true));
});

test("takes each batch that follows the previous one", async () => {
  await say(batch("x", "", "1", "2"));
  await say(batch("x", "2", "3"));
  expect(tab.data).toEqual(["1", "2", "3"]);
  expect(tab.feed.lastEventId).toBe("3");
});

test("a new leader that starts further back repeats nothing", async () => {
  await say(batch("x", "", "1", "2", "3"));
  const { gaps } = tab.feed.stats;
  await say(state("y", "1", true));
  await say(batch("y", "1", "2"));
  await say(batch("y", "2", "3", "4"));
  expect(tab.data).toEqual(["1", "2", "3", "4"]);
  expect(tab.feed.stats.gaps).toBe(gaps);
});

test("a follower that misses a batch gets it from the server, and then follows again", async () => {
  await say(batch("x", "", "1"));
  browser.count = 3;
  await say(batch("x", "2", "3"));
  expect(browser.wire.last.lastEventId).toBe("1");
  expect(tab.data).toEqual(["1", "2", "3"]);
  expect(browser.wire.last.live).toBe(false);
  await say(batch("x", "3", "4"));
  expect(tab.data).toEqual(["1", "2", "3", "4"]);
});

test("while it catches up it takes only the batches that continue its position", async () => {
  await say(batch("x", "", "1"));
  await say(batch("x", "2", "3"));
  await say(batch("x", "3", "4"));
  expect(tab.data).toEqual(["1"]);
  browser.wire.last.events(2, 3);
  await settle();
  await say(batch("x", "3", "4"));
  expect(tab.data).toEqual(["1", "2", "3", "4"]);
  expect(browser.wire.last.live).toBe(false);
});

test("events kept for a slow consumer when it fell behind count as not received", async () => {
  let go = (): void => undefined;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const taken: string[] = [];
  const slow = async (event: { data: string }): Promise<void> => {
    await gate;
    taken.push(event.data);
  };
  tab.feed.subscribe("*", slow, { capacity: 1 });
  for (let n = 1; n <= 4; n++) await say(batch("x", n === 1 ? "" : `${n - 1}`, `${n}`));
  await say(batch("x", "5", "6"));
  expect(browser.wire.last.lastEventId).toBe("2");
  await say(state("y", "4", true));
  await say(batch("y", "4", "5", "6"));
  browser.wire.last.events(3, 4, 5, 6);
  go();
  await settle();
  await settle();
  expect(taken).toEqual(["1", "2", "3", "4", "5", "6"]);
});

test("events missed by a slow consumer are a gap where no id identifies them", async () => {
  let go = (): void => undefined;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const taken: number[] = [];
  const slow = async (event: { data: string }): Promise<void> => {
    await gate;
    taken.push(event.data.length);
  };
  tab.feed.subscribe("*", slow, { capacity: 1 });
  const large: Item = { type: "message", data: "x".repeat(600_000), lastEventId: "" };
  for (let n = 0; n < 6; n++) {
    await say({ kind: "batch", leader: "x", after: "", id: "", items: [large] });
    await pass(1);
  }
  const { gaps } = tab.feed.stats;
  go();
  await settle();
  await settle();
  expect(taken).toHaveLength(4);
  expect(tab.feed.stats.gaps).toBe(gaps + 1);
  expect(lastOf(tab.told, "gap")).toMatchObject({ reason: "slow" });
});

test("without ids a hand-over is reported as a gap, once, and delivery continues", async () => {
  await say(batch("x", "", "1", undefined));
  const { gaps } = tab.feed.stats;
  await say(state("y", "1", true));
  await say(batch("y", "1", undefined));
  expect(tab.data).toEqual(["1", "-", "-"]);
  expect(tab.feed.stats.gaps).toBe(gaps + 1);
  expect(lastOf(tab.told, "gap")).toMatchObject({ reason: "hand-over", lastEventId: "1" });
});

test("the outcome of the leader's request is reported here too", async () => {
  await say(batch("x", "", "5"));
  const gap = { reason: "refused", lastEventId: "5" } as const;
  await say({ kind: "batch", leader: "x", after: "5", id: "", items: [{ gap, id: "" }] });
  expect(lastOf(tab.told, "gap")).toEqual({ kind: "gap", ...gap });
  expect(tab.feed.lastEventId).toBe("");
  await say(batch("x", "", "1"));
  expect(tab.data).toEqual(["5", "1"]);
});

test("a status is reported once, however often the leader repeats it", async () => {
  await say(state("x", ""));
  await say(state("x", ""));
  expect(kindsOf(tab.told).filter((kind) => kind === "open")).toHaveLength(2);
});

test("the end of the shared feed closes this feed, with its error", async () => {
  const facts = { url: "u", status: 404, headers: undefined, body: undefined, attempt: 1 };
  const error = { code: "status", message: "No.", ...facts } as const;
  await say({ ...state("x", ""), status: { kind: "closed", reason: "failed", error, facts: {} } });
  expect(await tab.feed.closed).toMatchObject({ reason: "failed", error: { status: 404 } });
});
