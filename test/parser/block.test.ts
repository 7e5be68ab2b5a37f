import { createParser, type ParseError } from "@steadfeed/parser";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pieces } from "../conformance/cuts.ts";
import { Recorder, type Outcome as Whole } from "../conformance/outcome.ts";
import { interpretWhole, pushAndReuse } from "../conformance/parse.ts";
import { bytes } from "../conformance/row.ts";

/** What came out of a stream under a limit. */
interface Outcome {
  /** The data of its events. */
  readonly data: readonly string[];
  readonly refused: "line" | "event" | undefined;
  /** One letter for each callback in order: `e`vent, `r`etry, `c`omment. */
  readonly order?: string;
}

function parse(stream: Uint8Array, at: readonly number[], limit: number): Required<Outcome> {
  const recorder = new Recorder();
  const { onEvent, onRetry, onComment } = recorder;
  const errors: ParseError[] = [];
  const onError = (error: ParseError): unknown => errors.push(error);
  const parser = createParser({ onEvent, onRetry, onComment, onError, maxEventBytes: limit });
  for (const piece of pieces(stream, at)) pushAndReuse(parser, piece);
  expect(errors.length).toBeLessThanOrEqual(1);
  return outcome(recorder, errors[0]?.what);
}

const outcome = (
  { events, order }: Pick<Whole, "events" | "order">,
  refused: "line" | "event" | undefined,
): Required<Outcome> => ({ data: events.map((event) => event.data), refused, order });

/** Every cut in two, the whole among them, and every byte on its own. */
const cutsOf = (length: number): number[][] => [
  ...Array.from({ length: length + 1 }, (_, offset) => [offset]),
  Array.from({ length }, (_, i) => i),
];

/** The cuts with another outcome than the expected one. */
function wrong(stream: Uint8Array, limit: number, expected: Outcome): string[] {
  const parts = Object.keys(expected);
  const wanted = JSON.stringify(expected, parts);
  return cutsOf(stream.length).flatMap((at) => {
    const actual = JSON.stringify(parse(stream, at, limit), parts);
    const where = at.length === 1 ? `in two at byte ${at[0]}` : "byte by byte";
    return actual === wanted ? [] : [`limit ${limit}, cut ${where}: ${actual}, not ${wanted}`];
  });
}

/**
 * What has to come out, by counting one byte after the other: all since the last blank line, where the LF of
 * a CRLF that ended a block belongs to that block, and an event that its CR completed is not taken back.
 */
function count(stream: Uint8Array, limit: number): Required<Outcome> {
  let inBlock = 0;
  let inLine = 0;
  let hasLine = false;
  let previous = 0;
  for (const [index, byte] of stream.entries()) {
    const secondHalf = byte === 0x0a && previous === 0x0d;
    previous = byte;
    if (secondHalf && inBlock === 0) continue;
    if (++inBlock > limit) {
      return outcome(interpretWhole(stream.subarray(0, index)), hasLine ? "event" : "line");
    }
    if (secondHalf) continue;
    if (byte !== 0x0a && byte !== 0x0d) {
      inLine++;
    } else if (inLine > 0) {
      inLine = 0;
      hasLine = true;
    } else {
      inBlock = 0;
      hasLine = false;
    }
  }
  return outcome(interpretWhole(stream), undefined);
}

/** What may be in front of a block: small enough for the limits below. */
const before: { where: string; front: string; frontData: string[] }[] = [
  { where: "first in the stream", front: "", frontData: [] },
  { where: "after an event, LF", front: "data: a\n\n", frontData: ["a"] },
  { where: "after an event, CR", front: "data: a\r\r", frontData: ["a"] },
  { where: "after an event, CRLF", front: "data: a\r\n\r\n", frontData: ["a"] },
  { where: "after an event, LF and CRLF", front: "data: a\n\r\n", frontData: ["a"] },
  { where: "after events", front: "data\n\ndata:é\r\n\r\ndata\r\r", frontData: ["", "é", ""] },
  { where: "after blank lines", front: "\n\r\n\r\n\r\r\n", frontData: [] },
  { where: "after comments", front: ":a\n\n:é\r\n\r\n", frontData: [] },
];

describe("maxEventBytes is exact: an event of that size arrives, one byte more is refused", () => {
  // Up to the byte that completes the event; the LF of a last CRLF costs nothing.
  const blocks: { name: string; block: string; data: string[] }[] = [
    { name: "one line, LF", block: "data: 12345\n\n", data: ["12345"] },
    { name: "one line, CR", block: "data: 12345\r\r", data: ["12345"] },
    { name: "one line, CRLF", block: "data: 12345\r\n\r", data: ["12345"] },
    { name: "LF, then CR", block: "data: 12345\n\r", data: ["12345"] },
    { name: "three lines, LF", block: "data\ndata: 1\ndata\n\n", data: ["\n1\n"] },
    { name: "three lines, CR", block: "data\rdata: 1\rdata\r\r", data: ["\n1\n"] },
    { name: "three lines, CRLF", block: "data\r\ndata: 1\r\ndata\r\n\r", data: ["\n1\n"] },
    { name: "two-byte text", block: "data: éàüß\n\n", data: ["éàüß"] },
    { name: "three-byte text", block: "data: €你好\r\n\r", data: ["€你好"] },
    { name: "four-byte text", block: "data: 😀😁😂\r\r", data: ["😀😁😂"] },
    { name: "text of all lengths", block: "data: aé€😀\n\n", data: ["aé€😀"] },
    { name: "U+FFFD as text", block: "data: \uFFFD\uFFFD\n\n", data: ["\uFFFD\uFFFD"] },
    { name: "a comment counts", block: ": hello\ndata: 1\n\n", data: ["1"] },
    { name: "a comment alone counts", block: ": héllo\r\n\r", data: [] },
    { name: "an unknown field counts", block: "foo: bär\ndata: 1\n\n", data: ["1"] },
    { name: "a name without a colon counts", block: "foobär\rdata\r\r", data: [""] },
    { name: "an id alone counts", block: "id: 12345\n\n", data: [] },
  ];

  test.each(blocks.flatMap((row) => before.map((first) => ({ ...row, ...first }))))(
    "$name, $where",
    ({ block, data, front, frontData }) => {
      const behind = block.includes("\r\n") ? "\ndata: z\n\n" : "data: z\n\n";
      const stream = bytes(front, block, behind);
      const size = bytes(block).length;
      const all = { data: [...frontData, ...data, "z"], refused: undefined };
      expect(wrong(stream, size + 1, all)).toEqual([]);
      expect(wrong(stream, size, all)).toEqual([]);
      expect(wrong(stream, size - 1, { data: frontData, refused: "event" })).toEqual([]);
    },
  );

  test.each(before)("invalid bytes count as received, not as their replacement, $where", (row) => {
    const block = bytes("data: ", 0xff, 0xe2, 0x82, 0x61, 0xf0, 0x9f, 0x98, "\n\n");
    const data = [...row.frontData, "\uFFFD\uFFFDa\uFFFD"];
    const stream = bytes(row.front, block);
    expect(wrong(stream, block.length, { data, refused: undefined })).toEqual([]);
    const refused = { data: row.frontData, refused: "event" as const };
    expect(wrong(stream, block.length - 1, refused)).toEqual([]);
  });

  test("an empty block fits the smallest limit", () => {
    expect(wrong(bytes("\n\r\r\n\r\n\n"), 1, { data: [], refused: undefined })).toEqual([]);
  });
});

describe("the error names the cause: a line that never ends is not an event stream", () => {
  test.each(before)("a line without an end, $where", ({ front, frontData }) => {
    const stream = bytes(front, "data: 1234567890");
    expect(wrong(stream, 12, { data: frontData, refused: "line" })).toEqual([]);
  });

  test.each(before)("a comment without an end, $where", ({ front, frontData }) => {
    const stream = bytes(front, ":234567890123456");
    expect(wrong(stream, 12, { data: frontData, refused: "line" })).toEqual([]);
  });

  test.each(before)("a line that ends one byte too late, $where", ({ front, frontData }) => {
    for (const end of ["\n", "\r", "\r\n"]) {
      const stream = bytes(front, "data: 123456", end);
      expect(wrong(stream, 12, { data: frontData, refused: "line" })).toEqual([]);
      const enough = 12 + end.length;
      expect(wrong(stream, enough, { data: frontData, refused: undefined })).toEqual([]);
    }
  });

  test.each(before)("several lines without a blank one, $where", ({ front, frontData }) => {
    for (const end of ["\n", "\r", "\r\n"]) {
      const stream = bytes(front, `id: 1${end}data: 1234567890`);
      expect(wrong(stream, 12, { data: frontData, refused: "event" })).toEqual([]);
    }
  });
});

describe("a quiet stream stays open forever", () => {
  test.each([
    ["comments, LF", ": alive\n\n"],
    ["comments, CR", ": alive\r\r"],
    ["comments, CRLF", ": alive\r\n\r\n"],
    ["comments in other alphabets", ": жив\r\n\r\n"],
    ["comments of broken bytes", bytes(":", 0xff, 0xff, 0xff, 0xff, "\n\n")],
    ["retries", "retry: 5\n\n"],
    ["ids", "id: 1\r\n\r\n"],
    ["blank lines", "\r\n"],
  ])("%s", (_name, block) => {
    const stream = bytes(...Array.from({ length: 500 }, () => block), "data: a\n\n");
    for (const size of [1, 2, 3, 5, 7, 10, 64, 1000, stream.length]) {
      const at = Array.from({ length: Math.floor(stream.length / size) }, (_, i) => i * size);
      expect(parse(stream, at, 11)).toMatchObject({ data: ["a"], refused: undefined });
    }
  });

  test("events that share each chunk with the start of the next", () => {
    const stream = bytes("data: é\n\n".repeat(500));
    for (const size of [9, 10, 11, 12, 13, 100]) {
      const at = Array.from({ length: Math.floor(stream.length / size) }, (_, i) => i * size);
      expect(parse(stream, at, 10).data.length).toBe(500);
    }
  });
});

describe("the position of network cuts has no effect", () => {
  const part = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom("\n", "\r", "\r\n", "\n\n", "\r\n\r\n") },
    { weight: 3, arbitrary: fc.constantFrom("data", "data: a", ":", "retry: 1", "id: 1", "foo") },
    { weight: 3, arbitrary: fc.constantFrom("data: é", "€", "😀", "\uFFFD", "\uFEFF") },
    { weight: 1, arbitrary: fc.constantFrom(Uint8Array.of(0xff), Uint8Array.of(0xe2, 0x82)) },
  );
  const stream = fc
    .array(part, { maxLength: 24, size: "max" })
    // A byte order mark in front would count as text of the first line.
    .map((parts) => bytes(...parts))
    .filter(([first]) => first !== 0xef);

  test("the same callbacks and the same refusal for every cut, and byte by byte", () => {
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 30 }), (sent, limit) => {
        expect(wrong(sent, limit, count(sent, limit))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  // Only in three pieces can a chunk end an event and start the next, with a block behind it and before it.
  test.each([
    ["a long line", "id: 1\ndata: a\n\ndata: 123456789012345"],
    ["a long line, CRLF", "id: 1\r\ndata: a\r\n\r\ndata: 123456789012345"],
    ["several lines", "id: 1\ndata: a\n\ndata: 1\ndata: 2\ndata: 3"],
    ["several lines, CR", "id: 1\rdata: é\r\rdata: 1\rdata: 2\rdata: 3"],
    ["a small event and several lines", "data\n\ndata: 1\ndata: 2\ndata: 3"],
    ["a comment between", "data: é\n\n: c\n\ndata: 1\ndata: 2\ndata: 3"],
    ["text of all lengths", "id: é\ndata: €\n\ndata: é€😀é€😀é"],
    [
      "broken bytes",
      bytes("data: ", 0xff, 0xff, "\n\ndata: ", 0xff, 0xe2, 0x82, 0xf0, 0x9f, "1234"),
    ],
  ])("%s, for every cut into three", (_name, wire) => {
    const sent = bytes(wire);
    for (const limit of [15, 16, 17]) {
      const expected = count(sent, limit);
      for (let first = 1; first < sent.length; first++) {
        for (let second = first; second < sent.length; second++) {
          expect(parse(sent, [first, second], limit), `${first}, ${second}`).toEqual(expected);
        }
      }
    }
  });

  test("the same in many chunks", () => {
    const places = fc.array(fc.nat({ max: 999 }), { maxLength: 10, size: "max" });
    fc.assert(
      fc.property(stream, places, fc.integer({ min: 1, max: 30 }), (sent, chosen, limit) => {
        const at = chosen.map((place) => place % (sent.length + 1)).toSorted((a, b) => a - b);
        expect(parse(sent, at, limit)).toEqual(count(sent, limit));
      }),
      { numRuns: 2000 },
    );
  });
});
