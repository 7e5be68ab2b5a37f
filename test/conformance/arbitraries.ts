import * as fc from "fast-check";
import { bom, bytes } from "./row.ts";

const lineEnd = fc.constantFrom("\n", "\r", "\r\n");
const fieldName = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("data", "id", "event", "retry", "") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("Data", "ID", " data", "id ", "retry\0", "dat", "events", "\uFEFF"),
  },
);
const separator = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(": ", ":") },
  { weight: 1, arbitrary: fc.constantFrom("", ":  ", ":\t", "::", " : ") },
);
const words = [
  ["", "a", "1", "b c", " ", ":", "data: a", "id", "__proto__", "constructor"],
  ["0", "007", "42", "-1", "1e3", "+5", "999999999999", "9".repeat(40), "\uFF11"],
  ["\0", "1\0", "\uFEFF", "\u00EF\u00BB\u00BF", "\u2028", "\u2029", "\u0085", "\v", "\f"],
  ["é", "€", "😀", "\uFFFD", "\uFFFE", "\u{10FFFF}", "\u0301"],
].flat();
const invalidBytes = [
  ["ff", "80", "f5", "c0 80", "c0 8a", "ed a0 80", "f4 90 80 80"],
  ["c3", "e2", "e2 82", "e0 80", "ef bb", "f0", "f0 9f", "f0 9f 98"],
].flat();
const word = fc.constantFrom(...words);
const invalid = fc
  .constantFrom(...invalidBytes)
  .map((some) => Uint8Array.from(some.split(" "), (digits) => Number.parseInt(digits, 16)));

const value = fc.array(
  fc.oneof({ weight: 6, arbitrary: word }, { weight: 1, arbitrary: invalid }),
  { minLength: 1, maxLength: 3 },
);
const wildLine = fc
  .tuple(fieldName, separator, value, lineEnd)
  .map(([name, colon, parts, end]) => bytes(name, colon, ...parts, end));
const plainLine = fc
  .tuple(
    fc.constantFrom("data", "data: a", "data:b", "id: 1", "id", "event: t", "event:", "retry: 10"),
    lineEnd,
  )
  .map((parts) => bytes(...parts));
const blankLine = fc.tuple(lineEnd, lineEnd).map((ends) => bytes(...ends));

/** One line or a piece of one: what streams are made of, and what breaks parsers. */
const token = fc.oneof(
  { weight: 8, arbitrary: wildLine },
  { weight: 8, arbitrary: plainLine },
  { weight: 4, arbitrary: blankLine },
  { weight: 4, arbitrary: lineEnd.map((text) => bytes(text)) },
  { weight: 1, arbitrary: fc.oneof(fieldName, separator, word).map((text) => bytes(text)) },
  { weight: 1, arbitrary: invalid },
  { weight: 1, arbitrary: fc.constant(bom) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 4 }) },
);

/** Streams of up to 40 of them; one in five starts with a byte order mark, one in five with two. */
export const stream = fc
  .tuple(fc.constantFrom(0, 0, 0, 1, 2), fc.array(token, { maxLength: 40, size: "max" }))
  .map(([boms, tokens]) => bytes(...Array.from({ length: boms }, () => bom), ...tokens));

/** Where to cut, before the length is known. The same place twice makes an empty chunk. */
export const places = fc.array(fc.nat({ max: 9999 }), { maxLength: 40, size: "max" });
export const cutAt = (length: number, chosen: readonly number[]): number[] =>
  chosen.map((place) => place % (length + 1)).toSorted((a, b) => a - b);

const hostileUnits = ["\n", "\r", "\0", ":", " ", "a", "data", "\uFEFF", "\u2028", "😀"];
/** Any text, and text that would like to be a field. */
export const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom(...hostileUnits) }),
);
