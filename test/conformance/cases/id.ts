import { controls, message, row, says, type Row } from "../row.ts";

/** How `id` moves the last event ID, which stays until it is moved again. */
export const id: readonly Row[] = [
  row("id is the last event ID", says.lastEventId, "id: 1\ndata: a\n\n", [
    message("a", { id: "1" }),
  ]),
  row("id after data", says.id, "data: a\nid: 1\n\n", [message("a", { id: "1" })]),
  row("the last of several ids wins", says.id, "id: 1\nid: 2\ndata: a\nid: 3\n\n", [
    message("a", { id: "3" }),
  ]),
  row("the id stays with later events", says.sticky, "id: 1\ndata: a\n\ndata: b\n\ndata: c\n\n", [
    message("a", { id: "1" }),
    message("b", { lastEventId: "1" }),
    message("c", { lastEventId: "1" }),
  ]),
  row("an id without data moves the last event ID", says.lastEventId, "id: 1\n\n", [], {
    lastEventId: "1",
  }),
  row("an id without data is carried by the next event", says.sticky, "id: 1\n\ndata: a\n\n", [
    message("a", { lastEventId: "1" }),
  ]),
  row(
    "an id without data after an event",
    says.lastEventId,
    "id: 1\ndata: a\n\nid: 2\n\n",
    [message("a", { id: "1" })],
    { lastEventId: "2" },
  ),
  row("an id and a type without data", says.noData, "event: t\nid: 1\n\ndata: a\n\n", [
    message("a", { lastEventId: "1" }),
  ]),
  row("an id and a comment without data", says.noData, "id: 1\n: hi\n\n", [], {
    lastEventId: "1",
    comments: ["hi"],
  }),
  row("id without a colon resets", says.id, "id: 1\ndata: a\n\nid\ndata: b\n\ndata: c\n\n", [
    message("a", { id: "1" }),
    message("b", { id: "" }),
    message("c"),
  ]),
  row("id with a colon and no value resets", says.id, "id: 1\ndata: a\n\nid:\ndata: b\n\n", [
    message("a", { id: "1" }),
    message("b", { id: "" }),
  ]),
  row("id with a space for a value resets", says.id, "id: 1\ndata: a\n\nid: \ndata: b\n\n", [
    message("a", { id: "1" }),
    message("b", { id: "" }),
  ]),
  row("a reset without data", says.lastEventId, "id: 1\ndata: a\n\nid\n\ndata: b\n\n", [
    message("a", { id: "1" }),
    message("b"),
  ]),
  row("an id and a reset in one block", says.id, "id: 1\nid\ndata: a\n\n", [
    message("a", { id: "" }),
  ]),
  row("a reset and an id in one block", says.id, "id\nid: 1\ndata: a\n\n", [
    message("a", { id: "1" }),
  ]),
  row("an id with NUL is ignored", says.id, "id: 1\0\ndata: a\n\n", [message("a")]),
  row("an id with NUL at its start is ignored", says.id, "id: \x001\ndata: a\n\n", [message("a")]),
  row("an id with NUL in its middle is ignored", says.id, "id: 1\x002\ndata: a\n\n", [
    message("a"),
  ]),
  row("an id that is NUL is ignored", says.id, "id:\0\ndata: a\n\n", [message("a")]),
  row("an id with NUL leaves the earlier id of its block", says.id, "id: 1\nid: 2\0\ndata: a\n\n", [
    message("a", { id: "1" }),
  ]),
  row(
    "an id with NUL leaves the earlier reset of its block",
    says.id,
    "id: 1\n\nid\nid: 2\0\ndata: a\n\n",
    [message("a", { id: "" })],
  ),
  row("an id after an id with NUL", says.id, "id: 1\0\nid: 2\ndata: a\n\n", [
    message("a", { id: "2" }),
  ]),
  row(
    "an id with NUL leaves the last event ID",
    says.id,
    "id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n",
    [message("a", { id: "1" }), message("b", { lastEventId: "1" })],
  ),
  row("an id with NUL without data", says.id, "id: 1\n\nid: \0\n\ndata: a\n\n", [
    message("a", { lastEventId: "1" }),
  ]),
  row("the id 0", says.id, "id: 0\ndata: a\n\ndata: b\n\n", [
    message("a", { id: "0" }),
    message("b", { lastEventId: "0" }),
  ]),
  row("leading zeros of an id stay", says.id, "id: 007\ndata: a\n\n", [
    message("a", { id: "007" }),
  ]),
  row("an id is no number", says.id, "id: 123456789012345678901234567890\ndata: a\n\n", [
    message("a", { id: "123456789012345678901234567890" }),
  ]),
  row("the same id twice", says.id, "id: 1\ndata: a\n\nid: 1\ndata: b\n\n", [
    message("a", { id: "1" }),
    message("b", { id: "1" }),
  ]),
  row("an id outside ASCII", says.id, "id: é€😀\u2028\ndata: a\n\ndata: b\n\n", [
    message("a", { id: "é€😀\u2028" }),
    message("b", { lastEventId: "é€😀\u2028" }),
  ]),
  row("an id with control characters", says.id, `id: ${controls.slice(1)}\ndata: a\n\n`, [
    message("a", { id: controls.slice(1) }),
  ]),
  row("the id __proto__", says.id, "id: __proto__\ndata: a\n\n", [
    message("a", { id: "__proto__" }),
  ]),
];
