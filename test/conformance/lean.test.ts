import { createParser } from "@steadfeed/parser/lean";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutAt, places, stream } from "./arbitraries.ts";
import { cases } from "./cases.ts";
import { everyCut, pieces, sampledCuts } from "./cuts.ts";
import { difference, Recorder } from "./outcome.ts";
import { interpretWhole, parseInPieces, parserFor, pushAndReuse } from "./parse.ts";
import { bytes, type Row } from "./row.ts";

const small = cases.filter((row) => !row.large);
const numRuns = Number(process.env["FUZZ_RUNS"] ?? 3000);
const options = { timeout: Math.max(20_000, numRuns * 20) };

describe("wherever the network cuts the stream, a page gets the events of the standard", () => {
  test.each(cases)("$name", ({ bytes: sent, expected, resumedFrom, large }: Row) => {
    const wrong: string[] = [];
    for (const { name, at } of large ? sampledCuts(sent.length) : everyCut(sent.length)) {
      const found = difference(parseInPieces(sent, at, resumedFrom, createParser), expected);
      if (found !== undefined) wrong.push(`${name}: ${found}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe("the events are the same when lines end with CR or CRLF", () => {
  test.each(small.filter((row) => !row.bytes.includes(13)))(
    "$name",
    ({ bytes: sent, expected, resumedFrom }: Row) => {
      const wrong: string[] = [];
      for (const end of ["\r", "\r\n"]) {
        const other = bytes(...Array.from(sent, (byte) => (byte === 10 ? end : byte)));
        for (const { name, at } of everyCut(other.length)) {
          const found = difference(parseInPieces(other, at, resumedFrom, createParser), expected);
          if (found !== undefined) wrong.push(`${JSON.stringify(end)}, ${name}: ${found}`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );
});

describe("random streams", () => {
  test("every complete event is delivered after each chunk, and nothing else", options, () => {
    fc.assert(
      fc.property(stream, places, (sent, chosen) => {
        const recorder = new Recorder();
        const parser = parserFor(recorder, "7", createParser);
        let count = 0;
        for (const piece of pieces(sent, cutAt(sent.length, chosen))) {
          pushAndReuse(parser, piece);
          count += piece.length;
          const expected = interpretWhole(sent.subarray(0, count), "7");
          expect(difference(recorder.outcome(parser.lastEventId), expected)).toBeUndefined();
        }
      }),
      { numRuns },
    );
  });

  test("a connection lost anywhere leaves only the cursor", options, () => {
    fc.assert(
      fc.property(stream, stream, places, fc.boolean(), (lost, next, chosen, ended) => {
        const recorder = new Recorder();
        const parser = parserFor(recorder, "", createParser);
        for (const piece of pieces(lost, cutAt(lost.length, chosen))) pushAndReuse(parser, piece);
        if (ended) parser.end();
        parser.reset();
        const first = interpretWhole(lost);
        for (const piece of pieces(next, cutAt(next.length, chosen))) pushAndReuse(parser, piece);
        const second = interpretWhole(next, first.lastEventId);
        const both = {
          events: [...first.events, ...second.events],
          retries: [...first.retries, ...second.retries],
          comments: [...first.comments, ...second.comments],
          lastEventId: second.lastEventId,
        };
        expect(difference(recorder.outcome(parser.lastEventId), both)).toBeUndefined();
      }),
      { numRuns: Math.ceil(numRuns / 3) },
    );
  });
});
