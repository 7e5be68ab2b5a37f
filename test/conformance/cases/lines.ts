import { bytes, message, row, says, type Row } from "../row.ts";

const ab = [message("a"), message("b")];
const all = [message("a", { id: "1", type: "t" })];

/** How lines end, what a blank line is, and what only looks like either. */
export const lines: readonly Row[] = [
  row("lines end with LF", says.lines, "data: a\ndata: b\n\ndata: c\n\n", [
    message("a\nb"),
    message("c"),
  ]),
  row("lines end with CR", says.lines, "data: a\rdata: b\r\rdata: c\r\r", [
    message("a\nb"),
    message("c"),
  ]),
  row("lines end with CRLF", says.lines, "data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", [
    message("a\nb"),
    message("c"),
  ]),
  row("every field, CR", says.lines, "id: 1\revent: t\rretry: 5\r: c\rdata: a\r\r", all, {
    retries: [5],
    comments: ["c"],
  }),
  row(
    "every field, CRLF",
    says.lines,
    "id: 1\r\nevent: t\r\nretry: 5\r\n: c\r\ndata: a\r\n\r\n",
    all,
    { retries: [5], comments: ["c"] },
  ),
  row("each line ends another way", says.lines, "data: a\r\ndata: b\rdata: c\ndata: d\n\n", [
    message("a\nb\nc\nd"),
  ]),
  row("LF CR is two ends", says.lines, "data: a\n\rdata: b\n\n", ab),
  row("CRLF then LF is two ends", says.lines, "data: a\r\n\ndata: b\n\n", ab),
  row("CRLF then CR is two ends", says.lines, "data: a\r\n\rdata: b\n\n", ab),
  row("CR then CRLF is two ends", says.lines, "data: a\r\r\ndata: b\n\n", ab),
  row("LF then CRLF is two ends", says.lines, "data: a\n\r\ndata: b\n\n", ab),
  row("LF CR, then CRLF LF", says.lines, "data: a\n\rdata: b\r\n\n", ab),
  row("CRLF CR, then CR CRLF", says.lines, "data: a\r\n\rdata: b\r\r\n", ab),
  row("LF CRLF, then CRLF LF", says.lines, "data: a\n\r\ndata: b\r\n\n", ab),
  row("CRLF LF, then LF CRLF", says.lines, "data: a\r\n\ndata: b\n\r\n", ab),
  row("CR CR, then LF LF", says.lines, "data: a\r\rdata: b\n\n", ab),
  row(
    "CR CR LF LF: one end is a blank line too many",
    says.noData,
    "data: a\r\r\n\ndata: b\n\n",
    ab,
  ),
  row("CRLF never ends an event early", says.lines, "data: a\r\nevent: t\r\nid: 1\r\n\r\n", all),
  row("an empty value before CRLF", says.lines, "data:\r\ndata\r\n\r\n", [message("\n")]),
  row("an empty value before CR", says.lines, "data:\rdata\r\r", [message("\n")]),

  // Blank lines
  row(
    "blank lines of every kind before the first event",
    says.noData,
    "\n\r\r\n\n\r\ndata: a\n\n",
    [message("a")],
  ),
  row(
    "blank lines between events dispatch nothing",
    says.noData,
    "data: a\n\n\n\n\ndata: b\n\n",
    ab,
  ),
  row(
    "blank lines of every kind between events",
    says.noData,
    "data: a\r\r\r\n\n\r\n\r\rdata: b\r\n\r\n",
    ab,
  ),
  row("blank lines after the last event", says.noData, "data: a\n\n\n\n\r\n\r", [message("a")]),
  row("a blank line separates data lines", says.blank, "data: a\n\ndata: b\n\n", ab),
  row("a space is no blank line", says.other, "data: a\n \ndata: b\n\n", [message("a\nb")]),
  row("a tab is no blank line", says.other, "data: a\n\t\ndata: b\n\n", [message("a\nb")]),
  row("a NUL is no blank line", says.other, "data: a\n\0\ndata: b\n\n", [message("a\nb")]),
  row("a no-break space is no blank line", says.other, "data: a\n\u00A0\ndata: b\n\n", [
    message("a\nb"),
  ]),
  row("a space before CR is no blank line", says.other, "data: a\r \rdata: b\r\r", [
    message("a\nb"),
  ]),

  // What ends no line
  ...(
    [
      ["U+2028 LINE SEPARATOR", "\u2028"],
      ["U+2029 PARAGRAPH SEPARATOR", "\u2029"],
      ["U+0085 NEXT LINE", "\u0085"],
      ["U+000B VERTICAL TAB", "\v"],
      ["U+000C FORM FEED", "\f"],
      ["U+001C FILE SEPARATOR", "\u001C"],
      ["U+001D GROUP SEPARATOR", "\u001D"],
      ["U+001E RECORD SEPARATOR", "\u001E"],
      ["U+0000 NULL", "\0"],
      ["U+240A SYMBOL FOR LINE FEED", "\u240A"],
      ["U+0A0A, LF in each of its bytes in UTF-16", "\u0A0A"],
      ["U+010D, CR in its low byte", "\u010D"],
      ["a backslash and an n", "\\n"],
    ] as const
  ).map(([name, character]) =>
    row(`${name} ends no line`, says.anyChar, `data: a${character}data: b\n\n`, [
      message(`a${character}data: b`),
    ]),
  ),
  row("U+2028 twice ends no event", says.lines, "data: a\u2028\u2028data: b\n\n", [
    message("a\u2028\u2028data: b"),
  ]),
  row("U+0085 alone is no blank line", says.lines, "data: a\n\u0085\ndata: b\n\n", [
    message("a\nb"),
  ]),
  row("the byte 85 is a U+FFFD and ends no line", says.decode, bytes("data: a", 0x85, "b\n\n"), [
    message("a\uFFFDb"),
  ]),
  row("U+2028 in a field name", says.nameChar, "a\u2028data: a\ndata: b\n\n", [message("b")]),
  row("VT and FF in an id and an event type", says.anyChar, "id: 1\v2\nevent: t\fu\ndata: a\n\n", [
    message("a", { id: "1\v2", type: "t\fu" }),
  ]),
];
