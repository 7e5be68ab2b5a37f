import { controls, message, row, says, type Row } from "../row.ts";

const plain = (name: string, spec: string, text: string): Row =>
  row(name, spec, `data: ${text}\n\n`, [message(text)]);

/** How `data` lines become the data of an event, and what they may contain. */
export const data: readonly Row[] = [
  row("data lines are joined with LF", says.data, "data: a\ndata: b\ndata: c\n\n", [
    message("a\nb\nc"),
  ]),
  row("an empty data line at the start", says.data, "data:\ndata: a\n\n", [message("\na")]),
  row("an empty data line at the start, no colon", says.data, "data\ndata: a\n\n", [
    message("\na"),
  ]),
  row("an empty data line in the middle", says.data, "data: a\ndata\ndata: b\n\n", [
    message("a\n\nb"),
  ]),
  row("an empty data line at the end", says.lastLineFeed, "data: a\ndata:\n\n", [message("a\n")]),
  row("an empty data line at the end, no colon", says.lastLineFeed, "data: a\ndata\n\n", [
    message("a\n"),
  ]),
  row("an empty data line alone dispatches", says.lastLineFeed, "data:\n\n", [message("")]),
  row("two empty data lines", says.lastLineFeed, "data\ndata\n\n", [message("\n")]),
  row("three empty data lines", says.lastLineFeed, "data\ndata:\ndata: \n\n", [message("\n\n")]),
  row(
    "data lines with other fields between",
    says.data,
    "data: a\nid: 1\ndata: b\nevent: t\ndata\n\n",
    [message("a\nb\n", { id: "1", type: "t" })],
  ),
  row("data does not leak into the next block", says.clear, "data: a\ndata: b\n\ndata: c\n\n", [
    message("a\nb"),
    message("c"),
  ]),
  row("equal events are each dispatched", says.clear, "data: a\n\ndata: a\n\ndata: a\n\n", [
    message("a"),
    message("a"),
    message("a"),
  ]),
  row("the standard's stock prices", says.data, "data: YHOO\ndata: +2\ndata: 10\n\n", [
    message("YHOO\n+2\n10"),
  ]),
  row(
    "the standard's four blocks",
    says.end,
    ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
    [
      message("first event", { id: "1" }),
      message("second event", { id: "" }),
      message(" third event"),
    ],
    { comments: ["test stream"] },
  ),
  row("the standard's empty data", says.end, "data\n\ndata\ndata\n\ndata:\n", [
    message(""),
    message("\n"),
  ]),
  row("the standard's two identical events", says.value, "data:test\n\ndata: test\n\n", [
    message("test"),
    message("test"),
  ]),
  plain("data with a NUL", says.anyChar, "a\0b"),
  plain("data that is a NUL", says.anyChar, "\0"),
  plain("data with every control character that ends no line", says.anyChar, controls),
  plain("data 0 is not empty", says.noData, "0"),
  plain("data false is a string", says.data, "false"),
  plain("data [DONE] is data", says.data, "[DONE]"),
  plain("JSON stays text", says.data, '{"a":"\\n\\r\\u0000","b":[1,2]}'),
  plain("backslashes stay", says.data, "\\r\\n\\0\\u000A"),
  plain("percent signs stay", says.data, "%0A%0D%00"),
  plain("combining characters stay as they come", says.decode, "e\u0301 é \u1E9B\u0323"),
  plain("right to left", says.decode, "שלום \u202Eabc\u202C مرحبا"),
  plain("a family of emoji", says.decode, "👩‍👩‍👧‍👦🏳️‍🌈"),
];
