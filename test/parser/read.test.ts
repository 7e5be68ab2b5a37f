import { Readable } from "node:stream";
import {
  ParseError,
  readEvents,
  type EventSourceBody,
  type ServerSentEvent,
} from "@steadfeed/parser";
import { describe, expect, test, vi } from "vitest";
import { bytes, message } from "../conformance/row.ts";

const stream = bytes(
  "\uFEFFid: 1\r\ndata: é€😀\r\n\r\n: c\n\nevent: t\ndata: a\ndata: b\n\ndata: lost",
);
const events = [message("é€😀", { id: "1" }), message("a\nb", { type: "t", lastEventId: "1" })];
const done = { done: true, value: undefined } as const;
const item = (data: string) => ({ done: false, value: message(data) });

const cut = (size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(stream.length / size) }, (_, i) =>
    stream.subarray(i * size, (i + 1) * size),
  );

/** A body in the hands of the test. */
function body() {
  const cancelled = vi.fn<() => void>();
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const readable = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given;
    },
    cancel: () => cancelled(),
  });
  return {
    readable,
    cancelled,
    send: (text: string) => controller.enqueue(bytes(text)),
    close: () => controller.close(),
    fail: (error: Error) => controller.error(error),
  };
}

const readableOf = (chunks: Uint8Array[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });

async function* generated(chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

/** All events up to the end, and the error if that is how it ended. */
async function readAll(source: AsyncIterable<ServerSentEvent>) {
  const read: ServerSentEvent[] = [];
  try {
    for await (const event of source) read.push(event);
  } catch (error) {
    return { events: read, error };
  }
  return { events: read };
}

/** Lets all that needs no time happen. */
const settle = (): Promise<unknown> => new Promise(setImmediate);

describe("every kind of body gives its events", () => {
  const kinds: { kind: string; bodyOf: (chunks: Uint8Array[]) => EventSourceBody }[] = [
    { kind: "a fetch response", bodyOf: (chunks) => new Response(readableOf(chunks)) },
    { kind: "a ReadableStream", bodyOf: readableOf },
    { kind: "a Node stream", bodyOf: (chunks) => Readable.from(chunks, { objectMode: false }) },
    { kind: "an async generator", bodyOf: generated },
    {
      kind: "a response with a Node stream as its body, as node-fetch's",
      bodyOf: (chunks) => ({ body: Readable.from(chunks) }) as unknown as Response,
    },
  ];

  test.each(kinds)("$kind, in chunks of any size", async ({ bodyOf }) => {
    for (const size of [1, 3, 10, 1000]) {
      expect(await readAll(readEvents(bodyOf(cut(size))))).toEqual({ events });
    }
  });

  test("a Node stream of strings", async () => {
    const source = Readable.from(["data: \uD83D", "\uDE00\n\n"]);
    expect(await readAll(readEvents(source))).toEqual({ events: [message("😀")] });
  });

  test("a response without a body has none, and ends", async () => {
    const response = new Response(null, { status: 204 });
    expect(await readAll(readEvents(response))).toEqual({ events: [] });
  });

  test.each([
    ["a response that was not awaited", Promise.resolve(new Response("data: a\n\n"))],
    ["a URL", "http://example.test/events"],
    ["a URL object", new URL("http://example.test/events")],
    ["the null body of a response", null],
    ["nothing", undefined],
    ["an array", [bytes("data: a\n\n")]],
  ])("%s is refused instead of treated as empty: the message names valid bodies", (_, source) => {
    expect(() => readEvents(source as unknown as Response)).toThrow(TypeError);
    expect(() => readEvents(source as unknown as Response)).toThrow(
      /readEvents\(await fetch\(url\)\)/,
    );
  });
});

describe("the options of a parser", () => {
  test("comments, retries and the cursor to start from", async () => {
    const onComment = vi.fn<(text: string) => void>();
    const onRetry = vi.fn<(ms: number) => void>();
    const response = new Response(": c\nretry: 5\ndata: a\n\n");
    const read = await readAll(readEvents(response, { onComment, onRetry, lastEventId: "7" }));
    expect(read).toEqual({ events: [message("a", { lastEventId: "7" })] });
    expect(onComment.mock.calls).toEqual([["c"]]);
    expect(onRetry.mock.calls).toEqual([[5]]);
  });

  test("misuse throws at once and leaves the body unread", () => {
    const { readable } = body();
    expect(() => readEvents(readable, { maxEventBytes: 0 })).toThrow(/^maxEventBytes must be/);
    expect(readable.locked).toBe(false);
  });
});

describe("next() and return() work for loops and queues", () => {
  test("several pending next() get the events in order, as they arrive", async () => {
    const { readable, send, close } = body();
    const reader = readEvents(readable);
    const settled: string[] = [];
    const pending = Array.from({ length: 4 }, async (_, index) => {
      const { value } = await reader.next();
      settled.push(`${index} ${value?.data ?? "done"}`);
    });
    await settle();
    send(": no event\n\n");
    await settle();
    send("data: a\n\n");
    await settle();
    expect(settled).toEqual(["0 a"]);
    send("data: b\n\ndata: c\n\ndata");
    close();
    await Promise.all(pending);
    expect(settled).toEqual(["0 a", "1 b", "2 c", "3 done"]);
    expect(await reader.next()).toEqual(done);
  });

  test("return() settles every pending next(), even when the body stays silent forever", async () => {
    const { readable, cancelled } = body();
    const reader = readEvents(readable);
    const pending = [reader.next(), reader.next(), reader.next()];
    await settle();
    expect(await reader.return!()).toEqual(done);
    expect(await Promise.all(pending)).toEqual([done, done, done]);
    expect(cancelled).toHaveBeenCalledOnce();
    expect(await reader.next()).toEqual(done);
  });

  test("return() twice cancels once", async () => {
    const { readable, cancelled } = body();
    const reader = readEvents(readable);
    await reader.return!();
    await reader.return!();
    expect(cancelled).toHaveBeenCalledOnce();
  });

  test("return() before the first next() cancels the body", async () => {
    const { readable, cancelled } = body();
    const reader = readEvents(readable);
    expect(await reader.return!()).toEqual(done);
    expect(cancelled).toHaveBeenCalledOnce();
    expect(await reader.next()).toEqual(done);
  });

  test("return() after the end does not touch a finished body", async () => {
    const { readable, close, cancelled } = body();
    const reader = readEvents(readable);
    close();
    expect(await reader.next()).toEqual(done);
    expect(await reader.return!()).toEqual(done);
    expect(cancelled).not.toHaveBeenCalled();
  });

  // A chunk passes through a handful of microtasks on its way; return() may come between any two of them.
  test.each(Array.from({ length: 12 }, (_, ticks) => ticks))(
    "return() stops waiting, %d microtasks after its chunk",
    async (ticks) => {
      const { readable, send } = body();
      const reader = readEvents(readable);
      const pending = reader.next();
      await settle();
      send("data: a\n\ndata: b\n\n");
      for (let i = 0; i < ticks; i++) await Promise.resolve();
      await reader.return!();
      // The event is either on its way to its next() already or gone.
      expect([item("a"), done]).toContainEqual(await pending);
      expect(await reader.next()).toEqual(done);
    },
  );

  test.each(Array.from({ length: 12 }, (_, ticks) => ticks))(
    "return() stops waiting for an error, %d microtasks after the body failed",
    async (ticks) => {
      const { readable, fail } = body();
      const reader = readEvents(readable);
      const pending = Promise.allSettled([reader.next()]);
      await settle();
      fail(new Error("reset by peer"));
      for (let i = 0; i < ticks; i++) await Promise.resolve();
      await reader.return!();
      expect(await reader.next()).toEqual(done);
      await pending;
    },
  );

  test("return() inside a callback stops the rest of the chunk", async () => {
    const { readable, send } = body();
    const reader = readEvents(readable, { onComment: () => void reader.return!() });
    send("data: a\n\n: stop\ndata: b\n\n");
    expect(await reader.next()).toEqual(done);
    expect(await reader.next()).toEqual(done);
  });

  test("return() inside a callback that then throws: the error is dropped", async () => {
    const { readable, send } = body();
    const reader = readEvents(readable, {
      onComment: () => {
        void reader.return!();
        throw new Error("mine");
      },
    });
    send(": stop\n\n");
    expect(await reader.next()).toEqual(done);
    expect(await reader.next()).toEqual(done);
  });

  test("a loop that is left and entered again is at its end", async () => {
    const { readable, send } = body();
    const reader = readEvents(readable);
    send("data: a\n\ndata: b\n\n");
    for await (const event of reader) {
      expect(event).toEqual(message("a"));
      break;
    }
    expect(await readAll(reader)).toEqual({ events: [] });
  });
});

describe("no connection stays open after a loop that ended", () => {
  test("break", async () => {
    const { readable, send, cancelled } = body();
    send("data: a\n\ndata: b\n\n");
    for await (const _ of readEvents(new Response(readable))) break;
    expect(cancelled).toHaveBeenCalledOnce();
  });

  test("throw in the loop", async () => {
    const { readable, send, cancelled } = body();
    send("data: a\n\n");
    const loop = async (): Promise<void> => {
      for await (const { data } of readEvents(readable)) throw new Error(data);
    };
    await expect(loop()).rejects.toThrow("a");
    expect(cancelled).toHaveBeenCalledOnce();
  });

  test("too large", async () => {
    const { readable, send, cancelled } = body();
    send("x".repeat(17));
    const { error } = await readAll(readEvents(readable, { maxEventBytes: 16 }));
    expect(error).toBeInstanceOf(ParseError);
    expect(cancelled).toHaveBeenCalledOnce();
  });

  test("a callback that throws", async () => {
    const { readable, send, cancelled } = body();
    const error = new Error("mine");
    const onComment = (): void => {
      throw error;
    };
    send("data: a\n\n: c\n\ndata: b\n\n");
    const read = await readAll(readEvents(readable, { onComment }));
    expect(read).toEqual({ events: [message("a"), message("b")], error });
    expect(cancelled).toHaveBeenCalledOnce();
  });

  test("an async generator runs its finally", async () => {
    const closed = vi.fn<() => void>();
    async function* chunks(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield await Promise.resolve(bytes("data: a\n\n"));
      } finally {
        closed();
      }
    }
    for await (const _ of readEvents(chunks())) break;
    await settle();
    expect(closed).toHaveBeenCalledOnce();
  });

  test("a Node stream is destroyed, even while a read of it is pending forever", async () => {
    const source = new Readable({ read: () => undefined });
    const reader = readEvents(source);
    const pending = reader.next();
    await settle();
    await reader.return!();
    expect(await pending).toEqual(done);
    expect(source.destroyed).toBe(true);
    await settle();
  });

  test.each([
    ["rejects", () => Promise.reject(new Error("not now"))],
    [
      "throws",
      () => {
        throw new Error("not now");
      },
    ],
  ])("a body whose cancel %s causes no error", async (_, complain) => {
    const source: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: bytes("data: a\n\n") }),
        return: complain,
      }),
    };
    const read: ServerSentEvent[] = [];
    for await (const event of readEvents(source)) {
      read.push(event);
      break;
    }
    await settle();
    expect(read).toEqual([message("a")]);
  });

  test("an iterable that cannot be stopped is left alone", async () => {
    const source: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    };
    const reader = readEvents(source);
    const pending = reader.next();
    await settle();
    await reader.return!();
    expect(await pending).toEqual(done);
  });

  test("an iterable is stopped once, and not after its own end", async () => {
    const told = vi.fn<() => Promise<IteratorResult<Uint8Array>>>(() => Promise.resolve(done));
    const chunks = [bytes("data: a\n\n")];
    const source = (): AsyncIterable<Uint8Array> => ({
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve(chunks.length > 0 ? { value: chunks.pop()! } : done),
        return: told,
      }),
    });
    const stopped = readEvents(source());
    await stopped.next();
    await stopped.return!();
    await stopped.return!();
    expect(told).toHaveBeenCalledOnce();
    const ended = readEvents(source());
    expect(await ended.next()).toEqual(done);
    await ended.return!();
    expect(told).toHaveBeenCalledOnce();
  });
});

describe("an error is thrown once, after the events before it, and then the iterator is done", () => {
  test("of the body", async () => {
    const { readable, send, fail } = body();
    const reader = readEvents(readable);
    const first = reader.next();
    send("data: a\n\ndata: b\n\ndata: lost");
    expect(await first).toEqual(item("a"));
    const error = new Error("reset by peer");
    fail(error);
    expect(await reader.next()).toEqual(item("b"));
    await expect(reader.next()).rejects.toBe(error);
    expect(await reader.next()).toEqual(done);
  });

  test("of the body, to the first of several pending next()", async () => {
    const { readable, fail } = body();
    const reader = readEvents(readable);
    const pending = [reader.next(), reader.next(), reader.next()];
    const error = new Error("reset by peer");
    fail(error);
    expect(await Promise.allSettled(pending)).toEqual([
      { status: "rejected", reason: error },
      { status: "fulfilled", value: done },
      { status: "fulfilled", value: done },
    ]);
  });

  test("of a Node stream", async () => {
    const source = new Readable({ read: () => undefined });
    const reader = readEvents(source);
    source.push("data: a\n\n");
    expect(await reader.next()).toEqual(item("a"));
    const error = new Error("reset by peer");
    source.destroy(error);
    await expect(reader.next()).rejects.toBe(error);
    expect(await reader.next()).toEqual(done);
  });

  test("of a body that throws instead of rejecting", async () => {
    const error = new Error("not a stream");
    const source: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          throw error;
        },
      }),
    };
    expect(await readAll(readEvents(source))).toEqual({ events: [], error });
  });

  test("of an event too large, in the same chunk as the ones before", async () => {
    const { readable, send } = body();
    send("data: a\n\ndata: b\n\nid: 1\ndata: 1234567890\n\ndata: c\n\n");
    const reader = readEvents(readable, { maxEventBytes: 16 });
    expect(await reader.next()).toEqual(item("a"));
    expect(await reader.next()).toEqual(item("b"));
    await expect(reader.next()).rejects.toMatchObject({ code: "too-large", what: "event" });
    expect(await reader.next()).toEqual(done);
  });

  test("unless return() was called first: then it is dropped", async () => {
    const { readable, send } = body();
    send(`data: a\n\n${"x".repeat(17)}`);
    const reader = readEvents(readable, { maxEventBytes: 16 });
    expect(await reader.next()).toEqual(item("a"));
    await reader.return!();
    expect(await reader.next()).toEqual(done);
  });
});
