import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Utf8Decoder } from "../../packages/parser/src/utf8.ts";
import { pieces } from "../conformance/cuts.ts";
import { bytes } from "../conformance/row.ts";

/** The text of each chunk. The chunks are views into a buffer that is written over, as a socket's is. */
function decode(stream: Uint8Array, at: readonly number[]): string[] {
  const decoder = new Utf8Decoder();
  return Array.from(pieces(stream, at), (piece) => {
    const reused = piece.slice();
    const text = decoder.decode(reused);
    reused.fill(0x41);
    return text;
  });
}

/** The same by the platform's streaming decoder, for which the chunks stay as they are. */
function decodeByPlatform(stream: Uint8Array, at: readonly number[]): string[] {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return Array.from(pieces(stream, at), (piece) => decoder.decode(piece, { stream: true }));
}

/** The cuts that make a difference, in words. */
function wrong(stream: Uint8Array, cuts: Iterable<readonly number[]>): string[] {
  const found: string[] = [];
  for (const at of cuts) {
    const actual = JSON.stringify(decode(stream, at));
    const expected = JSON.stringify(decodeByPlatform(stream, at));
    if (actual === expected) continue;
    const hex = Array.from(stream, (byte) => byte.toString(16)).join(" ");
    found.push(`${hex} cut at [${at.join()}]: ${actual}, not ${expected}`);
  }
  return found;
}

/** The whole, every cut in two and in three, empty pieces among them, and every byte on its own. */
function* everyCut(length: number): Generator<number[]> {
  yield [];
  for (let first = 0; first <= length; first++) {
    yield [first];
    for (let second = first; second <= length; second++) yield [first, second];
  }
  yield Array.from({ length }, (_, i) => i);
}

const valid: [string, number[]][] = [
  ["a one-byte character", [0x61]],
  ["the last one-byte character", [0x7f]],
  ["the first two-byte character", [0xc2, 0x80]],
  ["the last two-byte character", [0xdf, 0xbf]],
  ["the first three-byte character", [0xe0, 0xa0, 0x80]],
  ["the last one before the surrogates", [0xed, 0x9f, 0xbf]],
  ["the first one after the surrogates", [0xee, 0x80, 0x80]],
  ["a byte order mark, here a character like others", [0xef, 0xbb, 0xbf]],
  ["U+FFFD itself", [0xef, 0xbf, 0xbd]],
  ["the last three-byte character", [0xef, 0xbf, 0xbf]],
  ["the first four-byte character", [0xf0, 0x90, 0x80, 0x80]],
  ["an emoji", [0xf0, 0x9f, 0x98, 0x80]],
  ["the last character", [0xf4, 0x8f, 0xbf, 0xbf]],
];

const broken: [string, number[]][] = [
  ["a continuation without a lead", [0x80]],
  ["the last continuation without a lead", [0xbf]],
  ["two continuations without a lead", [0x80, 0xbf]],
  ["a continuation too many", [0xc3, 0xa9, 0xa9]],
  ["a two-byte character cut short", [0xc3]],
  ["a three-byte character cut short after 1", [0xe2]],
  ["a three-byte character cut short after 2", [0xe2, 0x82]],
  ["the lead E0 alone", [0xe0]],
  ["the lead E0 and its lowest second byte", [0xe0, 0xa0]],
  ["the lead ED and its highest second byte", [0xed, 0x9f]],
  ["a four-byte character cut short after 1", [0xf0]],
  ["a four-byte character cut short after 2", [0xf0, 0x9f]],
  ["a four-byte character cut short after 3", [0xf0, 0x9f, 0x98]],
  ["the lead F4 and its highest second byte", [0xf4, 0x8f]],
  ["two characters cut short, one after the other", [0xe2, 0x82, 0xf0, 0x9f]],
  ["NUL as an overlong form of 2", [0xc0, 0x80]],
  ["LF as an overlong form of 2", [0xc0, 0x8a]],
  ["the last overlong form of 2", [0xc1, 0xbf]],
  ["the first overlong form of 3", [0xe0, 0x80, 0x80]],
  ["the last overlong form of 3", [0xe0, 0x9f, 0xbf]],
  ["the first overlong form of 4", [0xf0, 0x80, 0x80, 0x80]],
  ["the last overlong form of 4", [0xf0, 0x8f, 0xbf, 0xbf]],
  ["the first surrogate", [0xed, 0xa0, 0x80]],
  ["the last surrogate", [0xed, 0xbf, 0xbf]],
  ["an emoji as two surrogates", [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
  ["the first beyond the last character", [0xf4, 0x90, 0x80, 0x80]],
  ["a lead of what was beyond once", [0xf5, 0x80, 0x80, 0x80]],
  ["a five-byte form", [0xf8, 0x88, 0x80, 0x80, 0x80]],
  ["a six-byte form", [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80]],
  ["FE and FF", [0xfe, 0xff]],
];

const neighbours = [[], [0x0a], [0x61], [0x80], [0xc3], [0xe2, 0x82, 0xac], [0xf0, 0x9f]];

describe("no character is lost, doubled or late, wherever the network cuts it", () => {
  test.each([...valid, ...broken])("%s", (_, sequence) => {
    const found: string[] = [];
    for (const before of neighbours) {
      for (const after of neighbours) {
        const stream = bytes(...before, ...sequence, ...after);
        found.push(...wrong(stream, everyCut(stream.length)));
      }
    }
    expect(found).toEqual([]);
  });

  // The bytes at which the rules for leads and second bytes change.
  const edges = [
    [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf],
    [0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed],
    [0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff],
  ].flat();

  test("any three bytes from the edges of the rules", () => {
    const found: string[] = [];
    for (const first of edges) {
      for (const second of edges) {
        for (const third of edges) {
          const stream = Uint8Array.of(first, second, third);
          found.push(...wrong(stream, [[], [1], [2], [1, 2]]));
        }
      }
    }
    expect(found).toEqual([]);
  });

  test("any bytes at all", () => {
    const byte = fc.oneof(fc.constantFrom(...edges), fc.nat({ max: 255 }));
    const stream = fc.array(byte, { maxLength: 24, size: "max" });
    const places = fc.array(fc.nat({ max: 24 }), { maxLength: 8, size: "max" });
    fc.assert(
      fc.property(stream, places, (sent, chosen) => {
        const at = chosen.map((place) => Math.min(place, sent.length)).toSorted((a, b) => a - b);
        expect(wrong(Uint8Array.from(sent), [at])).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  test("any text, as it was written", () => {
    const scalar = fc.oneof(fc.nat({ max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }));
    fc.assert(
      fc.property(fc.array(scalar, { maxLength: 40 }), fc.nat(), (scalars, place) => {
        const text = String.fromCodePoint(...scalars);
        const stream = bytes(text);
        expect(decode(stream, [place % (stream.length + 1)]).join("")).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a limit in bytes can be kept: what is held back is known", () => {
  test.each([
    { chunk: [], held: 0 },
    { chunk: [0x61], held: 0 },
    { chunk: [0x61, 0xc3], held: 1 },
    { chunk: [0xe2, 0x82], held: 2 },
    { chunk: [0xf0, 0x9f, 0x98], held: 3 },
    { chunk: [0xf0, 0x9f, 0x98, 0x80], held: 0 },
    { chunk: [0xc0], held: 0 },
    { chunk: [0xed, 0xa0], held: 0 },
  ])("of $chunk it holds $held", ({ chunk, held }) => {
    const decoder = new Utf8Decoder();
    decoder.decode(Uint8Array.from(chunk));
    expect(decoder.unfinished).toBe(held);
  });

  test("never more than 3 bytes, however they come", () => {
    const decoder = new Utf8Decoder();
    for (let i = 0; i < 1000; i++) {
      decoder.decode(Uint8Array.of(i % 3 === 0 ? 0xf0 : 0x9f));
      expect(decoder.unfinished).toBeLessThanOrEqual(3);
    }
  });
});

describe("a new connection does not start with the rest of the last one", () => {
  test.each([[[0xc3]], [[0xe2, 0x82]], [[0xf0, 0x9f, 0x98]]])("after %j", (unfinished) => {
    const decoder = new Utf8Decoder();
    expect(decoder.decode(Uint8Array.from(unfinished))).toBe("");
    decoder.reset();
    expect(decoder.unfinished).toBe(0);
    expect(decoder.decode(bytes("a"))).toBe("a");
  });

  test("and the rest of a character that came before does not finish one", () => {
    const decoder = new Utf8Decoder();
    decoder.decode(Uint8Array.of(0xe2, 0x82));
    decoder.reset();
    expect(decoder.decode(Uint8Array.of(0xac))).toBe("\uFFFD");
  });
});
