import { runInNewContext } from "node:vm";
import {
  createParser,
  ParseError,
  type Parser,
  type ParserOptions,
  type ServerSentEvent,
} from "@steadfeed/parser";
import { describe, expect, test } from "vitest";
import { bytes, message } from "../conformance/row.ts";

interface RecordOptions extends Partial<ParserOptions> {
  /** Runs inside each callback, with its argument. */
  readonly during?: (what: string, parser: Parser) => void;
}

/** A parser, its events, and all that it told, in order. */
function record({ during, ...options }: RecordOptions = {}) {
  const events: ServerSentEvent[] = [];
  const told: string[] = [];
  const tell = (what: string): void => {
    told.push(what);
    during?.(what, parser);
  };
  const parser = createParser({
    onEvent: (event) => {
      events.push(event);
      tell(`event ${event.data}`);
    },
    onRetry: (ms) => tell(`retry ${ms}`),
    onComment: (text) => tell(`comment ${text}`),
    onError: (error) => tell(`error ${error.what}`),
    ...options,
  });
  return { parser, events, told };
}

/** What an action throws, also if that is `undefined`. */
function thrownBy(action: () => unknown): { error: unknown } | undefined {
  try {
    action();
  } catch (error) {
    return { error };
  }
  return undefined;
}

/** A stream that makes every callback run but `onError`, twice. */
const everything = ": c1\nretry: 1\ndata: e1\n\n: c2\nretry: 2\ndata: e2\n\n";
const all = ["comment c1", "retry 1", "event e1", "comment c2", "retry 2", "event e2"];

test("onId is called with each id before its event, also for blocks without data, and not for forbidden ids", () => {
  const told: string[] = [];
  const parser = createParser({
    onId: (id) => told.push(`id ${id} ${parser.lastEventId}`),
    onEvent: ({ lastEventId }) => told.push(`event ${lastEventId}`),
  });
  parser.push("id: 1\n\nid: 2\ndata\n\ndata\n\nid: a\0\ndata\n\nid\n\nid: unfinished\n");
  expect(told).toEqual(["id 1 1", "id 2 2", "event 2", "event 2", "event 2", "id  "]);
});

describe("a callback that throws does not affect the other callbacks", () => {
  test.each(all)("in %s: the rest of the chunk is delivered, then push throws", (bad) => {
    const { parser, told } = record({
      during: (what) => {
        if (what === bad) throw new Error(what);
      },
    });
    expect(thrownBy(() => parser.push(everything))).toEqual({ error: new Error(bad) });
    expect(told).toEqual(all);
  });

  test("of several errors push throws the first, once", () => {
    const { parser, told } = record({
      during: (what) => {
        throw new Error(what);
      },
    });
    expect(thrownBy(() => parser.push(everything))).toEqual({ error: new Error("comment c1") });
    expect(told).toEqual(all);
    expect(thrownBy(() => parser.push("data: half"))).toBeUndefined();
  });

  test("any thrown value is rethrown, also undefined", () => {
    const { parser } = record({
      during: () => {
        // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error
        throw undefined;
      },
    });
    expect(thrownBy(() => parser.push("data: a\n\n"))).toEqual({ error: undefined });
  });

  test("the parser continues with the next chunk normally", () => {
    let fail = true;
    const { parser, events } = record({
      during: () => {
        if (fail) throw new Error("once");
      },
    });
    expect(() => parser.push("id: 1\ndata: a\n\nid: 2\nda")).toThrow("once");
    fail = false;
    parser.push("ta: b\n\n");
    expect(events).toEqual([message("a", { id: "1" }), message("b", { id: "2" })]);
  });

  test("an error thrown by onError is rethrown as well", () => {
    const { parser } = record({
      maxEventBytes: 10,
      during: (what) => {
        throw new Error(what);
      },
    });
    expect(() => parser.push("data: 1234567890")).toThrow("error line");
  });
});

describe("stop means now: nothing more is delivered, even from the current chunk", () => {
  const stops = [
    { verb: "reset", stop: (parser: Parser) => parser.reset() },
    { verb: "end", stop: (parser: Parser) => parser.end() },
  ];

  test.each(stops.flatMap((row) => all.map((at) => ({ ...row, at }))))(
    "$verb() at $at",
    ({ stop, at }) => {
      const { parser, told } = record({
        during: (what) => {
          if (what === at) stop(parser);
        },
      });
      parser.push(everything);
      expect(told).toEqual(all.slice(0, all.indexOf(at) + 1));
    },
  );

  // Then the parser takes the chunk in parts, up to each blank line.
  test.each(stops)("$verb() in a chunk that goes over the limit", ({ stop }) => {
    const { parser, told } = record({ maxEventBytes: 30, during: () => stop(parser) });
    parser.push("data: a\n\ndata: b\n\ndata: c\n\ndata: d\n\n");
    expect(told).toEqual(["event a"]);
  });

  test.each(stops)("$verb() in onError", ({ stop }) => {
    const { parser, told } = record({ maxEventBytes: 10, during: () => stop(parser) });
    parser.push("data: 1234567890\n\ndata: b\n\n");
    expect(told).toEqual(["error line"]);
  });

  test.each(stops)("$verb() keeps the cursor at the last delivered event", ({ stop }) => {
    const { parser } = record({ during: () => stop(parser) });
    parser.push("id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\n\n");
    expect(parser.lastEventId).toBe("1");
  });

  test("after reset() in a callback the next chunk starts a new stream", () => {
    const { parser, events } = record({
      during: (what) => {
        if (what === "event a") parser.reset();
      },
    });
    parser.push(bytes("id: 1\ndata: a\n\nevent: lost\ndata: lost", 0xe2));
    parser.push("\uFEFFdata: b\n\n");
    expect(events).toEqual([message("a", { id: "1" }), message("b", { lastEventId: "1" })]);
  });

  test("after reset() in onError the next chunk starts a new stream", () => {
    const { parser, told } = record({
      maxEventBytes: 10,
      during: (what) => {
        if (what === "error line") parser.reset();
      },
    });
    parser.push("data: 1234567890");
    parser.push("data: b\n\n");
    expect(told).toEqual(["error line", "event b"]);
  });

  test("end() in a callback, then reset(): open again, but not for the rest of the chunk", () => {
    const { parser, told } = record({
      during: () => {
        parser.end();
        parser.reset();
      },
    });
    parser.push("data: a\n\ndata: b\n\n");
    parser.push("data: c\n\n");
    expect(told).toEqual(["event a", "event c"]);
  });

  test("an error thrown next to reset() is still rethrown", () => {
    const { parser } = record({
      during: () => {
        parser.reset();
        throw new Error("told");
      },
    });
    expect(() => parser.push("data: a\n\n")).toThrow("told");
  });
});

describe("push inside a callback would deliver out of order, so it is refused", () => {
  test.each([...all, "error line"])("at %s", (at) => {
    const errors: unknown[] = [];
    const { parser, told } = record({
      maxEventBytes: 40,
      during: (what) => {
        if (what === at) errors.push(thrownBy(() => parser.push("data: x\n\n"))?.error);
      },
    });
    parser.push(everything);
    parser.push("x".repeat(50));
    expect(errors).toEqual([expect.any(TypeError)]);
    expect(String(errors[0])).toMatch(/push\(\) .*callback/);
    expect(told).toEqual([...all, "error line"]);
  });

  test("throws to the caller if the callback does not catch it, and the outer chunk continues", () => {
    const { parser, told } = record({
      during: (what) => {
        if (what === "event a") parser.push("data: x\n\n");
      },
    });
    expect(() => parser.push("data: a\n\ndata: b\n\n")).toThrow(TypeError);
    expect(told).toEqual(["event a", "event b"]);
  });

  test("another parser may be fed", () => {
    const inner = record();
    const outer = record({ during: () => inner.parser.push("data: x\n\n") });
    outer.parser.push("data: a\n\ndata: b\n\n");
    expect(inner.told).toEqual(["event x", "event x"]);
  });
});

describe("too large: reported once, after the previous events, and nothing after it", () => {
  const stream = "id: 1\ndata: a\n\n: ok\n\nretry: 5\ndata: 1234567890\n\ndata: after\n\n";
  const before = ["event a", "comment ok", "retry 5", "error event"];

  test("by onError, with the limit and the cause", () => {
    const errors: ParseError[] = [];
    const { parser, events } = record({ maxEventBytes: 16, onError: (e) => errors.push(e) });
    parser.push(stream);
    expect(events).toEqual([message("a", { id: "1" })]);
    expect(errors).toEqual([expect.any(ParseError)]);
    expect(errors[0]).toMatchObject({ code: "too-large", what: "event", limitBytes: 16 });
  });

  test("the callbacks before it run first", () => {
    const { parser, told } = record({ maxEventBytes: 16 });
    parser.push(stream);
    expect(told).toEqual(before);
  });

  test("thrown by push where there is no onError", () => {
    const { parser, events } = record({ maxEventBytes: 16, onError: undefined });
    expect(() => parser.push(stream)).toThrow(ParseError);
    expect(events.length).toBe(1);
  });

  test("everything after it is ignored, including blank lines and the next oversized line", () => {
    const { parser, told } = record({ maxEventBytes: 16 });
    for (const byte of bytes(stream, stream, "x".repeat(100))) parser.push(Uint8Array.of(byte));
    expect(told).toEqual(before);
  });

  test("ignored where there is no onError, too: the error is thrown once", () => {
    const { parser } = record({ maxEventBytes: 16, onError: undefined });
    expect(() => parser.push("x".repeat(17))).toThrow(ParseError);
    expect(thrownBy(() => parser.push("x".repeat(17)))).toBeUndefined();
  });

  test("reset() prepares for the next connection, at the same cursor", () => {
    const { parser, events, told } = record({ maxEventBytes: 16 });
    parser.push(stream);
    expect(parser.lastEventId).toBe("1");
    parser.reset();
    parser.push("data: b\n\n");
    expect(events.at(-1)).toEqual(message("b", { lastEventId: "1" }));
    parser.push("x".repeat(17));
    expect(told.filter((what) => what.startsWith("error"))).toEqual(["error event", "error line"]);
  });

  test("an id of the oversized block is not a cursor", () => {
    const { parser } = record({ maxEventBytes: 16 });
    parser.push("id: 1\n\nid: 2\ndata: 1234567890\n\n");
    expect(parser.lastEventId).toBe("1");
  });

  test("16 MiB by default", () => {
    const { parser, told } = record();
    const chunk = new Uint8Array(1024 * 1024).fill(0x78);
    for (let i = 0; i < 16; i++) parser.push(chunk);
    expect(told).toEqual([]);
    parser.push("x");
    expect(told).toEqual(["error line"]);
  });
});

describe("text is read as its bytes would be", () => {
  test("an emoji survives a string cut in its middle", () => {
    const text = "data: a😀b😀\n\n";
    for (let first = 0; first <= text.length; first++) {
      for (let second = first; second <= text.length; second++) {
        const { parser, events } = record();
        parser.push(text.slice(0, first));
        parser.push(text.slice(first, second));
        parser.push(text.slice(second));
        expect(events).toEqual([message("a😀b😀")]);
      }
    }
  });

  test("half an emoji that stays alone is U+FFFD, in its position", () => {
    const { parser, events } = record();
    parser.push("data: a\uD83D");
    parser.push("b\uDE00c\uD83D");
    parser.push("\n\n");
    expect(events).toEqual([message("a\uFFFDb\uFFFDc\uFFFD")]);
  });

  test("half an emoji before bytes is U+FFFD in its position, and never appears later", () => {
    const { parser, events } = record();
    parser.push("data: a\uD83D");
    parser.push(new Uint8Array(0));
    parser.push(bytes("b\n"));
    parser.push("data: c\n\n");
    expect(events).toEqual([message("a\uFFFDb\nc")]);
  });

  test("an empty chunk between the halves does not separate them", () => {
    const { parser, events } = record();
    for (const chunk of ["data: \uD83D", "", new Uint8Array(0), "\uDE00\n\n"]) parser.push(chunk);
    expect(events).toEqual([message("😀")]);
  });

  test("half a character in bytes is not completed by text", () => {
    const { parser, events } = record();
    parser.push(bytes("data: ", 0xe2, 0x82));
    parser.push("¬\n\n");
    expect(events).toEqual([message("\uFFFD¬")]);
  });

  test("alternating strings and bytes are one stream", () => {
    const { parser, events } = record();
    for (const [index, part] of ["id: ", "é\n", "da", "ta: €", "\r", "\n\r", "\n"].entries()) {
      parser.push(index % 2 === 0 ? part : bytes(part));
    }
    expect(events).toEqual([message("€", { id: "é" })]);
  });

  test("the limit counts the bytes of text, not its characters", () => {
    const { parser, told } = record({ maxEventBytes: 12 });
    parser.push("data:€1\n\n");
    parser.push("data:€€\n\n");
    expect(told).toEqual(["event €1", "error event"]);
  });

  test("bytes of another realm, such as jsdom's, are bytes", () => {
    const { parser, events } = record();
    const views = ["new Uint8Array(b)", "new DataView(new Uint8Array(b).buffer, 1, b.length - 2)"];
    for (const view of views) {
      parser.push(runInNewContext(view, { b: [...bytes("\ndata: é\n\n\n")] }) as Uint8Array);
    }
    expect(events).toEqual([message("é"), message("é")]);
  });

  test("a chunk of another kind is refused instead of treated as empty", () => {
    const { parser } = record();
    const { buffer } = bytes("data: a\n\n");
    const push = parser.push.bind(parser) as (chunk: unknown) => void;
    for (const chunk of [buffer, undefined, null, 42, { length: 1 }, ["data: a\n\n"]]) {
      expect(() => push(chunk)).toThrow(/^push\(\) takes a Uint8Array or a string/);
    }
    parser.push("data: b\n\n");
  });
});

describe("the cursor", () => {
  test("starts at the caller's id, so that a reconnect resumes there", () => {
    const { parser, events } = record({ lastEventId: "7" });
    expect(parser.lastEventId).toBe("7");
    parser.push("data: a\n\nid: 8\ndata: b\n\ndata: c\n\nid\ndata: d\n\n");
    expect(events).toEqual([
      message("a", { lastEventId: "7" }),
      message("b", { id: "8" }),
      message("c", { lastEventId: "8" }),
      message("d", { id: "" }),
    ]);
    expect(parser.lastEventId).toBe("");
  });

  test("is empty by default", () => {
    expect(record().parser.lastEventId).toBe("");
  });

  test("is current inside the callback: a consumer stores the id of the event it has", () => {
    const seen: string[] = [];
    const { parser } = record({ during: () => seen.push(parser.lastEventId) });
    parser.push("id: 1\ndata: a\n\nid: 2\n: c\ndata: b\n\n");
    expect(seen).toEqual(["1", "1", "2"]);
  });

  test("outlives reset() and end()", () => {
    const { parser } = record();
    parser.push("id: 1\n\n");
    parser.reset();
    expect(parser.lastEventId).toBe("1");
    parser.end();
    expect(parser.lastEventId).toBe("1");
  });

  test("an event without an id of its own has no such key, which distinguishes the server's ids from ours", () => {
    const { parser, events } = record({ lastEventId: "7" });
    parser.push("data: a\n\nid: 1\\0\ndata: b\n\nid\ndata: c\n\n".replace("\\0", "\0"));
    expect(events.map((event) => Object.hasOwn(event, "id"))).toEqual([false, false, true]);
  });
});

describe("one stream after another", () => {
  test("end() drops the unfinished event and ignores later chunks", () => {
    const { parser, told } = record();
    parser.push("data: a\n\ndata: lost\n");
    parser.end();
    parser.push("\ndata: late\n\n");
    parser.end();
    parser.push("data: late\n\n");
    expect(told).toEqual(["event a"]);
  });

  test("reset() after end() opens again", () => {
    const { parser, told } = record();
    parser.end();
    parser.reset();
    parser.push("data: a\n\n");
    expect(told).toEqual(["event a"]);
  });

  test.each([
    ["a line", "data: lost"],
    ["a block", "id: lost\nevent: lost\ndata: lost\n"],
    ["the CR of a CRLF", "data: lost\r"],
    ["half a character", bytes("data: ", 0xe2, 0x82)],
    ["half an emoji in text", "data: \uD83D"],
    ["half a byte order mark", bytes(0xef, 0xbb)],
    ["a byte order mark", "\uFEFF"],
    ["the beginning of a field name", "dat"],
  ])("reset() forgets %s", (_, unfinished) => {
    const { parser, events } = record();
    parser.push(unfinished);
    parser.reset();
    parser.push(bytes("\uFEFFdata: a\n\n"));
    parser.reset();
    parser.push(unfinished);
    parser.reset();
    parser.push("data: b\n\n");
    expect(events).toEqual([message("a"), message("b")]);
  });

  test("each stream has one byte order mark, a second one is text", () => {
    const { parser, events } = record();
    for (let i = 0; i < 2; i++) {
      parser.push("\uFEFF");
      parser.push("\uFEFFdata: lost\n\n\uFEFFdata: lost\n\ndata: a\n\n");
      parser.reset();
    }
    expect(events).toEqual([message("a"), message("a")]);
  });

  test.each([
    ["a line", ["data: 1234567890"]],
    ["a block", ["id: 1\ndata: 12345"]],
    ["the CR of a line", ["data: 1234567\r"]],
    ["the CR of a block", ["data: 1234567\r\n\r"]],
    ["an event and a line", ["data\n\ndata: 1"]],
    ["a line that ends an event, and another", ["id: 1\nda", "ta\n\ndata: 1", "2"]],
  ])("the limit restarts with each stream, after %s", (_, unfinished) => {
    const { parser, told } = record({ maxEventBytes: 16 });
    const again = (): void => {
      parser.reset();
      for (const chunk of unfinished) parser.push(chunk);
      parser.reset();
      told.length = 0;
    };
    again();
    parser.push("\ndata: 12345678\n\n");
    expect(told).toEqual(["event 12345678"]);
    again();
    parser.push("\ndata: 123456789\n\n");
    expect(told).toEqual(["error event"]);
    again();
    for (const chunk of ["data: 1", "234567890", "1"]) parser.push(chunk);
    expect(told).toEqual(["error line"]);
  });
});

const MiB = 1024 * 1024;

/** Without its end: joining it all takes as long as the memory takes, once. */
const line = (megabytes: number): Uint8Array =>
  bytes("data: ", new Uint8Array(megabytes * MiB).fill(0x78));

const cut = (stream: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(stream.length / size) }, (_, i) =>
    stream.subarray(i * size, (i + 1) * size),
  );

/** The CPU time of a run: the least of several, since noise only adds. */
function cpuTimeOf(run: () => void): number {
  const times = [1, 2, 3, 4, 5, 6, 7].map(() => {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    return user + system;
  });
  return Math.min(...times);
}

describe("time grows with the bytes, not with their square", () => {
  test.each([
    { name: "a line of 8 MB in pieces of 1 KB", chunks: (n: number) => cut(line(n), 1024) },
    { name: "a line of 8 MB in pieces of 64 bytes", chunks: (n: number) => cut(line(n), 64) },
    {
      name: "64 K lines in pieces of 100 bytes",
      chunks: (n: number) => cut(bytes("data: 1234\n".repeat(8192 * n), "\n"), 100),
    },
    {
      name: "64 K lines at once",
      chunks: (n: number) => [bytes("data: 1234\n".repeat(8192 * n), "\n")],
    },
    {
      name: "100 K tiny events at once",
      chunks: (n: number) => [bytes("data\n\n".repeat(12_500 * n))],
    },
    {
      name: "20 K tiny events, one per chunk",
      chunks: (n: number) => Array.from({ length: 2500 * n }, () => bytes("data\n\n")),
    },
    {
      name: "small events under a small limit",
      chunks: (n: number) => [bytes("data: 1234\n\n".repeat(2500 * n))],
      maxEventBytes: 100,
    },
  ])("$name", { retry: 1 }, ({ chunks, maxEventBytes }) => {
    const parse = (stream: Uint8Array[]): void => {
      const parser = createParser({ onEvent: () => undefined, maxEventBytes });
      for (const chunk of stream) parser.push(chunk);
    };
    const [small, large] = [chunks(1), chunks(8)];
    parse(large);
    // Eight times as much takes 8 times as long, or 20 when memory gets scarce; 64 would be the square.
    expect(cpuTimeOf(() => parse(large)) / cpuTimeOf(() => parse(small))).toBeLessThan(40);
  });
});
