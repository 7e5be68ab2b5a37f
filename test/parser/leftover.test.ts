import { createParser } from "@steadfeed/parser";
import { createParser as createLeanParser } from "@steadfeed/parser/lean";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutAt, places, stream } from "../conformance/arbitraries.ts";
import { pieces } from "../conformance/cuts.ts";
import { bytes } from "../conformance/row.ts";

const onEvent = (): void => undefined;

describe.each([
  ["the exact parser", createParser],
  ["the lean parser", createLeanParser],
])("%s tells whether an event is unfinished", (_name, create) => {
  const leftoverOf = (sent: Uint8Array, at: readonly number[]): boolean => {
    const parser = create({ onEvent });
    for (const piece of pieces(sent, at)) parser.push(piece);
    return parser.leftover;
  };

  test.each([
    ["nothing", "", false],
    ["a byte order mark", "\uFEFF", false],
    ["blank lines", "\n\r\n\r\r", false],
    ["a whole event", "data: a\n\n", false],
    ["a whole event, CRLF without the last LF", "data: a\r\n\r", false],
    ["a whole event, CRLF", "data: a\r\n\r\n", false],
    ["a whole event and a comment", "data: a\n\n: bye\n", false],
    ["an unfinished comment", "\uFEFF: by", false],
    ["a comment of a line separator", ": \u2028data: a\n", false],
    ["a line without its end", "data: a\n\ndat", true],
    ["a line", "data: a\n\ndata: b\n", true],
    ["a line, CR", "data: a\r\rdata: b\r", true],
    ["a line, CRLF", "data: a\r\n", true],
    ["a comment after a line", "data: a\n: bye\n", true],
    ["a comment before a line", ": hi\rid: 1", true],
    ["an id alone", "id: 7\n", true],
  ])("%s", (_what, text, expected) => {
    const sent = bytes(text);
    for (let cut = 0; cut <= sent.length; cut++) {
      expect(leftoverOf(sent, [cut]), `cut at ${cut}`).toBe(expected);
    }
  });

  test("for the lines of any stream", () => {
    fc.assert(
      fc.property(stream, places, (sent, chosen) => {
        const text = new TextDecoder().decode(sent);
        // Neither begins a field that there is.
        fc.pre(!/\uFEFF|\uFFFD$/.test(text));
        const lines = text.split(/\r\n|\r|\n/);
        const block = lines.slice(lines.slice(0, -1).lastIndexOf("") + 1);
        const expected = block.some((line) => /^[^:]/.test(line));
        expect(leftoverOf(sent, cutAt(sent.length, chosen))).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test("no longer after end() and reset()", () => {
    for (const verb of ["end", "reset"] as const) {
      const parser = create({ onEvent });
      parser.push(bytes("data: a\ndata"));
      parser[verb]();
      expect(parser.leftover).toBe(false);
    }
  });
});
