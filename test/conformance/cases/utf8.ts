import { bytes, message, row, says, type Row } from "../row.ts";

type Part = string | number;

/** These bytes in the middle of data become this text. */
const decoded = (name: string, parts: readonly Part[], text: string): Row =>
  row(name, says.decode, bytes("data: <", ...parts, ">\n\ndata: b\n\n"), [
    message(`<${text}>`),
    message("b"),
  ]);

/** `count` times U+FFFD REPLACEMENT CHARACTER. */
const replaced = (count: number): string => "\uFFFD".repeat(count);

/**
 * UTF-8, valid and not. A replacement character stands for each maximal start of a character that cannot go
 * on, and for each byte that cannot start one.
 *
 * @see https://encoding.spec.whatwg.org/#utf-8-decoder
 */
export const utf8: readonly Row[] = [
  // Valid
  decoded("a character of two bytes", [0xc3, 0xa9], "é"),
  decoded("a character of three bytes", [0xe2, 0x82, 0xac], "€"),
  decoded("a character of four bytes", [0xf0, 0x9f, 0x98, 0x80], "😀"),
  decoded("characters of every length", ["aé€😀😀€éa"], "aé€😀😀€éa"),
  decoded("U+0080, the first of two bytes", [0xc2, 0x80], "\u0080"),
  decoded("U+07FF, the last of two bytes", [0xdf, 0xbf], "\u07FF"),
  decoded("U+0800, the first of three bytes", [0xe0, 0xa0, 0x80], "\u0800"),
  decoded("U+D7FF, the last before the surrogates", [0xed, 0x9f, 0xbf], "\uD7FF"),
  decoded("U+E000, the first after the surrogates", [0xee, 0x80, 0x80], "\uE000"),
  decoded("U+FFFF, a noncharacter", [0xef, 0xbf, 0xbf], "\uFFFF"),
  decoded("U+FFFE, a noncharacter", [0xef, 0xbf, 0xbe], "\uFFFE"),
  decoded("U+FFFD itself", [0xef, 0xbf, 0xbd], "\uFFFD"),
  decoded("U+10000, the first of four bytes", [0xf0, 0x90, 0x80, 0x80], "\u{10000}"),
  decoded("U+10FFFF, the last of all", [0xf4, 0x8f, 0xbf, 0xbf], "\u{10FFFF}"),
  row(
    "characters of every length in id, event and comment",
    says.decode,
    ": é€😀\nid: é€😀\nevent: é€😀\ndata\n\n",
    [message("", { id: "é€😀", type: "é€😀" })],
    { comments: ["é€😀"] },
  ),

  // Cut short
  decoded("a character of two bytes, cut short", [0xc3], replaced(1)),
  decoded("a character of three bytes after its first", [0xe2], replaced(1)),
  decoded("a character of three bytes after its second", [0xe2, 0x82], replaced(1)),
  decoded("a character of four bytes after its first", [0xf0], replaced(1)),
  decoded("a character of four bytes after its second", [0xf0, 0x9f], replaced(1)),
  decoded("a character of four bytes after its third", [0xf0, 0x9f, 0x98], replaced(1)),
  decoded("cut short, then the whole character", [0xe2, 0x82, 0xe2, 0x82, 0xac], `${replaced(1)}€`),
  decoded("cut short, then an emoji", [0xf0, 0x9f, 0x98, "😀"], `${replaced(1)}😀`),
  decoded("two leads in a row", [0xc3, 0xc3, 0xa9], `${replaced(1)}é`),
  decoded("a lead of four before a lead of two", [0xf0, 0xc3, 0xa9], `${replaced(1)}é`),
  decoded("leads of every length in a row", [0xf0, 0x9f, 0xe2, 0x82, 0xc3], replaced(3)),
  decoded("ASCII inside a character of three bytes", [0xe2, "(", 0xa1], "\uFFFD(\uFFFD"),
  decoded("ASCII inside a character of four bytes", [0xf0, "(", 0x8c, 0xbc], "\uFFFD(\uFFFD\uFFFD"),
  decoded("ASCII after two bytes of four", [0xf0, 0x90, "(", 0xbc], "\uFFFD(\uFFFD"),
  decoded("ASCII after three bytes of four", [0xf0, 0x90, 0x80, "("], "\uFFFD("),

  // Bytes that start nothing
  decoded("one continuation byte", [0x80], replaced(1)),
  decoded("the last continuation byte", [0xbf], replaced(1)),
  decoded("five continuation bytes", [0x80, 0x81, 0x82, 0x83, 0xbf], replaced(5)),
  decoded("a continuation byte after a whole character", ["€", 0xac], `€${replaced(1)}`),
  decoded("a continuation byte after an emoji", ["😀", 0x80], `😀${replaced(1)}`),
  decoded("the byte FE", [0xfe], replaced(1)),
  decoded("the byte FF", [0xff], replaced(1)),
  decoded("FF between emoji", ["😀", 0xff, "😀"], "😀\uFFFD😀"),
  decoded("Latin-1", ["caf", 0xe9, " na", 0xef, "ve"], "caf\uFFFD na\uFFFDve"),

  // Overlong, surrogates, too high
  decoded("overlong NUL in two bytes, C0 80", [0xc0, 0x80], replaced(2)),
  decoded("overlong slash in two bytes, C0 AF", [0xc0, 0xaf], replaced(2)),
  decoded("overlong DEL in two bytes, C1 BF", [0xc1, 0xbf], replaced(2)),
  decoded("overlong LF in two bytes, C0 8A, ends no line", [0xc0, 0x8a], replaced(2)),
  decoded("overlong CR in two bytes, C0 8D, ends no line", [0xc0, 0x8d], replaced(2)),
  decoded("overlong in three bytes, E0 80 80", [0xe0, 0x80, 0x80], replaced(3)),
  decoded("overlong in three bytes, E0 9F BF", [0xe0, 0x9f, 0xbf], replaced(3)),
  decoded("overlong LF in three bytes, E0 80 8A", [0xe0, 0x80, 0x8a], replaced(3)),
  decoded("overlong in four bytes, F0 80 80 80", [0xf0, 0x80, 0x80, 0x80], replaced(4)),
  decoded("overlong in four bytes, F0 8F BF BF", [0xf0, 0x8f, 0xbf, 0xbf], replaced(4)),
  decoded("a high surrogate, ED A0 80", [0xed, 0xa0, 0x80], replaced(3)),
  decoded("a low surrogate, ED BF BF", [0xed, 0xbf, 0xbf], replaced(3)),
  decoded("a pair of surrogates (CESU-8)", [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80], replaced(6)),
  decoded("half a surrogate, ED A0", [0xed, 0xa0], replaced(2)),
  decoded("over U+10FFFF, F4 90 80 80", [0xf4, 0x90, 0x80, 0x80], replaced(4)),
  decoded("over U+10FFFF, F5 80 80 80", [0xf5, 0x80, 0x80, 0x80], replaced(4)),
  decoded("over U+10FFFF, F7 BF BF BF", [0xf7, 0xbf, 0xbf, 0xbf], replaced(4)),
  decoded("five bytes, F8 88 80 80 80", [0xf8, 0x88, 0x80, 0x80, 0x80], replaced(5)),
  decoded("six bytes, FC 84 80 80 80 80", [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80], replaced(6)),

  // Line ends and colons next to a character cut short
  row("cut short before LF", says.decode, bytes("data: a", 0xe2, 0x82, "\n\n"), [
    message("a\uFFFD"),
  ]),
  row("cut short before CR", says.decode, bytes("data: a", 0xf0, 0x9f, 0x98, "\r\r"), [
    message("a\uFFFD"),
  ]),
  row("cut short before CRLF", says.decode, bytes("data: a", 0xc3, "\r\n\r\n"), [
    message("a\uFFFD"),
  ]),
  row("cut short at the start of a line", says.decode, bytes("data: a\n", 0xc3, "data: b\n\n"), [
    message("a"),
  ]),
  row(
    "cut short on a line of its own: not blank",
    says.decode,
    bytes("data: a\n", 0xf0, "\ndata: b\n\n"),
    [message("a\nb")],
  ),
  row(
    "a continuation byte on a line of its own",
    says.decode,
    bytes("data: a\n", 0x80, "\ndata: b\n\n"),
    [message("a\nb")],
  ),
  row(
    "cut short before the colon: another name",
    says.literal,
    bytes("data", 0xe2, 0x82, ": a\ndata: b\n\n"),
    [message("b")],
  ),
  row(
    "an invalid byte before a comment makes it a field",
    says.comment,
    bytes(0xff, ": hi\ndata: a\n\n"),
    [message("a")],
  ),
  row("cut short after the colon is no space", says.value, bytes("data:", 0xe2, " a\n\n"), [
    message("\uFFFD a"),
  ]),
  row("A0 is no space", says.value, bytes("data:", 0xa0, "a\n\n"), [message("\uFFFDa")]),

  // In each field
  row(
    "invalid bytes in an event type",
    says.decode,
    bytes("event: t", 0xff, 0xe2, "\ndata: a\n\n"),
    [message("a", { type: "t\uFFFD\uFFFD" })],
  ),
  row("invalid bytes in an id", says.decode, bytes("id: 1", 0xc3, 0x80, 0x80, "\ndata: a\n\n"), [
    message("a", { id: "1\u00C0\uFFFD" }),
  ]),
  row("an overlong NUL in an id is no NUL", says.id, bytes("id: 1", 0xc0, 0x80, "\ndata: a\n\n"), [
    message("a", { id: "1\uFFFD\uFFFD" }),
  ]),
  row("invalid bytes in a comment", says.decode, bytes(": <", 0xed, 0xa0, ">\n\n"), [], {
    comments: ["<\uFFFD\uFFFD>"],
  }),
  row("an invalid byte in retry", says.retry, bytes("retry: 10", 0xff, "\ndata: a\n\n"), [
    message("a"),
  ]),
  row("an invalid byte in a field name", says.literal, bytes("da", 0xff, "ta: a\ndata: b\n\n"), [
    message("b"),
  ]),
  row("nothing but invalid bytes", says.decode, bytes(0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0), []),

  // At the end of the stream
  row("a lead at the end of the stream", says.end, bytes("data: a\n\n", 0xc3), [message("a")]),
  row(
    "three bytes of four at the end of the stream",
    says.end,
    bytes("data: a\n\n", 0xf0, 0x9f, 0x98),
    [message("a")],
  ),
  row(
    "a character cut short in data at the end",
    says.end,
    bytes("data: a\n\ndata: ", 0xe2, 0x82),
    [message("a")],
  ),
  row("a character cut short in an id at the end", says.end, bytes("id: 1\n\nid: ", 0xe2), [], {
    lastEventId: "1",
  }),
];
