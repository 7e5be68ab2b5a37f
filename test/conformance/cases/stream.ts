import { bom, bytes, message, row, says, type Row } from "../row.ts";

/** How a stream starts and how it ends: the byte order mark, nothing at all, a cursor to go on from, an unfinished event. */
export const stream: readonly Row[] = [
  // The byte order mark
  row("a stream without a byte order mark", says.bom, "data: a\n\n", [message("a")]),
  row("one byte order mark is no part of the first line", says.bom, bytes(bom, "data: a\n\n"), [
    message("a"),
  ]),
  row("a byte order mark and nothing else", says.bom, bytes(bom), []),
  row("a byte order mark before a blank line", says.bom, bytes(bom, "\n\ndata: a\n\n"), [
    message("a"),
  ]),
  row("a byte order mark before CRLF", says.bom, bytes(bom, "\r\ndata: a\r\n\r\n"), [message("a")]),
  row("a byte order mark before a comment", says.bom, bytes(bom, ": hi\n\n"), [], {
    comments: ["hi"],
  }),
  row("a byte order mark before an id", says.bom, bytes(bom, "id: 1\n\n"), [], {
    lastEventId: "1",
  }),
  row(
    "a second byte order mark belongs to the name of the first field",
    says.bom,
    bytes(bom, bom, "data: a\n\ndata: b\n\n"),
    [message("b")],
  ),
  row(
    "a second byte order mark before a comment makes it a field",
    says.bom,
    bytes(bom, bom, ": hi\ndata: a\n\n"),
    [message("a")],
  ),
  row(
    "a second byte order mark makes a line, not a blank one",
    says.bom,
    bytes(bom, bom, "\ndata: a\n\n"),
    [message("a")],
  ),
  row(
    "of three byte order marks two stay",
    says.bom,
    bytes(bom, bom, bom, "data: a\n\ndata: b\n\n"),
    [message("b")],
  ),
  row("U+FEFF starts the second line", says.bom, bytes("data: a\n", bom, "data: b\n\n"), [
    message("a"),
  ]),
  row("U+FEFF starts a later block", says.bom, bytes("data: a\n\n", bom, "data: b\n\n"), [
    message("a"),
  ]),
  row("U+FEFF after a blank line at the start", says.bom, bytes("\n", bom, "data: a\n\n"), []),
  row("U+FEFF after a comment at the start", says.bom, bytes(":\n", bom, "data: a\n\n"), [], {
    comments: [""],
  }),
  row("U+FEFF inside data stays", says.bom, "data: a\uFEFFb\n\n", [message("a\uFEFFb")]),
  row("U+FEFF at the start of data stays", says.bom, "data: \uFEFFa\n\n", [message("\uFEFFa")]),
  row("U+FEFF at the end of data stays", says.bom, "data: a\uFEFF\n\n", [message("a\uFEFF")]),
  row("U+FEFF is all of the data", says.bom, "data:\uFEFF\n\n", [message("\uFEFF")]),
  row("U+FEFF is no space after the colon", says.value, "data:\uFEFF a\n\n", [message("\uFEFF a")]),
  row("U+FEFF in id and event stays", says.bom, "id: \uFEFF1\nevent: \uFEFFt\ndata: a\n\n", [
    message("a", { id: "\uFEFF1", type: "\uFEFFt" }),
  ]),
  row(
    "the characters U+00EF U+00BB U+00BF are no byte order mark",
    says.bom,
    bytes(0xc3, 0xaf, 0xc2, 0xbb, 0xc2, 0xbf, "data: a\n\ndata: b\n\n"),
    [message("b")],
  ),
  row(
    "the characters U+00EF U+00BB U+00BF after the byte order mark stay",
    says.bom,
    bytes(bom, "\u00EF\u00BB\u00BFdata: a\n\ndata: b\n\n"),
    [message("b")],
  ),
  row("U+00EF U+00BB U+00BF at the start of data stay", says.bom, "data: \u00EF\u00BB\u00BFa\n\n", [
    message("\u00EF\u00BB\u00BFa"),
  ]),
  row("U+FFFE is no byte order mark", says.bom, "\uFFFEdata: a\n\ndata: b\n\n", [message("b")]),
  row(
    "two thirds of a byte order mark are a U+FFFD",
    says.decode,
    bytes(0xef, 0xbb, "data: a\n\ndata: b\n\n"),
    [message("b")],
  ),
  row(
    "one third of a byte order mark is a U+FFFD",
    says.decode,
    bytes(0xef, "data: a\n\ndata: b\n\n"),
    [message("b")],
  ),
  row(
    "two thirds of a byte order mark before a whole one, which stays",
    says.bom,
    bytes(0xef, 0xbb, bom, "data: a\n\ndata: b\n\n"),
    [message("b")],
  ),
  row("a stream that ends inside its byte order mark", says.end, bytes(0xef, 0xbb), []),
  row(
    "the byte order mark of UTF-16LE is two U+FFFD",
    says.decode,
    bytes(0xff, 0xfe, "data: a\n\ndata: b\n\n"),
    [message("b")],
  ),
  row(
    "the byte order mark of UTF-16BE is two U+FFFD",
    says.decode,
    bytes(0xfe, 0xff, "data: a\n\ndata: b\n\n"),
    [message("b")],
  ),
  row(
    "UTF-16 is not guessed: its NULs belong to the names",
    says.decode,
    bytes(0xff, 0xfe, "d\0a\0t\0a\0:\0 \0a\0\n\0\n\0"),
    [],
  ),

  // Nothing
  row("an empty stream", says.buffers, "", []),
  row("one blank line", says.noData, "\n", []),
  row("nothing but blank lines, LF", says.noData, "\n\n\n\n\n", []),
  row("nothing but blank lines, CR", says.noData, "\r\r\r\r\r", []),
  row("nothing but blank lines, CRLF", says.noData, "\r\n\r\n\r\n", []),

  // Going on from a cursor
  row("an empty stream keeps the cursor", says.buffers, "", [], { resumedFrom: "7" }),
  row("a blank line keeps the cursor", says.lastEventId, "\n", [], { resumedFrom: "7" }),
  row(
    "events without an id carry the cursor",
    says.sticky,
    "data: a\n\n",
    [message("a", { lastEventId: "7" })],
    { resumedFrom: "7" },
  ),
  row(
    "an id replaces the cursor",
    says.id,
    "data: a\n\nid: 8\ndata: b\n\n",
    [message("a", { lastEventId: "7" }), message("b", { id: "8" })],
    { resumedFrom: "7" },
  ),
  row("an empty id resets the cursor", says.id, "id\ndata: a\n\n", [message("a", { id: "" })], {
    resumedFrom: "7",
  }),
  row(
    "an id with NUL keeps the cursor",
    says.id,
    "id: 8\0\ndata: a\n\n",
    [message("a", { lastEventId: "7" })],
    { resumedFrom: "7" },
  ),
  row("an unfinished id keeps the cursor", says.end, "id: 8\ndata: a\n", [], { resumedFrom: "7" }),
  row(
    "a cursor outside ASCII",
    says.sticky,
    "data: a\n\n",
    [message("a", { lastEventId: "é€😀" })],
    { resumedFrom: "é€😀" },
  ),

  // The end
  row("the end inside the first line", says.end, "data: a", []),
  row("the end after one line, LF", says.end, "data: a\n", []),
  row("the end after one line, CR", says.end, "data: a\r", []),
  row("the end after one line, CRLF", says.end, "data: a\r\n", []),
  row("the end after LF CR", says.lines, "data: a\n\r", [message("a")]),
  row("the end after CR CR", says.lines, "data: a\r\r", [message("a")]),
  row("the end after CRLF CR", says.lines, "data: a\r\n\r", [message("a")]),
  row("the end inside the second event", says.end, "data: a\n\ndata: b", [message("a")]),
  row("the end before the blank line", says.end, "data: a\n\ndata: b\n", [message("a")]),
  row("the end inside a field name", says.end, "data: a\n\ndat", [message("a")]),
  row("the end after a colon", says.end, "data: a\n\ndata:", [message("a")]),
  row("the end after lines of data", says.end, "data: a\ndata: b\ndata: c\n", []),
  row("the id of an unfinished block is not committed", says.end, "id: 1\n", []),
  row("the id of an unfinished line is not committed", says.end, "id: 1", []),
  row(
    "an unfinished block leaves the last event ID alone",
    says.end,
    "id: 1\ndata: a\n\nid: 2\ndata: b\n",
    [message("a", { id: "1" })],
  ),
  row("an unfinished line leaves the last event ID alone", says.end, "id: 1\n\nid: 2", [], {
    lastEventId: "1",
  }),
  row("an unfinished empty id resets nothing", says.end, "id: 1\n\nid\ndata: a\n", [], {
    lastEventId: "1",
  }),
  row("an unfinished event type", says.end, "event: t\n", []),
  row("a retry of an unfinished block is set all the same", says.retry, "retry: 10\n", [], {
    retries: [10],
  }),
  row("a retry whose line ends with the stream's last CR is set", says.lines, "retry: 10\r", [], {
    retries: [10],
  }),
  row("a retry on an unfinished line is discarded", says.end, "retry: 10", []),
  row("a comment on an unfinished line", says.end, ": a\n: b", [], { comments: ["a"] }),
  row("a lone colon at the end", says.end, "data: a\n\n:", [message("a")]),
];
