import { createParser } from "@steadfeed/parser";
import { describe, expect, test } from "vitest";
import { Tail } from "../../packages/parser/src/tail.ts";
import { bytes } from "../conformance/row.ts";

const plenty = 1e6;

/** What is parsed at once of a chunk, after what waits already. */
function parsedNow(tail: Tail, text: string, room = plenty): string {
  const chunk = bytes(text);
  const end = tail.startIn(chunk, room);
  const joined = tail.joins(chunk, end);
  const first = joined > 0 ? new TextDecoder().decode(tail.join(chunk, joined)) : "";
  const parsed = first + new TextDecoder().decode(chunk.subarray(joined, end));
  tail.keep(chunk, end);
  // A socket writes over its buffer.
  chunk.fill(0x41);
  return parsed;
}

describe("small pieces cost no decoding each", () => {
  test("they wait for the end of their line and are parsed as one", () => {
    const tail = new Tail();
    expect(parsedNow(tail, "da")).toBe("");
    expect(parsedNow(tail, "ta: a")).toBe("");
    expect(parsedNow(tail, "b\nda")).toBe("data: ab\n");
    expect(parsedNow(tail, "ta: c\r")).toBe("data: c\r");
    expect(parsedNow(tail, "\n\n")).toBe("\n\n");
    expect(tail.isEmpty).toBe(true);
  });

  test("also those in the middle of a line whose beginning was too long to wait", () => {
    const tail = new Tail();
    const long = "x".repeat(2000);
    expect(parsedNow(tail, long)).toBe(long);
    expect(parsedNow(tail, "y")).toBe("");
    expect(parsedNow(tail, long)).toBe(`y${long}`);
    expect(parsedNow(tail, "\n")).toBe("\n");
    expect(tail.isEmpty).toBe(true);
  });
});

describe("nothing waits without end", () => {
  test("a line in single bytes is parsed every 1024 of them", () => {
    const tail = new Tail();
    const parsed = Array.from("z".repeat(3000), (letter) => parsedNow(tail, letter).length);
    expect(Math.max(...parsed)).toBe(1025);
    expect(parsed.reduce((sum, length) => sum + length)).toBeGreaterThan(1900);
  });

  test("bytes that may be too many go to be counted at once", () => {
    const tail = new Tail();
    expect(parsedNow(tail, "data", 5)).toBe("");
    expect(parsedNow(tail, ": 1", 5)).toBe("data: 1");
  });
});

test("a new stream does not begin with the end of the last one", () => {
  const events: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => events.push(data) });
  parser.push(bytes("data: lost"));
  parser.reset();
  parser.push(bytes("data: kept\n\ndata: lost"));
  parser.end();
  parser.reset();
  parser.push(bytes("data: kept too\n\n"));
  expect(events).toEqual(["kept", "kept too"]);
});
