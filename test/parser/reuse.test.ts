import { createParser } from "@steadfeed/parser";
import { createParser as createLeanParser } from "@steadfeed/parser/lean";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutAt, places } from "../conformance/arbitraries.ts";
import { pieces } from "../conformance/cuts.ts";
import { difference, Recorder } from "../conformance/outcome.ts";
import { interpretWhole, parserFor } from "../conformance/parse.ts";
import { bytes } from "../conformance/row.ts";

/** Lines that end with LF: with few exceptions, the ones of the streams that there are. */
const line = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("data: a", "data:b", "data: ", "data: é", "data:  c") },
  { weight: 6, arbitrary: fc.constantFrom("id: 1", "id:", "id: 2\0", "event: t", "event:") },
  { weight: 8, arbitrary: fc.constant("") },
  { weight: 2, arbitrary: fc.constantFrom(": hi", "retry: 5", "data", "id", "event", "date: x") },
  { weight: 1, arbitrary: fc.constantFrom(`data: ${"x".repeat(5000)}`, `id: ${"9".repeat(70)}`) },
);
const stream = fc
  .array(line, { maxLength: 40, size: "max" })
  .map((lines) => bytes(`${lines.join("\n")}\n\n`));

describe.each([
  ["the exact parser", createParser],
  ["the lean parser", createLeanParser],
])("%s keeps nothing of a chunk but a copy", (_name, create) => {
  /** Pushes all pieces in the same memory, as a socket with one buffer does. */
  function parse(sent: Uint8Array, at: readonly number[]): ReturnType<Recorder["outcome"]> {
    const recorder = new Recorder();
    const parser = parserFor(recorder, "", create);
    const buffer = new Uint8Array(sent.length);
    for (const piece of pieces(sent, at)) {
      const chunk = buffer.subarray(0, piece.length);
      chunk.set(piece);
      parser.push(chunk);
      chunk.fill(0x0a);
    }
    return recorder.outcome(parser.lastEventId);
  }

  test("of lines that end with LF, wherever they are cut", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(stream, places, (sent, chosen) => {
        const actual = parse(sent, cutAt(sent.length, chosen));
        expect(difference(actual, interpretWhole(sent))).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["short events", 1, 200],
    ["events of many pieces", 30_000, 3],
    ["events of half a megabyte", 500_000, 3],
  ])("%s", (_what, size, count) => {
    const events = Array.from(
      { length: count },
      (_, i) => `id: ${i}\ndata: ${"é€x"[i % 3]!.repeat(size)}\n\n`,
    );
    const sent = bytes(...events, ": the end\n\n");
    for (const step of [100, 1000, 5000, 65_536]) {
      const at = Array.from({ length: Math.floor(sent.length / step) }, (_, i) => i * step);
      expect(difference(parse(sent, at), interpretWhole(sent)), `${step}`).toBeUndefined();
    }
  });
});
