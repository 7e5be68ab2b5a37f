import { Feed, type FeedEvent } from "@steadfeed/client";
import { Ledger, Recorder, settle, Wire, type Account } from "@steadfeed/client/testing";
import { expect, onTestFinished, test } from "vitest";

const published = (count: number, type?: string): Ledger => {
  const ledger = new Ledger();
  for (let id = 1; id <= count; id++) ledger.add(String(id), type);
  return ledger;
};

const event = (id: number | string, type = "message"): FeedEvent => ({
  type,
  data: "",
  lastEventId: String(id),
});

/** A feed that is at a cursor, and reports a gap on request. */
function fakeFeed(lastEventId = "") {
  const listeners = new Set<(gap: { lastEventId: string; data?: string }) => void>();
  return {
    lastEventId,
    listeners,
    on(_kind: string, listener: never) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    gap(from: string, to?: string) {
      const data =
        to === undefined ? {} : { data: JSON.stringify({ reason: "trimmed", from, to }) };
      for (const tell of listeners) tell({ lastEventId: from, ...data });
    },
  };
}

function recorded(count: number, cursor = "", types?: string[]) {
  const feed = fakeFeed(cursor);
  const ledger = published(count);
  return { feed, ledger, recorder: new Recorder(feed as never, ledger, types) };
}

const clean = (received: number, more: Partial<Account> = {}): Account => ({
  received,
  gone: 0,
  missing: 0,
  faults: [],
  ...more,
});

test("every event after the cursor arrived, in order: no findings", () => {
  const { recorder } = recorded(5, "2");
  for (const id of [3, 4, 5]) recorder.take(event(id));
  expect(recorder.account()).toEqual(clean(3));
});

test("a cursor whose event is not recorded yet counts from when it is", () => {
  const ledger = published(2);
  const recorder = new Recorder(fakeFeed("3") as never, ledger);
  recorder.take(event(5));
  for (const id of ["3", "4", "5"]) ledger.add(id);
  expect(recorder.account()).toMatchObject({ received: 1, missing: 1 });
});

test("without a cursor, the first event defines the start", () => {
  const { recorder } = recorded(5);
  expect(recorder.account()).toEqual(clean(0));
  for (const id of [4, 5]) recorder.take(event(id));
  expect(recorder.account()).toEqual(clean(2));
});

test.each([
  ["in the middle", [1, 2, 5], "2 of 3–4 are missing"],
  ["at the start", [3, 4, 5], "2 of 1–2 are missing"],
  ["at the end", [1, 2, 3], "2 of 4–5 are missing"],
])("a loss %s is found", (_, ids, fault) => {
  const ledger = new Ledger();
  const feed = fakeFeed("0");
  ledger.add("0");
  const recorder = new Recorder(feed as never, ledger);
  for (let id = 1; id <= 5; id++) ledger.add(String(id));
  for (const id of ids) recorder.take(event(id));
  expect(recorder.account()).toMatchObject({
    missing: 2,
    faults: [`${fault}, without a gap or a drop`],
  });
});

test("an event that comes twice is found, and one that comes late", () => {
  const { recorder } = recorded(3);
  for (const id of [1, 2, 2, 3, 1]) recorder.take(event(id));
  expect(recorder.account().faults).toEqual([
    "2 came after the event at 1, and is at 1.",
    "1 came after the event at 2, and is at 0.",
  ]);
});

test("an event that was never published is found, and one of a type without a subscription", () => {
  const { recorder } = recorded(1, "", ["message"]);
  recorder.take(event(1, "news"));
  recorder.take(event("forged"));
  expect(recorder.account().faults).toEqual([
    "1 came, which is of the type news.",
    "forged came, and was never published.",
  ]);
});

test("a gap covers the events that it reports, and nothing published later", () => {
  const { feed, ledger, recorder } = recorded(6, "1");
  recorder.take(event(2));
  feed.gap("2");
  for (const id of [7, 8, 9]) ledger.add(String(id));
  recorder.take(event(6));
  recorder.take(event(9));
  expect(recorder.account()).toMatchObject({ gone: 3, missing: 2 });
  feed.gap("6");
  expect(recorder.account()).toEqual(clean(3, { gone: 5 }));
});

test("a gap covers only events after its cursor", () => {
  const { feed, recorder } = recorded(9, "1");
  feed.gap("4");
  recorder.take(event(9));
  expect(recorder.account()).toMatchObject({ gone: 4, missing: 3 });
});

test("a gap that names its end covers the holes up to there, and none after it", () => {
  const { feed, recorder } = recorded(9, "1");
  feed.gap("1", "6");
  for (const id of [3, 6, 9]) recorder.take(event(id));
  // 2, 4 and 5 by the gap's word; 7 and 8 by nobody's.
  expect(recorder.account()).toMatchObject({ gone: 3, missing: 2 });
});

test("a gap without an end covers everything published before it was reported", () => {
  const { feed, ledger, recorder } = recorded(4, "1");
  feed.gap("1", "");
  for (const id of [5, 6, 7]) ledger.add(String(id));
  for (const id of [3, 5, 7]) recorder.take(event(id));
  expect(recorder.account()).toMatchObject({ gone: 2, missing: 1 });
});

test("an earlier gap can be passed in: it reaches back before the recorder started", () => {
  const { recorder } = recorded(5, "2");
  const data = JSON.stringify({ reason: "trimmed", from: "1", to: "5" });
  recorder.gap({ reason: "trimmed", lastEventId: "1", data });
  recorder.take(event(5));
  expect(recorder.account()).toEqual(clean(1, { gone: 2 }));
});

test("a gap of an unknown cursor covers the missing events there", () => {
  const { feed, recorder } = recorded(4, "1");
  feed.gap("of another server");
  recorder.take(event(4));
  expect(recorder.account()).toEqual(clean(1, { gone: 2 }));
});

test("the drops of a full queue must equal the missing events", () => {
  const { recorder } = recorded(5, "1");
  recorder.take(event(5));
  expect(recorder.account({ dropped: 3 }).faults).toEqual([]);
  expect(recorder.account({ dropped: 2 }).faults).toHaveLength(1);
  expect(recorder.account({ dropped: 4 }).faults).toEqual([
    "4 events were counted as dropped, and 3 did not come",
  ]);
});

test("events of other types may be missing", () => {
  const ledger = new Ledger();
  for (const [id, type] of ["tick", "news", "tick", "news"].entries()) ledger.add(String(id), type);
  const recorder = new Recorder(fakeFeed("0") as never, ledger, "tick");
  recorder.take(event(2, "tick"));
  expect(recorder.account()).toEqual(clean(1));
});

test("a reader that left, or has not arrived yet, is judged by its received events; an event may arrive before its id is known", () => {
  const { ledger, recorder } = recorded(2);
  for (const id of [1, 2, 3]) recorder.take(event(id));
  expect(recorder.account({ complete: false })).toEqual(clean(2));
  ledger.add("3");
  ledger.add("4");
  expect(recorder.account({ complete: false })).toEqual(clean(3));
  expect(recorder.account()).toMatchObject({ missing: 1 });
});

test("a stopped recorder holds no reference to the feed", () => {
  const { feed, recorder } = recorded(1);
  expect(feed.listeners.size).toBe(1);
  recorder.stop();
  expect(feed.listeners.size).toBe(0);
});

test("on a feed: an interrupted and resumed stream is complete, one in which the server skips is not", async () => {
  const wire = new Wire((request, number) => {
    if (number === 1) request.answer().events(1, 2).reset();
    else request.answer().events(3, 5);
  });
  const feed = new Feed("http://wire.test", { fetch: wire.fetch, retry: { initialDelayMs: 0 } });
  onTestFinished(() => feed.close());
  const ledger = published(3);
  const recorder = new Recorder(feed, ledger);
  feed.subscribe("*", recorder.take);
  await expect.poll(() => wire.requests.length).toBe(2);
  await settle();
  expect(recorder.account({ complete: false })).toEqual(clean(3));
  ledger.add("4");
  ledger.add("5");
  expect(recorder.account()).toMatchObject({ received: 4, missing: 1 });
});
