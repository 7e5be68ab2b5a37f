import { createParser, type ServerSentEvent } from "@steadfeed/parser";
import { describe, expect, test } from "vitest";
import { bytes, message } from "../conformance/row.ts";

describe("a line that comes in many chunks is decoded while it comes", () => {
  // Characters of one to four bytes, cut everywhere by one of the sizes.
  const data = "aé→😀".repeat(40_000);

  test.each([999, 1000, 1001, 1003, 70_001])("in chunks of %i bytes", (size) => {
    const events: ServerSentEvent[] = [];
    const parser = createParser({ onEvent: (event) => events.push(event) });
    const sent = bytes(`\uFEFFdata: ${data}\ndata: ${data}\r\nid: 1\r\n\r\n: ${data}\n`);
    const memory = new Uint8Array(size);
    for (let at = 0; at < sent.length; at += size) {
      const chunk = sent.subarray(at, at + size);
      memory.set(chunk);
      parser.push(memory.subarray(0, chunk.length));
      memory.fill(0x78);
    }
    expect(events).toEqual([message(`${data}\n${data}`, { id: "1" })]);
    expect(parser.leftover).toBe(false);
  });

  test.each(["end", "reset"] as const)("and leaves nothing after %s()", (verb) => {
    const events: ServerSentEvent[] = [];
    const parser = createParser({ onEvent: (event) => events.push(event) });
    const sent = bytes(`data: ${data}`);
    // The last character is cut.
    for (let at = 0; at < sent.length - 1; at += 1000) {
      parser.push(sent.subarray(at, Math.min(at + 1000, sent.length - 1)));
    }
    expect(parser.leftover).toBe(true);
    parser[verb]();
    expect(parser.leftover).toBe(false);
    parser.reset();
    parser.push(bytes("data: b\n\n"));
    expect(events).toEqual([message("b")]);
  });

  test.each([
    [200_000, []],
    [199_999, ["event"]],
    [199_998, ["line"]],
  ])("and counts to its limit, of %i bytes", (maxEventBytes, expected) => {
    const errors: string[] = [];
    const parser = createParser({
      onEvent: () => undefined,
      onError: ({ what }) => errors.push(what),
      maxEventBytes,
    });
    const sent = bytes(`data: ${"é".repeat(99_996)}\n\n`);
    for (let at = 0; at < sent.length; at += 1000) parser.push(sent.subarray(at, at + 1000));
    expect(errors).toEqual(expected);
  });
});
