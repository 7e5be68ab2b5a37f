import {
  createParser,
  ParseError,
  type Parser,
  type ParserOptions,
  type ServerSentEvent,
} from "@steadfeed/parser";
import { describe, expect, test } from "vitest";
import { bytes, message } from "../conformance/row.ts";

/** A parser and everything it told, in order. */
function record(options: Partial<ParserOptions> = {}) {
  const events: ServerSentEvent[] = [];
  const told: string[] = [];
  const parser = createParser({
    onEvent: (event) => {
      events.push(event);
      told.push(`event ${event.data}`);
    },
    onRetry: (ms) => told.push(`retry ${ms}`),
    onComment: (text) => told.push(`comment ${text}`),
    ...options,
  });
  return { parser, events, told };
}

/** What an action throws. */
function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return expect.unreachable("nothing was thrown");
}

/** One stream that makes every callback but onError run, twice. */
const everything = ": c1\nretry: 1\ndata: e1\n\n: c2\nretry: 2\ndata: e2\n\n";
const everythingTold = ["comment c1", "retry 1", "event e1", "comment c2", "retry 2", "event e2"];

describe("a callback that throws costs nobody else an event", () => {
  test.each(["onEvent", "onRetry", "onComment"] as const)("%s", (name) => {
    const { parser, told } = record();
    const failing = record({
      onEvent: (event) => told.push(`event ${event.data}`),
      onRetry: (ms) => told.push(`retry ${ms}`),
      onComment: (text) => told.push(`comment ${text}`),
      [name]: (value: unknown) => {
        const text = typeof value === "object" ? (value as ServerSentEvent).data : String(value);
        told.push(`${name.slice(2).toLowerCase()} ${text}`);
        throw new Error(`${name} ${text}`);
      },
    }).parser;
    expect(thrownBy(() => failing.push(everything))).toEqual(
      new Error(`${name} ${{ onEvent: "e1", onRetry: "1", onComment: "c1" }[name]}`),
    );
    expect(told).toEqual(everythingTold);
    void parser;
  });
});
