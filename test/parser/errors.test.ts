import { ParseError } from "@steadfeed/parser";
import { describe, expect, test } from "vitest";

describe("an error that a program can act on", () => {
  test("tells what and how much in fields, not only in words", () => {
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

describe("an error that a person can act on", () => {
  test("a line without an end: the limit, the option, and the doubt that this is an event stream", () => {
    expect(new ParseError("line", 1024).message).toMatch(/1024 bytes.*maxEventBytes.*event stream/);
  });

  test("a large event: the limit and the option that raises it", () => {
    expect(new ParseError("event", 1024).message).toMatch(/1024 bytes.*raise maxEventBytes/);
  });
});
