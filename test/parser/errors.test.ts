import { ParseError } from "@steadfeed/parser";
import { describe, expect, test } from "vitest";

describe("an error for programs", () => {
  test("has the cause and the size as fields, not only as text", () => {
    const error = new ParseError("event", 1024);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "ParseError",
      code: "too-large",
      what: "event",
      limitBytes: 1024,
    });
  });
});

describe("an error for people", () => {
  test("a line without an end: the limit, the option, and the doubt that this is an event stream", () => {
    expect(new ParseError("line", 1024).message).toMatch(/1024 bytes.*maxEventBytes.*event stream/);
  });

  test("a large event: the limit and the option that raises it", () => {
    expect(new ParseError("event", 1024).message).toMatch(/1024 bytes.*raise maxEventBytes/);
  });
});
