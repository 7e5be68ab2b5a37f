import { ParseError, type ServerSentEvent } from "@steadfeed/parser";
import { createParser } from "@steadfeed/parser/lean";
import { describe, expect, test } from "vitest";
import { bytes, message } from "../conformance/row.ts";

/** A parser under a limit of 16, and what it delivers. */
function record(options: { readonly onEvent?: (event: ServerSentEvent) => void } = {}) {
  const events: ServerSentEvent[] = [];
  const errors: ParseError[] = [];
  const parser = createParser({
    onEvent: (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
    onError: (error) => errors.push(error),
    maxEventBytes: 16,
  });
  return { parser, events, errors };
}

describe("stop means now: nothing more is delivered, even from the current chunk", () => {
  test.each(["end", "reset"] as const)("%s() in a callback", (verb) => {
    const { parser, events } = record({ onEvent: () => parser[verb]() });
    parser.push(bytes("id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: c"));
    expect(events).toEqual([message("a", { id: "1" })]);
    expect(parser.lastEventId).toBe("1");
    parser.reset();
    parser.push(bytes("data: d\n\n"));
    expect(events.at(-1)).toEqual(message("d", { lastEventId: "1" }));
  });
});

describe("a chunk of several 128 KB, which is decoded in pieces", () => {
  // Three bytes each, so that some are cut wherever a chunk is divided.
  const data = "→".repeat(30_000);
  const text = `data: ${data}\n\n`.repeat(4);
  const chunk = bytes(text);

  test.each([0, 1, 2])("gives the same events, wherever characters are cut: %i", (shift) => {
    const events: ServerSentEvent[] = [];
    const parser = createParser({ onEvent: (event) => events.push(event) });
    parser.push(bytes(`${":".repeat(shift)}\n${text}`));
    expect(events).toEqual(Array.from({ length: 4 }, () => message(data)));
  });

  test.each(["end", "reset"] as const)("is dropped after %s() in a callback", (verb) => {
    const events: ServerSentEvent[] = [];
    const parser = createParser({
      onEvent: (event) => {
        events.push(event);
        if (events.length === 2) parser[verb]();
      },
    });
    parser.push(chunk);
    expect(events.length).toBe(2);
    expect(parser.leftover).toBe(false);
    parser.reset();
    parser.push(bytes("data: d\n\n"));
    expect(events.at(-1)).toEqual(message("d"));
  });

  test("is dropped after an event over the limit, which is reported once", () => {
    const errors: ParseError[] = [];
    const parser = createParser({
      onEvent: () => undefined,
      onError: (error) => errors.push(error),
      maxEventBytes: 20_000,
    });
    parser.push(chunk);
    expect(errors).toEqual([expect.objectContaining({ code: "too-large", limitBytes: 20_000 })]);
  });
});

describe("an oversized event is reported once, and nothing after it is delivered", () => {
  test.each([
    ["line", "data: a\n\ndata: 12345678901"],
    ["event", "data: a\n\ndata: 1\ndata: 2\n: 3\n"],
  ])("a %s", (what, text) => {
    for (let cut = 0; cut < text.length; cut++) {
      const { parser, events, errors } = record();
      parser.push(bytes(text.slice(0, cut)));
      parser.push(bytes(text.slice(cut)));
      parser.push(bytes("\n\ndata: b\n\n"));
      expect(events).toEqual([message("a")]);
      expect(errors).toEqual([
        expect.objectContaining({ code: "too-large", what, limitBytes: 16 }),
      ]);
      parser.reset();
      parser.push(bytes("data: c\n\n"));
      expect(events.at(-1)).toEqual(message("c"));
    }
  });

  test("is thrown by push without an onError", () => {
    const parser = createParser({ onEvent: () => undefined, maxEventBytes: 4 });
    expect(() => parser.push(bytes("data: a"))).toThrow(ParseError);
    parser.push(bytes("data: a"));
  });

  test("events that exceed the limit only together are accepted", () => {
    const { parser, events, errors } = record();
    parser.push(bytes("data: 1\r\n\r\n".repeat(9)));
    expect([events.length, errors.length]).toEqual([9, 0]);
  });
});
