import { expect, test } from "vitest";
import { endsExactly, Progress } from "../../../packages/client/src/shared/progress.ts";
import type { Batch, Item } from "../../../packages/client/src/shared/message.ts";

const event = (id: string | undefined): Item => ({
  type: "message",
  data: "",
  lastEventId: id ?? "",
  ...(id !== undefined && { id }),
});

function batch(after: string, ...ids: (string | undefined)[]): Batch {
  const id = ids.findLast((each) => each !== undefined) ?? after;
  return { kind: "batch", leader: "a", after, id, items: ids.map(event) };
}

const idsOf = (items: readonly Item[]): unknown[] =>
  items.map((item) => ("comment" in item ? item.comment : item.id));

function at(...ids: string[]): Progress {
  const progress = new Progress();
  progress.reset(ids[0] ?? "");
  for (const id of ids.slice(1)) progress.pass(id);
  return progress;
}

test("the next batch is taken whole, and moves the progress", () => {
  const progress = at("1");
  expect(idsOf(progress.take(batch("1", "2", undefined, "3")))).toEqual(["2", undefined, "3"]);
  expect(progress).toMatchObject({ id: "3", exact: true });
});

test("events already received are not taken again: a whole batch, or its beginning", () => {
  const progress = at("1", "2", "3", "4");
  expect(progress.take(batch("1", "2", "3"))).toEqual([]);
  expect(progress.id).toBe("4");
  expect(idsOf(progress.take(batch("3", "4", "5")))).toEqual(["5"]);
  expect(progress.id).toBe("5");
});

test("a server that resumes after a later id than requested is followed", () => {
  const progress = at("1", "2", "3");
  expect(idsOf(progress.take(batch("1", "9")))).toEqual(["9"]);
  expect(progress.id).toBe("9");
});

test("a batch after an unknown id follows something that is missing", () => {
  const progress = at("1", "2");
  expect(progress.knows("2")).toBe(true);
  expect(progress.knows("1")).toBe(true);
  expect(progress.knows("3")).toBe(false);
  expect(at().knows("")).toBe(true);
  expect(progress.knows("")).toBe(false);
});

test("an event without an id leaves the progress where no server can find it", () => {
  const progress = at("1");
  progress.take(batch("1", "2", undefined));
  expect(progress).toMatchObject({ id: "2", exact: false });
  progress.take({ ...batch("2"), id: "3" });
  expect(progress).toMatchObject({ id: "3", exact: true });
});

test("a comment of a leader that lags behind has no effect", () => {
  const progress = at("1", "2");
  progress.take({ ...batch("1"), items: [{ comment: "beat" }] });
  expect(progress.id).toBe("2");
});

test("remembers a thousand ids, and no more", () => {
  const progress = at("1");
  for (let n = 2; n <= 5000; n++) progress.pass(String(n));
  expect(progress.knows("4000")).toBe(true);
  expect(progress.knows("3000")).toBe(false);
});

test("a repeated id counts as new", () => {
  const progress = at("1");
  for (let n = 2; n <= 1000; n++) progress.pass(String(n));
  progress.pass("1");
  for (let n = 1001; n <= 1500; n++) progress.pass(String(n));
  expect(progress.knows("1")).toBe(true);
});

test("a batch ends exactly at an event's own id or a moved cursor; without events it ends where it began", () => {
  const comment = { ...batch("1"), items: [{ comment: "" }] };
  expect(endsExactly(batch("1", undefined, "2"), false)).toBe(true);
  expect(endsExactly(batch("1", "2", undefined), true)).toBe(false);
  expect(endsExactly({ ...comment, id: "2" }, false)).toBe(true);
  for (const before of [true, false]) expect(endsExactly(comment, before)).toBe(before);
});
