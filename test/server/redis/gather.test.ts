import { expect, test } from "vitest";
import type { Address } from "@steadfeed/server";
import { Forgotten } from "../../../packages/server/src/redis/forgotten.ts";
import { Gathering } from "../../../packages/server/src/redis/gather.ts";
import { slotOf } from "../../../packages/server/src/redis/record.ts";
import { raw } from "./fake.ts";

const slots = ["1-0", "2-0", "3-0"].map((id) => slotOf(raw(id, id), () => undefined));
const to: Address[] = ["stream:s", "all"];

function gather(cleared: [Address, string][], more: object = {}): Gathering {
  const forgotten = new Forgotten();
  forgotten.learn(new Map(cleared), Date.now());
  const gathering = new Gathering({ to, limit: 9, ...more }, forgotten);
  for (const slot of slots) gathering.add(slot);
  return gathering;
}

test("a page has only events for these readers", () => {
  expect(gather([]).page("3-0", false)).toMatchObject({ contiguous: true, at: "3-0", more: false });
  expect(gather([]).events).toHaveLength(3);
  expect(gather([], { to: ["all"] }).events).toEqual([]);
  expect(gather([], { limit: 3 }).full).toBe(true);
});

test("cleared events are reported as missing, until they are forgiven", () => {
  expect(gather([["stream:s", "2-5"]]).page("3-0", false)).toMatchObject({
    contiguous: false,
    reason: "trimmed",
    resume: "~3-0",
    to: "3-0",
    through: "~3-0",
  });
  expect(gather([["stream:s", "2-5"]], { forgiven: "2-5" }).page("3-0", false).contiguous).toBe(
    true,
  );
  expect(gather([["stream:s", "9-0"]]).page("3-0", false)).toMatchObject({
    events: [],
    resume: "3-0",
    to: "",
    through: "9-0",
  });
  expect(gather([["stream:other", "9-0"]]).page("3-0", false).contiguous).toBe(true);
});

test("a gap leads to just before the first event, or to the end", () => {
  expect(gather([]).page("3-0", true, "reset")).toMatchObject({
    reason: "reset",
    resume: "~1-0",
    to: "1-0",
    more: true,
  });
  expect(gather([], { to: ["all"] }).page("3-0", false, "unknown")).toMatchObject({
    resume: "3-0",
    to: "",
  });
});
