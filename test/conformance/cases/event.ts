import { message, row, says, type Row } from "../row.ts";

const type = (name: string, spec: string, text: string): Row =>
  row(name, spec, `event: ${text}\ndata: a\n\n`, [message("a", { type: text })]);

/** How `event` names the type, and that no name is special. */
export const event: readonly Row[] = [
  row("event names the type", says.event, "event: t\ndata: a\n\n", [message("a", { type: "t" })]),
  row("event after data", says.event, "data: a\nevent: t\n\n", [message("a", { type: "t" })]),
  row(
    "the type does not leak into the next event",
    says.clear,
    "event: t\ndata: a\n\ndata: b\n\n",
    [message("a", { type: "t" }), message("b")],
  ),
  row("event with a colon and no value", says.type, "event:\ndata: a\n\n", [message("a")]),
  row("event with a space for a value", says.type, "event: \ndata: a\n\n", [message("a")]),
  row("event without a colon is message", says.type, "event\ndata: a\n\n", [message("a")]),
  row("a later empty event resets the type", says.event, "event: t\nevent:\ndata: a\n\n", [
    message("a"),
  ]),
  row("a later event without a colon resets the type", says.event, "event: t\ndata: a\nevent\n\n", [
    message("a"),
  ]),
  row("an event after an empty one", says.event, "event:\nevent: t\ndata: a\n\n", [
    message("a", { type: "t" }),
  ]),
  row("the last of several events wins", says.event, "event: t\nevent: u\ndata: a\nevent: v\n\n", [
    message("a", { type: "v" }),
  ]),
  row("an event without data dispatches nothing", says.noData, "event: t\n\n", []),
  row("an event without data does not leak its type", says.noData, "event: t\n\ndata: a\n\n", [
    message("a"),
  ]),
  row("an event with empty data", says.noData, "event: t\ndata\n\n", [message("", { type: "t" })]),
  type("the type message", says.message, "message"),
  type("the type Message", says.type, "Message"),
  type("the type 0", says.type, "0"),
  type("the type *", says.type, "*"),
  type("the type error", says.type, "error"),
  type("the type open", says.type, "open"),
  type("the type __proto__", says.type, "__proto__"),
  type("the type constructor", says.type, "constructor"),
  type("the type toString", says.type, "toString"),
  type("the type hasOwnProperty", says.type, "hasOwnProperty"),
  type("the type prototype", says.type, "prototype"),
  type("the type undefined", says.type, "undefined"),
  type("a type with a NUL", says.anyChar, "t\0u"),
  type("a type that is a NUL", says.type, "\0"),
  type("a type with spaces", says.type, "t u  v "),
  type("a type outside ASCII", says.type, "événement 😀\u2028"),
];
