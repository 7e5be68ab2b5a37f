import { message, row, says, type Row } from "../row.ts";

const a = [message("a")];

/** A line that is ignored wherever it stands: here before the data of an event, which it must not change. */
const ignored = (name: string, spec: string, line: string): Row =>
  row(name, spec, `${line}\ndata: a\n\n`, a);

/** What is a comment, which name a field has, and where its value starts. */
export const fields: readonly Row[] = [
  // Comments
  row("a comment dispatches nothing", says.comment, ": hi\n\n", [], { comments: ["hi"] }),
  row("a lone colon is an empty comment", says.comment, ":\n\n", [], { comments: [""] }),
  row("a colon and a space is an empty comment", says.comment, ": \n\n", [], { comments: [""] }),
  row("a comment loses one space only", says.comment, ":  hi \n\n", [], { comments: [" hi "] }),
  row("a comment without a space", says.comment, ":hi\n\n", [], { comments: ["hi"] }),
  row("a comment keeps its tab", says.comment, ":\thi\n\n", [], { comments: ["\thi"] }),
  row("a comment that starts with two colons", says.comment, "::hi\n\n", [], {
    comments: [":hi"],
  }),
  row("a comment that looks like a field", says.comment, ":data: a\n: id: 1\n\n", [], {
    comments: ["data: a", "id: 1"],
  }),
  row(
    "a comment does not end an event",
    says.comment,
    "data: a\n: hi\ndata: b\n\n",
    [message("a\nb")],
    { comments: ["hi"] },
  ),
  row(
    "a comment keeps the event type",
    says.comment,
    "event: t\n: hi\ndata: a\n\n",
    [message("a", { type: "t" })],
    { comments: ["hi"] },
  ),
  row(
    "keep-alive comments between events",
    says.comment,
    ":\n\ndata: a\n\n:\n\n:\n\ndata: b\n\n",
    [message("a"), message("b")],
    { comments: ["", "", ""] },
  ),
  row("a comment with NUL and characters outside ASCII", says.anyChar, ": é\0😀\u2028\n\n", [], {
    comments: ["é\0😀\u2028"],
  }),
  row("a space before the colon makes a field, no comment", says.name, " : hi\ndata: a\n\n", a),

  // Names
  row("data without a colon", says.noColon, "data\n\n", [message("")]),
  row("event without a colon", says.noColon, "event: t\nevent\ndata: a\n\n", a),
  row("id without a colon", says.noColon, "id: 1\n\nid\ndata: a\n\n", [message("a", { id: "" })]),
  ignored("retry without a colon sets nothing", says.retry, "retry"),
  ignored("an unknown field", says.other, "foo: bar"),
  ignored("an unknown field without a colon", says.other, "foo"),
  ignored("an unknown field with an empty value", says.other, "foo:"),
  ignored("Data is not data", says.literal, "Data: b"),
  ignored("DATA is not data", says.literal, "DATA: b"),
  ignored("Event is not event", says.literal, "Event: t"),
  ignored("EVENT without a colon is not event", says.literal, "EVENT"),
  ignored("Id is not id", says.literal, "Id: 1"),
  ignored("ID is not id", says.literal, "ID: 1"),
  ignored("Retry is not retry", says.literal, "Retry: 5"),
  ignored("a Turkish dotless i is no i", says.literal, "ıd: 1"),
  ignored("a space before the name", says.literal, " data: b"),
  ignored("a space after the name", says.literal, "data : b"),
  ignored("a space before id", says.literal, " id: 1"),
  ignored("a space after id, no colon", says.literal, "id "),
  ignored("a tab before the name", says.literal, "\tdata: b"),
  ignored("a tab after the name", says.literal, "data\t: b"),
  ignored("a no-break space after the name", says.literal, "data\u00A0: b"),
  ignored("a NUL after the name", says.nameChar, "data\0: b"),
  ignored("a NUL before the name", says.nameChar, "\0data: b"),
  ignored("a NUL for a name", says.nameChar, "\0: b"),
  ignored("a name that starts like data", says.literal, "datas: b"),
  ignored("a name that starts like data, no colon", says.literal, "database"),
  ignored("a name that ends like data", says.literal, "mydata: b"),
  ignored("the start of a name", says.literal, "dat: b"),
  ignored("one letter", says.literal, "d"),
  ignored("a name that starts like event", says.literal, "events: t"),
  ignored("a name that starts like id", says.literal, "idx: 1"),
  ignored("a name that starts like retry", says.literal, "retry-after: 5"),
  ignored("a Cyrillic a in the name", says.literal, "d\u0430ta: b"),
  ignored("fullwidth letters in the name", says.literal, "\uFF44ata: b"),
  ignored("a combining accent after the name", says.literal, "data\u0301: b"),
  ignored("lastEventId is no field", says.other, "lastEventId: 1"),
  ignored("__proto__ as a field", says.other, "__proto__: b"),
  ignored("constructor as a field", says.other, "constructor: b"),
  ignored("toString as a field, no colon", says.other, "toString"),
  ignored("an unknown field with a field for a value", says.name, "foo: data: b"),
  ignored("an unknown field with a colon-first value", says.name, "foo:: data: b"),
  ignored("a fullwidth colon is no colon", says.name, "data\uFF1Ab"),
  ignored("U+013A, a colon in its low byte, is no colon", says.name, "data\u013Ab"),
  ignored("a ratio sign is no colon", says.name, "id\u22361"),
  ignored("an equals sign is no colon", says.name, "data=b"),
  ignored("JSON on a line of its own", says.other, '{"data":"b"}'),
  row("unknown fields alone dispatch nothing", says.noData, "foo: bar\nbaz\n\n", []),
  row("unknown fields between data lines", says.other, "data: a\nfoo\ndata: b\nbar: c\n\n", [
    message("a\nb"),
  ]),

  // Values
  row("no space after the colon", says.value, "data:a\n\n", a),
  row("one space after the colon is dropped", says.value, "data: a\n\n", a),
  row("of two spaces one stays", says.value, "data:  a\n\n", [message(" a")]),
  row("of three spaces and no more two stay", says.value, "data:   \n\n", [message("  ")]),
  row("a space and no more is an empty value", says.value, "data: \n\n", [message("")]),
  row("a tab after the colon stays", says.value, "data:\ta\n\n", [message("\ta")]),
  row("a tab after the space stays", says.value, "data: \ta\n\n", [message("\ta")]),
  row("a space after the tab stays", says.value, "data:\t a\n\n", [message("\t a")]),
  row("a no-break space after the colon stays", says.value, "data:\u00A0a\n\n", [
    message("\u00A0a"),
  ]),
  row("an ideographic space after the colon stays", says.value, "data:\u3000a\n\n", [
    message("\u3000a"),
  ]),
  row("a NUL after the colon is no space", says.value, "data:\0 a\n\n", [message("\0 a")]),
  row("trailing spaces and tabs stay", says.value, "data: a \t \n\n", [message("a \t ")]),
  row("one space of an event type is dropped", says.value, "event:  t \ndata: a\n\n", [
    message("a", { type: " t " }),
  ]),
  row("one space of an id is dropped", says.value, "id:  1 \ndata: a\n\n", [
    message("a", { id: " 1 " }),
  ]),
  row("the value starts after the first colon", says.name, "data: a:b: c\n\n", [message("a:b: c")]),
  row("a value that starts with a colon", says.value, "data::a\ndata: :b\ndata:: c\n\n", [
    message(":a\n:b\n: c"),
  ]),
  row("a value that looks like a field", says.value, "data: data: a\ndata:id: 1\n\n", [
    message("data: a\nid: 1"),
  ]),
  row("colons in id and event", says.value, "id: a:b\nevent:c:d\ndata: a\n\n", [
    message("a", { id: "a:b", type: "c:d" }),
  ]),
];
