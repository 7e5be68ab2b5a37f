import { expect, test } from "vitest";
import { fieldsOf } from "../../packages/server/src/core/event.ts";
import { textOf } from "../../packages/server/src/core/text.ts";

test("text is sent as it is", () => {
  expect(fieldsOf("a\nb%s")).toEqual({ type: undefined, data: "a\nb%s", retryMs: undefined });
  expect(textOf("")).toBe("");
});

test("bytes of any size arrive as their base64", () => {
  const bytes = Uint8Array.from({ length: 20_001 }, (_, i) => i % 256);
  expect(textOf(bytes)).toBe(Buffer.from(bytes).toString("base64"));
  expect(textOf(new Uint8Array())).toBe("");
});

test("other values arrive as JSON", () => {
  expect(textOf({ eur: 1.08 })).toBe('{"eur":1.08}');
  expect([null, 0, false, [1]].map(textOf)).toEqual(["null", "0", "false", "[1]"]);
});

test("data without a JSON form is refused, instead of sent as undefined", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  for (const data of [undefined, () => 1, Symbol("s"), 1n, cycle]) {
    expect(() => textOf(data)).toThrow(TypeError);
  }
  expect(() => textOf(undefined)).toThrow('use "" for none');
});

test("an event that clients would take for the server's own is refused", () => {
  expect(() => fieldsOf({ type: "steadfeed.gap", data: "" })).toThrow(
    /type must not begin with "steadfeed\."/,
  );
  expect(fieldsOf({ type: "steadfeedback", data: "", retryMs: 5 })).toEqual({
    type: "steadfeedback",
    data: "",
    retryMs: 5,
  });
});
