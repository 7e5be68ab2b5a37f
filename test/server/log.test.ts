import { ServerError } from "@steadfeed/server";
import { expect, test } from "vitest";
import { entryOf, type Draft } from "../../packages/server/src/log/log.ts";

const draft: Draft = {
  to: "stream:s",
  type: "t",
  data: "x",
  retryMs: 5,
  id: undefined,
  minVersion: 1,
  expiresAt: 9,
  limitBytes: 100,
};

test("an entry has the fields that readers, filters and the wire need", () => {
  const { frame, ...entry } = entryOf(draft, "own", "k-1");
  expect(entry).toEqual({
    to: "stream:s",
    id: "own",
    at: "k-1",
    type: "t",
    data: "x",
    minVersion: 1,
    expiresAt: 9,
  });
  expect(new TextDecoder().decode(frame.bytes)).toBe("id: own\nevent: t\nretry: 5\ndata: x\n\n");
});

test("an event over the limit is refused by its size on the wire, not by its characters", () => {
  const exact = entryOf(draft, "own", "k-1").frame.bytes.byteLength;
  expect(() => entryOf({ ...draft, limitBytes: exact }, "own", "k-1")).not.toThrow();
  for (const data of ["xy", "é", "x".repeat(200)]) {
    const refused = (): unknown => entryOf({ ...draft, data, limitBytes: exact }, "own", "k-1");
    expect(refused).toThrow(ServerError);
    expect(refused).toThrow(/limits\.eventBytes/);
  }
});
