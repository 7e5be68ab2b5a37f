import { createParser } from "@steadfeed/parser";
import { createParser as createLeanParser } from "@steadfeed/parser/lean";
import { describe, expect, test } from "vitest";
import { bytes } from "../conformance/row.ts";

describe.each([
  ["the exact parser", createParser],
  ["the lean parser", createLeanParser],
])("dispatchEmpty, %s", (_name, create) => {
  /** The events as `type data`, in one piece or byte by byte. */
  function eventsOf(text: string, dispatchEmpty: boolean, size: number): string[] {
    const events: string[] = [];
    const parser = create({
      onEvent: ({ type, data }) => events.push(`${type} ${data}`),
      dispatchEmpty,
    });
    const sent = bytes(text);
    for (let i = 0; i < sent.length; i += size) parser.push(sent.subarray(i, i + size));
    return events;
  }

  test.for<[text: string, expected: string[]]>([
    ["event: heartbeat\n\n", ["heartbeat "]],
    ["id: 7\n\n", ["message "]],
    ["id\n\n", ["message "]],
    ["event: a\r\n\r\nid:1\r\r", ["a ", "message "]],
    ["event: a\ndata: x\n\n", ["a x"]],
    ["data\nevent: a\n\n", ["a "]],
    [": ping\n\nretry: 5\n\n\n\n", []],
    ["events: a\n\nidx: 1\n\n event\n\n", []],
    ["event: a\n", []],
    ["event: a\n\nevent: b\n\n", ["a ", "b "]],
    ["event: a\r\r\nevent: b\r\ndata: x\r\n\n", ["a ", "b x"]],
  ])("the events of %j, at every cut", ([text, expected]) => {
    for (let size = 1; size <= text.length; size++)
      expect(eventsOf(text, true, size), `pieces of ${size}`).toEqual(expected);
  });

  test("blocks without data are events only for a client that asks for them", () => {
    const text = "event: heartbeat\nid: 3\n\ndata: x\n\n";
    expect(eventsOf(text, true, 1)).toEqual(["heartbeat ", "message x"]);
    expect(eventsOf(text, false, 1)).toEqual(["message x"]);
  });

  test("the next stream does not inherit the block of the previous one", () => {
    const events: string[] = [];
    const parser = create({ onEvent: ({ type }) => events.push(type), dispatchEmpty: true });
    parser.push(bytes("event: a\n"));
    parser.reset();
    parser.push(bytes("\n"));
    expect(events).toEqual([]);
  });
});

describe.each([
  ["the exact parser", createParser],
  ["the lean parser", createLeanParser],
])("emptyType, %s", (_name, create) => {
  test.for<[text: string, expected: string[]]>([
    ["event: end\n\n", [" end "]],
    ["event:end\r\rid: 1\r\r", [" end "]],
    ["id: 7\r\nevent: end\r\n\r\n", ["7 end "]],
    ["event: endless\n\nevent: x\n\n", []],
    ["data: event: end\n\n", [" message event: end"]],
    ["data: a\u2028event: end\n\n", [" message a\u2028event: end"]],
    ["data: 1\n\nevent: end\nid: 2\n\ndata: 3\n\n", [" message 1", "2 end ", " message 3"]],
    [`data: ${"x".repeat(80)}event: end\n\n`, [` message ${"x".repeat(80)}event: end`]],
    ["event: end", []],
  ])("blocks with a type only have empty data, at every cut: %j", ([text, expected]) => {
    for (let size = 1; size <= text.length; size++) {
      const events: string[] = [];
      const parser = create({
        onEvent: ({ type, data, id = "" }) => events.push(`${id} ${type} ${data}`),
        emptyType: "end",
      });
      const sent = bytes(text);
      for (let i = 0; i < sent.length; i += size) parser.push(sent.subarray(i, i + size));
      expect(events, `pieces of ${size}`).toEqual(expected);
    }
  });
});
