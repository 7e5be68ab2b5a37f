import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createParser } from "@steadfeed/parser";
import { EmptyBlocks } from "../../packages/parser/src/empty.ts";

const filled = (text: string, cut: number = text.length): string => {
  const blocks = new EmptyBlocks();
  return blocks.fill(text.slice(0, cut)) + blocks.fill(text.slice(cut));
};

test.for<[text: string, expected: string]>([
  ["event: heartbeat\n\n", "event: heartbeat\ndata\n\n"],
  ["id: 7\n\n", "id: 7\ndata\n\n"],
  ["id\n\n", "id\ndata\n\n"],
  ["event: a\r\n\r\nid:1\r\r", "event: a\r\ndata\n\r\nid:1\rdata\n\r"],
  ["event: a\ndata: x\n\n", "event: a\ndata: x\n\n"],
  ["data\nevent: a\n\n", "data\nevent: a\n\n"],
  [": ping\n\nretry: 5\n\n\n\n", ": ping\n\nretry: 5\n\n\n\n"],
  ["events: a\n\nidx: 1\n\n", "events: a\n\nidx: 1\n\n"],
  ["event: a\n", "event: a\n"],
  ["event: a\n\nevent: b\n\n", "event: a\ndata\n\nevent: b\ndata\n\n"],
])("a block %j becomes %j, at every cut", ([text, expected]) => {
  for (let cut = 0; cut <= text.length; cut++)
    expect(filled(text, cut), `cut at ${cut}`).toBe(expected);
});

test("cuts never change what a client gets", () => {
  const part = fc.constantFrom("event: a", "id: 1", "data: x", ":", "\n", "\r", "\r\n", "x", "");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.nat(60), (parts, cut) => {
      const text = parts.join("");
      expect(filled(text, cut)).toBe(filled(text));
    }),
  );
});

test("another stream starts without the block of the one before", () => {
  const blocks = new EmptyBlocks();
  blocks.fill("event: a\n");
  blocks.reset();
  expect(blocks.fill("\n")).toBe("\n");
});

test("a heartbeat without data is an event for who asks for it, and for nobody else", () => {
  const bytes = new TextEncoder().encode("event: heartbeat\nid: 3\n\ndata: x\n\n");
  const typesOf = (dispatchEmpty: boolean): string[] => {
    const types: string[] = [];
    const parser = createParser({
      onEvent: ({ type, data }) => types.push(`${type} ${data}`),
      dispatchEmpty,
    });
    for (const byte of bytes) parser.push(Uint8Array.of(byte));
    expect(parser.lastEventId).toBe("3");
    return types;
  };
  expect(typesOf(true)).toEqual(["heartbeat ", "message x"]);
  expect(typesOf(false)).toEqual(["message x"]);
});
