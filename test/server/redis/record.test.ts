import { expect, test, vi } from "vitest";
import {
  fieldsOf,
  firstFields,
  noteFields,
  slotOf,
} from "../../../packages/server/src/redis/record.ts";

const draft = {
  to: "client:ann",
  type: "t",
  data: "a\nb",
  retryMs: 5,
  id: undefined,
  minVersion: 2,
  expiresAt: 99,
  limitBytes: 100,
} as const;
const never = (error: unknown): never => {
  throw error;
};

test("an event is read as it was written", () => {
  const { entry } = slotOf(["1-1", fieldsOf(draft)], never);
  expect(entry).toMatchObject({
    to: "client:ann",
    id: "1-1",
    at: "1-1",
    type: "t",
    data: "a\nb",
    minVersion: 2,
    expiresAt: 99,
  });
  expect(new TextDecoder().decode(entry!.frame.bytes)).toContain("retry: 5\n");
});

test("omitted fields stay omitted", () => {
  const bare = {
    ...draft,
    type: undefined,
    retryMs: undefined,
    minVersion: Number.NEGATIVE_INFINITY,
    expiresAt: undefined,
  };
  expect(fieldsOf(bare)).toEqual(["to", "client:ann", "data", "a\nb"]);
  const { entry } = slotOf(["1-1", fieldsOf(bare)], never);
  expect(entry).toMatchObject({
    type: undefined,
    minVersion: Number.NEGATIVE_INFINITY,
    expiresAt: undefined,
  });
});

test("messages between processes reach no reader", () => {
  expect(slotOf(["1-1", noteFields("hi")], never)).toEqual({ id: "1-1", note: "hi" });
  expect(slotOf(["1-1", ["kind", "clear", "to", "stream:s"]], never)).toEqual({
    id: "1-1",
    clear: "stream:s",
  });
  expect(slotOf(["1-1", firstFields], never)).toEqual({ id: "1-1" });
  expect(slotOf(["1-1", ["kind", "of a later version"]], never)).toEqual({ id: "1-1" });
});

test.each([
  ["nothing", null],
  ["no address", ["data", "x"]],
  ["no such address", ["to", "stream:", "data", "x"]],
  ["no data", ["to", "all"]],
  ["a type of two lines", ["to", "all", "data", "x", "type", "a\r\nid: 1"]],
  ["a retry in words", ["to", "all", "data", "x", "retry", "soon"]],
])("an invalid foreign entry reaches no reader, and is reported: %s", (_, fields) => {
  const refused = vi.fn<(error: unknown) => void>();
  expect(slotOf(["1-1", fields], refused)).toEqual({ id: "1-1" });
  expect(refused).toHaveBeenCalledTimes(1);
});
