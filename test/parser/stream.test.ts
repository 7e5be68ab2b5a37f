import { eventStream, ParseError, type ServerSentEvent } from "@steadfeed/parser";
import { describe, expect, test, vi } from "vitest";
import { until } from "../support/collect.ts";
import { bytes, message } from "../conformance/row.ts";

/** A body that gives one chunk for each read, then ends or fails. */
function bodyOf(chunks: Iterable<Uint8Array | string>, failure?: Error) {
  const iterator = chunks[Symbol.iterator]();
  const cancelled = vi.fn<(reason: unknown) => void>();
  const body = new ReadableStream<Uint8Array | string>(
    {
      pull(controller) {
        const { done, value } = iterator.next();
        if (!done) controller.enqueue(value);
        else if (failure) controller.error(failure);
        else controller.close();
      },
      cancel: (reason) => cancelled(reason),
    },
    { highWaterMark: 0 },
  );
  return { body, cancelled };
}

/** All events up to the end, and the error if that is how it ended. */
async function readAll(stream: ReadableStream<ServerSentEvent>) {
  const events: ServerSentEvent[] = [];
  try {
    for await (const event of stream) events.push(event);
  } catch (error) {
    return { events, error };
  }
  return { events };
}

const cut = (stream: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(stream.length / size) }, (_, i) =>
    stream.subarray(i * size, (i + 1) * size),
  );

describe("pipeThrough gives every event of a body", () => {
  const stream = bytes("\uFEFFid: 1\r\ndata: é€😀\r\n\r\n: c\n\nevent: t\ndata: a\ndata: b\n\n");
  const events = [message("é€😀", { id: "1" }), message("a\nb", { type: "t", lastEventId: "1" })];

  test.each([1, 2, 3, 5, 7, 11, 1000])("in chunks of %d bytes", async (size) => {
    const { body } = bodyOf(cut(stream, size));
    expect(await readAll(body.pipeThrough(eventStream()))).toEqual({ events });
  });

  test("in text, cut inside an emoji", async () => {
    const { body } = bodyOf(["data: \uD83D", "\uDE00\n\n"]);
    const read = await readAll(body.pipeThrough(eventStream()));
    expect(read).toEqual({ events: [message("😀")] });
  });

  test("of a fetch response", async () => {
    const { body } = new Response(stream);
    expect(await readAll(body!.pipeThrough(eventStream()))).toEqual({ events });
  });

  test("without the unfinished one", async () => {
    const { body } = bodyOf(["data: a\n\ndata: lost"]);
    const read = await readAll(body.pipeThrough(eventStream()));
    expect(read).toEqual({ events: [message("a")] });
  });

  test("as they arrive, not when the body ends", async () => {
    const { readable, writable } = eventStream();
    const writer = writable.getWriter();
    const reader = readable.getReader();
    void writer.write("data: a\n\nda");
    expect(await reader.read()).toEqual({ done: false, value: message("a") });
    void writer.write("ta: b\n\n");
    expect(await reader.read()).toEqual({ done: false, value: message("b") });
  });

  test("only as fast as they are read: a slow reader does not fill memory", async () => {
    let pulled = 0;
    function* endless(): Generator<string> {
      for (;;) yield `data: ${pulled++}\n\n`;
    }
    const reader = bodyOf(endless()).body.pipeThrough(eventStream()).getReader();
    for (let i = 0; i < 5; i++) await reader.read();
    await new Promise(setImmediate);
    expect(pulled).toBeLessThan(10);
    await reader.cancel();
  });
});

describe("the options of a parser", () => {
  test("comments, retries and the cursor to start from", async () => {
    const onComment = vi.fn<(text: string) => void>();
    const onRetry = vi.fn<(ms: number) => void>();
    const { body } = bodyOf([": c\nretry: 5\ndata: a\n\n"]);
    const options = { onComment, onRetry, lastEventId: "7" };
    const read = await readAll(body.pipeThrough(eventStream(options)));
    expect(read).toEqual({ events: [message("a", { lastEventId: "7" })] });
    expect(onComment.mock.calls).toEqual([["c"]]);
    expect(onRetry.mock.calls).toEqual([[5]]);
  });

  test("misuse throws when the stream is created", () => {
    expect(() => eventStream({ maxEventBytes: 0 })).toThrow(/^maxEventBytes must be/);
  });
});

describe("every end has a reason, and no connection stays open", () => {
  test("too large: the reader gets the events of the chunks before, then the error", async () => {
    const { body, cancelled } = bodyOf([
      "data: a\n\n",
      "data: b\n\n",
      "x".repeat(17),
      "data: c\n\n",
    ]);
    const read = await readAll(body.pipeThrough(eventStream({ maxEventBytes: 16 })));
    expect(read).toEqual({ events: [message("a"), message("b")], error: expect.any(ParseError) });
    expect(read.error).toMatchObject({ what: "line", limitBytes: 16 });
    await until(() => expect(cancelled.mock.calls).toEqual([[read.error]]));
  });

  test("too large: the writer gets the error too", async () => {
    const stream = eventStream({ maxEventBytes: 16 });
    const writer = stream.writable.getWriter();
    const read = readAll(stream.readable);
    const [, closed] = await Promise.allSettled([writer.write("x".repeat(17)), writer.closed]);
    expect(closed).toEqual({ status: "rejected", reason: expect.any(ParseError) });
    expect((await read).error).toBeInstanceOf(ParseError);
  });

  test("a callback that throws", async () => {
    const { body, cancelled } = bodyOf(["data: a\n\n", ": c\n\n", "data: b\n\n"]);
    const error = new Error("mine");
    const onComment = (): void => {
      throw error;
    };
    const read = await readAll(body.pipeThrough(eventStream({ onComment })));
    expect(read).toEqual({ events: [message("a")], error });
    await until(() => expect(cancelled.mock.calls).toEqual([[error]]));
  });

  test("an error of the body", async () => {
    const error = new Error("reset by peer");
    const { body } = bodyOf(["data: a\n\n"], error);
    expect(await readAll(body.pipeThrough(eventStream()))).toEqual({
      events: [message("a")],
      error,
    });
  });

  test("cancel closes the body, with the reason", async () => {
    const { body, cancelled } = bodyOf(Array.from({ length: 99 }, () => "data: a\n\n"));
    const reader = body.pipeThrough(eventStream()).getReader();
    await reader.read();
    await reader.cancel("enough");
    await until(() => expect(cancelled.mock.calls).toEqual([["enough"]]));
  });

  test("break closes the body", async () => {
    const { body, cancelled } = bodyOf(Array.from({ length: 99 }, () => "data: a\n\n"));
    for await (const _ of body.pipeThrough(eventStream())) break;
    await until(() => expect(cancelled).toHaveBeenCalledOnce());
  });
});
