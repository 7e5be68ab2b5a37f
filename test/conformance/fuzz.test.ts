import { encodeEvent, type OutgoingEvent } from "@steadfeed/parser/encode";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyText, cutAt, places, stream } from "./arbitraries.ts";
import { pieces } from "./cuts.ts";
import { difference, Recorder } from "./outcome.ts";
import {
  interpretWhole,
  parseEventsOnly,
  parseInPieces,
  parserFor,
  pushAndReuse,
} from "./parse.ts";
import { bytes, message, type Expected } from "./row.ts";

/** `FUZZ_RUNS=100000 vitest run --project node test/conformance/fuzz` for a long one. A failure prints its seed and path. */
const numRuns = Number(process.env["FUZZ_RUNS"] ?? 3000);
const options = { timeout: Math.max(20_000, numRuns * 20) };

const cursor = fc.constantFrom("", "7", "é");

describe("random streams", () => {
  test("the parser and the standard agree, wherever the stream is cut", options, () => {
    fc.assert(
      fc.property(stream, places, cursor, (sent, chosen, from) => {
        const actual = parseInPieces(sent, cutAt(sent.length, chosen), from);
        expect(difference(actual, interpretWhole(sent, from))).toBeUndefined();
      }),
      { numRuns },
    );
  });

  test("the events are the same for a subscriber without other options", options, () => {
    fc.assert(
      fc.property(stream, places, (sent, chosen) => {
        const { events, lastEventId } = interpretWhole(sent);
        const actual = parseEventsOnly(sent, cutAt(sent.length, chosen));
        expect(difference(actual, { events, lastEventId })).toBeUndefined();
      }),
      { numRuns: Math.ceil(numRuns / 3) },
    );
  });

  test("bytes without any structure break nothing", options, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200, size: "max" }), places, (sent, chosen) => {
        const actual = parseInPieces(sent, cutAt(sent.length, chosen));
        expect(difference(actual, interpretWhole(sent))).toBeUndefined();
      }),
      { numRuns: Math.ceil(numRuns / 3) },
    );
  });

  test("after each chunk every complete event is delivered, and nothing else", options, () => {
    fc.assert(
      fc.property(stream, places, (sent, chosen) => {
        const recorder = new Recorder();
        const parser = parserFor(recorder);
        let count = 0;
        for (const piece of pieces(sent, cutAt(sent.length, chosen))) {
          pushAndReuse(parser, piece);
          count += piece.length;
          const expected = interpretWhole(sent.subarray(0, count));
          expect(difference(recorder.outcome(parser.lastEventId), expected)).toBeUndefined();
        }
      }),
      { numRuns: Math.ceil(numRuns / 3) },
    );
  });

  test("a connection lost anywhere leaves only the cursor", options, () => {
    fc.assert(
      fc.property(stream, stream, places, fc.boolean(), (lost, next, chosen, ended) => {
        const recorder = new Recorder();
        const parser = parserFor(recorder);
        for (const piece of pieces(lost, cutAt(lost.length, chosen))) pushAndReuse(parser, piece);
        if (ended) parser.end();
        parser.reset();
        for (const piece of pieces(next, cutAt(next.length, chosen))) pushAndReuse(parser, piece);
        parser.end();

        const first = interpretWhole(lost);
        const second = interpretWhole(next, first.lastEventId);
        const both = {
          events: [...first.events, ...second.events],
          retries: [...first.retries, ...second.retries],
          comments: [...first.comments, ...second.comments],
          order: first.order + second.order,
          lastEventId: second.lastEventId,
        };
        expect(difference(recorder.outcome(parser.lastEventId), both)).toBeUndefined();
      }),
      { numRuns: Math.ceil(numRuns / 3) },
    );
  });

  test("a stream pushed as text is read like its bytes", options, () => {
    fc.assert(
      fc.property(stream, places, (sent, chosen) => {
        const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(sent);
        const recorder = new Recorder();
        const parser = parserFor(recorder);
        parser.push("data: lost in the middle of an emoji: \uD83D");
        parser.reset();
        let start = 0;
        for (const offset of [...cutAt(text.length, chosen), text.length]) {
          parser.push(text.slice(start, offset));
          start = offset;
        }
        parser.end();
        const actual = recorder.outcome(parser.lastEventId);
        expect(difference(actual, interpretWhole(bytes(text)))).toBeUndefined();
      }),
      { numRuns: Math.ceil(numRuns / 3) },
    );
  });
});

const unsafe = /[\r\n\0]/;
const oneLine = anyText.map((text) => text.replaceAll(/[\r\n\0]/g, ""));
const validEvent: fc.Arbitrary<OutgoingEvent> = fc.record(
  { type: oneLine, data: anyText, id: oneLine, retryMs: fc.maxSafeNat(), comment: anyText },
  { requiredKeys: [] },
);

const withLineFeeds = (text: string): string => text.replaceAll(/\r\n|\r/g, "\n");

/** What a subscriber must get of these events. */
function delivered(sent: readonly OutgoingEvent[]): Expected {
  const events = [];
  const retries = [];
  const comments = [];
  let lastEventId = "";
  for (const { type, data, id, retryMs, comment } of sent) {
    lastEventId = id ?? lastEventId;
    if (comment !== undefined) comments.push(...withLineFeeds(comment).split("\n"));
    if (retryMs !== undefined) retries.push(retryMs);
    if (data === undefined) continue;
    const fields = { type: type || "message", lastEventId, ...(id !== undefined && { id }) };
    events.push(message(withLineFeeds(data), fields));
  }
  return { events, retries, comments, lastEventId };
}

function differenceAfterTransfer(
  events: readonly OutgoingEvent[],
  chosen: readonly number[],
): string | undefined {
  const sent = bytes(...events.map((event) => encodeEvent(event)));
  return difference(parseInPieces(sent, cutAt(sent.length, chosen)), delivered(events));
}

describe("the parser reads everything that the encoder writes", () => {
  test("one event arrives as it was sent", options, () => {
    fc.assert(
      fc.property(validEvent, places, (event, chosen) => {
        expect(differenceAfterTransfer([event], chosen)).toBeUndefined();
      }),
      { numRuns },
    );
  });

  test("consecutive events do not affect each other", options, () => {
    fc.assert(
      fc.property(
        fc.array(validEvent, { maxLength: 10, size: "max" }),
        places,
        (events, chosen) => {
          expect(differenceAfterTransfer(events, chosen)).toBeUndefined();
        },
      ),
      { numRuns: Math.ceil(numRuns / 3) },
    );
  });

  test(
    "a hostile type or id is refused or arrives exactly, and its neighbors are unaffected",
    options,
    () => {
      const before: OutgoingEvent = { data: "before" };
      const after: OutgoingEvent = { data: "after" };
      fc.assert(
        fc.property(anyText, fc.constantFrom("type", "id"), places, (text, field, chosen) => {
          const hostile: OutgoingEvent = { data: "hostile", [field]: text };
          const refusal = thrownBy(() => encodeEvent(hostile));
          expect(refusal instanceof TypeError).toBe(unsafe.test(text));
          const sent = refusal ? [before, after] : [before, hostile, after];
          expect(differenceAfterTransfer(sent, chosen)).toBeUndefined();
        }),
        { numRuns },
      );
    },
  );
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
