import { FeedError } from "@steadfeed/client";
import { createParser, type ParserOptions, type ServerSentEvent } from "@steadfeed/parser";
import { expect, test } from "vitest";
import {
  cursorText,
  errorOf,
  packed,
  textOf,
  type Item,
} from "../../../packages/client/src/shared/message.ts";

function parse(text: string, options: Partial<ParserOptions> = {}) {
  const events: ServerSentEvent[] = [];
  const comments: string[] = [];
  const parser = createParser({
    onEvent: (event) => void events.push(event),
    onComment: (comment) => void comments.push(comment),
    ...options,
  });
  parser.push(text);
  return { events, comments, parser };
}

test.each([
  "data: plain\n\n",
  "data\n\n",
  "data:  two spaces\ndata:\ndata: c\n\n",
  "event: tick\nid:  7\ndata: {}\n\n",
  "id\ndata: no id from here\n\n",
  "event: a\0b\ndata: ✓ 𝄞\n\n",
  "id: a:b\nevent: data: x\ndata: id: 5\n\n",
])("an event arrives in the other tabs as the server sent it, and no longer: %j", (sent) => {
  const [event] = parse(sent).events;
  const text = textOf(event!);
  expect(parse(text).events).toEqual([event]);
  expect(text.length).toBeLessThanOrEqual(sent.length);
});

test("comments, gaps and bare cursors arrive too", () => {
  expect(parse(textOf({ comment: " spaced" })).comments).toEqual([" spaced"]);
  const gap: Item = { gap: { reason: "trimmed", lastEventId: "1", data: "{}" }, id: "5" };
  expect(parse(textOf(gap)).events).toMatchObject([{ type: "steadfeed.gap", id: "5", data: "{}" }]);
  const { events, parser } = parse(cursorText("9"));
  expect(events).toEqual([]);
  expect(parser.lastEventId).toBe("9");
  parser.push(cursorText(""));
  expect(parser.lastEventId).toBe("");
});

test("an error keeps its facts from tab to tab", () => {
  const headers = new Headers({ "X-Request-Id": "r1" });
  const facts = { url: "http://x/", status: 404, headers, attempt: 2 };
  const error = new FeedError("status", "No.", facts);
  const sent = structuredClone(
    packed({ kind: "closed", reason: "failed", error, lastEventId: "" }),
  );
  const arrived = errorOf((sent as Extract<typeof sent, { kind: "closed" }>).error!);
  expect(arrived.headers?.get("X-Request-Id")).toBe("r1");
  expect(arrived).toBeInstanceOf(FeedError);
  expect(arrived).toMatchObject({
    code: "status",
    message: "No.",
    url: "http://x/",
    status: 404,
    attempt: 2,
  });
});

test("what is not about the connection stays in its tab", () => {
  expect(packed({ kind: "slow", subscription: "x", pending: 1 })).toBeUndefined();
  expect(packed({ kind: "idle" })).toBeUndefined();
});
