import { describe, expect, test } from "vitest";
import { cases } from "./cases.ts";
import { everyCut, pieces, sampledCuts } from "./cuts.ts";
import { difference, Recorder } from "./outcome.ts";
import {
  interpretWhole,
  parseEventsOnly,
  parseInPieces,
  parserFor,
  pushAndReuse,
} from "./parse.ts";
import { bom, bytes, says, type Row } from "./row.ts";

const lf = 10;
const cr = 13;
const small = cases.filter((row) => !row.large);

describe("the rows", () => {
  test("have unique names, so that a failure identifies one", () => {
    const names = cases.map((row) => row.name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test("cover every sentence of the standard, and each names a sentence", () => {
    const tested = new Set(cases.map((row) => row.spec));
    expect([...tested].toSorted()).toEqual(Object.values<string>(says).toSorted());
  });
});

describe("the transcription of the standard agrees with the row", () => {
  test.each(cases)("$name", ({ bytes: stream, expected, resumedFrom }: Row) => {
    expect(difference(interpretWhole(stream, resumedFrom), expected)).toBeUndefined();
  });
});

describe("wherever the network cuts the stream, the parser follows the standard", () => {
  test.each(cases)("$name", ({ bytes: stream, expected, resumedFrom, large }: Row) => {
    const cuts = large ? sampledCuts(stream.length) : everyCut(stream.length);
    const wrong: string[] = [];
    for (const { name, at } of cuts) {
      const found = difference(parseInPieces(stream, at, resumedFrom), expected);
      if (found !== undefined) wrong.push(`${name}: ${found}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe("the events are the same for a subscriber without other options", () => {
  test.each(small)("$name", ({ bytes: stream, expected, resumedFrom }: Row) => {
    const { events, lastEventId } = expected;
    const wrong: string[] = [];
    for (const { name, at } of everyCut(stream.length)) {
      const found = difference(parseEventsOnly(stream, at, resumedFrom), { events, lastEventId });
      if (found !== undefined) wrong.push(`${name}: ${found}`);
    }
    expect(wrong).toEqual([]);
  });
});

// [spec] CRLF, LF and CR are "the ways in which a line can end": which of them it was makes no difference.
describe("the events are the same when lines end with CR or CRLF", () => {
  test.each(small.filter((row) => !row.bytes.includes(cr)))(
    "$name",
    ({ bytes: stream, expected, resumedFrom }: Row) => {
      const wrong: string[] = [];
      for (const [ends, end] of [["CR", "\r"] as const, ["CRLF", "\r\n"] as const]) {
        const other = bytes(...Array.from(stream, (byte) => (byte === lf ? end : byte)));
        for (const { name, at } of everyCut(other.length)) {
          const found = difference(parseInPieces(other, at, resumedFrom), expected);
          if (found !== undefined) wrong.push(`${ends}, ${name}: ${found}`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );
});

describe("an earlier broken connection has no effect", () => {
  const brokenOff = [
    bytes("data: lost"),
    bytes("id: lost\nevent: lost\ndata: lost\n"),
    bytes("data: lost\r"),
    bytes("an unknown field"),
    bytes("dat"),
    bytes("data: ", 0xf0, 0x9f, 0x98),
    bytes(0xef, 0xbb),
    bom,
  ];
  test.each(small)("$name", ({ bytes: stream, expected, resumedFrom }: Row) => {
    const wrong: string[] = [];
    for (const lost of brokenOff) {
      for (const { name, at } of everyCut(stream.length).slice(0, 2)) {
        const recorder = new Recorder();
        const parser = parserFor(recorder, resumedFrom);
        parser.push(lost);
        parser.reset();
        for (const piece of pieces(stream, at)) pushAndReuse(parser, piece);
        const found = difference(recorder.outcome(parser.lastEventId), expected);
        if (found !== undefined) wrong.push(`${name}, after [${lost.join()}]: ${found}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe("promptly: nothing waits for a byte that is not needed", () => {
  test.each([
    { name: "an event ends with the LF of its blank line", stream: "data: a\n\n", after: [9] },
    { name: "an event ends with the CR of its blank line", stream: "data: a\r\r", after: [9] },
    {
      name: "the CR of a blank line is enough, its LF is not waited for",
      stream: "data: a\r\n\r\n",
      after: [10],
    },
    { name: "CR after LF", stream: "data: a\n\r\n", after: [9] },
    { name: "LF after CRLF", stream: "data: a\r\n\n", after: [10] },
    {
      name: "each of several events, none with the next",
      stream: "data\n\ndata\r\rdata\r\n\r\ndata\n\n",
      after: [6, 12, 19, 26],
    },
    {
      name: "the byte order mark and blank lines delay nothing",
      stream: "\uFEFF\n\r\r\ndata\n\n",
      after: [13],
    },
    { name: "an empty event", stream: "data\r\r\r\r", after: [6] },
  ])("$name", ({ stream, after }) => {
    const recorder = new Recorder();
    const parser = parserFor(recorder);
    const seen: number[] = [];
    for (const [index, byte] of bytes(stream).entries()) {
      pushAndReuse(parser, Uint8Array.of(byte));
      while (seen.length < recorder.events.length) seen.push(index + 1);
    }
    expect(seen).toEqual(after);
  });

  test("a comment is reported with the CR that ends it, and not again with the LF", () => {
    const recorder = new Recorder();
    const parser = parserFor(recorder);
    parser.push(bytes(": alive\r"));
    expect(recorder.comments).toEqual(["alive"]);
    parser.push(bytes("\n"));
    expect(recorder.comments).toEqual(["alive"]);
  });

  test("a retry applies with its line, before its block ends", () => {
    const recorder = new Recorder();
    const parser = parserFor(recorder);
    parser.push(bytes("retry: 10\r"));
    expect(recorder.retries).toEqual([10]);
  });

  test("the cursor moves with the blank line, neither with the id nor after the next byte", () => {
    const parser = parserFor(new Recorder());
    parser.push(bytes("id: 1\r\n"));
    expect(parser.lastEventId).toBe("");
    parser.push(bytes("\r"));
    expect(parser.lastEventId).toBe("1");
  });

  // The standard reads a stream that stops after any byte: what it makes of that must be out by then.
  describe("after every single byte every complete event is delivered, and nothing else", () => {
    test.each(small)("$name", ({ bytes: stream, resumedFrom }: Row) => {
      const recorder = new Recorder();
      const parser = parserFor(recorder, resumedFrom);
      const wrong: string[] = [];
      for (let count = 1; count <= stream.length; count++) {
        pushAndReuse(parser, stream.subarray(count - 1, count));
        const found = difference(
          recorder.outcome(parser.lastEventId),
          interpretWhole(stream.subarray(0, count), resumedFrom),
        );
        if (found !== undefined) wrong.push(`after ${count} of ${stream.length} bytes: ${found}`);
      }
      expect(wrong).toEqual([]);
    });
  });
});
