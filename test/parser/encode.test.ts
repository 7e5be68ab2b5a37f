import { encodeEvent, type OutgoingEvent } from "@steadfeed/parser/encode";
import { describe, expect, test } from "vitest";

/** What a caller without types, or with data from outside, may hand in. */
const encodeAnything = (event: unknown): string => encodeEvent(event as OutgoingEvent);

describe("the encoded text", () => {
  test("has every field, then the blank line that makes clients dispatch", () => {
    const event = { comment: "hi", id: "1", type: "price", retryMs: 500, data: "42" };
    expect(encodeEvent(event)).toBe(": hi\nid: 1\nevent: price\nretry: 500\ndata: 42\n\n");
  });

  test("omits fields that are left out", () => {
    expect(encodeEvent({ data: "a" })).toBe("data: a\n\n");
  });

  test("treats undefined as left out", () => {
    const nothing = { type: undefined, id: undefined, retryMs: undefined, comment: undefined };
    expect(encodeEvent({ ...nothing, data: "a" })).toBe("data: a\n\n");
  });

  test.each([5, "text", null, undefined, true, ["text"], Promise.resolve({ data: "a" }), () => 1])(
    "is not made of something else than fields: %s",
    (given) => {
      expect(() => encodeAnything(given)).toThrow(TypeError);
      expect(() => encodeAnything(given)).toThrow(/such as \{ data: "text" \}/);
    },
  );

  test("ends a block even for an empty event", () => {
    expect(encodeEvent({})).toBe("\n");
  });

  test("has an empty data line for empty data, and none without data", () => {
    expect(encodeEvent({ data: "" })).toBe("data: \n\n");
    expect(encodeEvent({ type: "ping" })).toBe("event: ping\n\n");
  });

  test("has an empty id, which resets the client's cursor", () => {
    expect(encodeEvent({ id: "", data: "a" })).toBe("id: \ndata: a\n\n");
  });

  test("has no empty type, since the client uses message anyway", () => {
    expect(encodeEvent({ type: "", data: "a" })).toBe("data: a\n\n");
  });

  test("may be a cursor, a retry or a comment without data", () => {
    expect(encodeEvent({ id: "7" })).toBe("id: 7\n\n");
    expect(encodeEvent({ retryMs: 3000 })).toBe("retry: 3000\n\n");
    expect(encodeEvent({ comment: "" })).toBe(": \n\n");
  });

  test("protects a leading space with the one that clients drop", () => {
    const event = { comment: " c", id: " 1", type: " t", data: " a" };
    expect(encodeEvent(event)).toBe(":  c\nid:  1\nevent:  t\ndata:  a\n\n");
  });

  test("keeps colons and field names in values", () => {
    expect(encodeEvent({ id: "data: x", type: ":", data: "id: 2" })).toBe(
      "id: data: x\nevent: :\ndata: id: 2\n\n",
    );
  });

  test("keeps characters that only resemble a line end", () => {
    const alike = "\u2028\u2029\u0085\v\f\u001C\\n";
    expect(encodeEvent({ id: alike, type: alike, data: alike })).toBe(
      `id: ${alike}\nevent: ${alike}\ndata: ${alike}\n\n`,
    );
  });

  test("keeps NUL in data", () => {
    expect(encodeEvent({ data: "a\0b" })).toBe("data: a\0b\n\n");
  });

  test("starts without a byte order mark, and keeps one in data", () => {
    expect(encodeEvent({ data: "\uFEFFa" })).toBe("data: \uFEFFa\n\n");
  });
});

describe("data of several lines arrives whole", () => {
  test.each([
    ["LF", "a\nb", "data: a\ndata: b\n\n"],
    ["CR", "a\rb", "data: a\ndata: b\n\n"],
    ["CRLF is one end", "a\r\nb", "data: a\ndata: b\n\n"],
    ["LF CR is two", "a\n\rb", "data: a\ndata: \ndata: b\n\n"],
    ["CR CRLF is two", "a\r\r\nb", "data: a\ndata: \ndata: b\n\n"],
    ["a blank line in the middle", "a\n\nb", "data: a\ndata: \ndata: b\n\n"],
    ["a leading line end", "\na", "data: \ndata: a\n\n"],
    ["a trailing line end", "a\n", "data: a\ndata: \n\n"],
    ["a line end and nothing else", "\n", "data: \ndata: \n\n"],
  ])("%s", (_, data, wire) => {
    expect(encodeEvent({ data })).toBe(wire);
  });
});

describe("no value forges a field or an event", () => {
  const attacks = [
    "x\ndata: forged",
    "x\rdata: forged",
    "x\r\ndata: forged",
    "x\n\ndata: forged",
    "x\r\r",
    "x\n\nid: 666\ndata: forged\n\n",
    "x\nretry: 0",
    "\nevent: forged",
    "\rid:",
    "x\n",
    "x\r",
    "\n",
    "\r",
  ];

  test.each(attacks)("a type or an id with a line end is refused: %j", (attack) => {
    expect(() => encodeEvent({ type: attack, data: "a" })).toThrow(TypeError);
    expect(() => encodeEvent({ id: attack, data: "a" })).toThrow(TypeError);
  });

  test.each(["\0", "1\0", "\x001"])(
    "a type or an id with NUL is refused, since clients would ignore the id and replay: %j",
    (attack) => {
      expect(() => encodeEvent({ type: attack })).toThrow(TypeError);
      expect(() => encodeEvent({ id: attack })).toThrow(TypeError);
    },
  );

  test.each(attacks)("every line of data stays data: %j", (attack) => {
    const lines = encodeEvent({ data: attack }).split(/\r\n|\r|\n/);
    expect(lines.splice(-2)).toEqual(["", ""]);
    expect(lines.filter((line) => !line.startsWith("data: "))).toEqual([]);
  });

  test.each(attacks)("every line of a comment stays a comment: %j", (attack) => {
    const lines = encodeEvent({ comment: attack }).split(/\r\n|\r|\n/);
    expect(lines.splice(-2)).toEqual(["", ""]);
    expect(lines.filter((line) => !line.startsWith(": "))).toEqual([]);
  });

  test.each([
    ["text with a forged event", "5\n\ndata: forged\n"],
    ["digits in text", "5"],
    ["a BigInt", 5n],
    ["an array", [5]],
    ["an object that prints as text", { toString: () => "5\n\ndata: forged\n" }],
    ["null", null],
  ])("retryMs accepts numbers only, not %s", (_, retryMs) => {
    expect(() => encodeAnything({ retryMs })).toThrow(TypeError);
  });

  test("a value that changes between the check and the use is used as checked", () => {
    let reads = 0;
    const event = {
      get id(): string {
        reads += 1;
        return reads === 1 ? "1" : "1\n\ndata: forged\n\n";
      },
    };
    expect(encodeEvent(event)).toBe("id: 1\n\n");
  });

  test.each(["type", "id", "data", "comment"])(
    "an object that imitates a string is refused in %s",
    (field) => {
      const pretender = { toString: () => "x\n\ndata: forged\n\n" };
      expect(() => encodeAnything({ [field]: pretender })).toThrow(TypeError);
      expect(() => encodeAnything({ [field]: ["x\n\ndata: forged\n\n"] })).toThrow(TypeError);
      expect(() => encodeAnything({ [field]: new String("x") })).toThrow(TypeError);
    },
  );

  test("fields outside the standard are not written", () => {
    expect(encodeAnything({ data: "a", forged: "b", "id\ndata": "c" })).toBe("data: a\n\n");
  });
});

describe("misuse throws at once, with the field and the fix", () => {
  test.each([
    ["data", { a: 1 }],
    ["data", 42],
    ["data", null],
    ["type", 1],
    ["type", null],
    ["id", 7],
    ["id", null],
    ["id", Symbol("id")],
    ["comment", false],
  ])("%s must be a string: %o", (field, value) => {
    expect(() => encodeAnything({ [field]: value })).toThrow(
      new RegExp(`^${field} must be a string, not ${typeof value}`),
    );
  });

  test("objects as data: the message shows how to send them", () => {
    expect(() => encodeAnything({ data: { a: 1 } })).toThrow(/JSON\.stringify/);
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1e21])(
    "retryMs %d, which clients would ignore",
    (retryMs) => {
      expect(() => encodeEvent({ retryMs })).toThrow(/^retryMs must be an integer/);
    },
  );

  test.each([
    [0, "0"],
    [-0, "0"],
    [1, "1"],
    [86_400_000, "86400000"],
    [Number.MAX_SAFE_INTEGER, "9007199254740991"],
  ])("retryMs %d is written in digits only", (retryMs, digits) => {
    expect(encodeEvent({ retryMs })).toBe(`retry: ${digits}\n\n`);
  });

  test("a refused type of a megabyte is shortened in the message", () => {
    const type = `${"x".repeat(2 ** 20)}\n`;
    let message = "";
    try {
      encodeEvent({ type });
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(/^TypeError: type must not contain CR, LF or NUL/);
    expect(message.length).toBeLessThan(300);
  });
});

describe("refused, since it would be lost in silence", () => {
  test.each([null, undefined, "data", 5, [], [{ data: "a" }]])("%o", (event) => {
    expect(() => encodeAnything(event)).toThrow(TypeError);
    expect(() => encodeAnything(event)).toThrow(/^encodeEvent takes an event, such as \{ data/);
  });

  test.each([
    [{ event: "tick", data: "a" }, "An event has no field event: did you mean type?"],
    [{ retry: 5, data: "a" }, "An event has no field retry: did you mean retryMs?"],
  ])("%o", (event, says) => {
    expect(() => encodeAnything(event)).toThrow(TypeError);
    expect(() => encodeAnything(event)).toThrow(says);
  });

  test("a field that is undefined counts as left out, and a parsed event is written as it came", () => {
    expect(encodeAnything({ data: "a", event: undefined })).toBe("data: a\n\n");
    const parsed = { type: "message", data: "a", lastEventId: "7", id: "7" };
    expect(encodeEvent(parsed)).toBe("id: 7\nevent: message\ndata: a\n\n");
  });
});
