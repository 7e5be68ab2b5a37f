import { createParser, type Parser } from "@steadfeed/parser";
import { pieces } from "./cuts.ts";
import { Recorder, type Outcome } from "./outcome.ts";
import { interpret } from "./standard.ts";

/** What our parser makes of a stream that arrives in these pieces. */
export function parseInPieces(
  stream: Uint8Array,
  at: readonly number[],
  resumedFrom = "",
  create = createParser,
): Outcome {
  const recorder = new Recorder();
  return push(stream, at, parserFor(recorder, resumedFrom, create), recorder);
}

/** The same for a subscriber who asks for events only: a parser may then skip what nobody hears of. */
export function parseEventsOnly(
  stream: Uint8Array,
  at: readonly number[],
  resumedFrom = "",
): Outcome {
  const recorder = new Recorder();
  const { onEvent, onError } = recorder;
  return push(stream, at, createParser({ onEvent, onError, lastEventId: resumedFrom }), recorder);
}

function push(
  stream: Uint8Array,
  at: readonly number[],
  parser: Parser,
  recorder: Recorder,
): Outcome {
  for (const piece of pieces(stream, at)) pushAndReuse(parser, piece);
  parser.end();
  return recorder.outcome(parser.lastEventId);
}

/** What the standard makes of the stream as a whole. */
export function interpretWhole(stream: Uint8Array, resumedFrom = ""): Outcome {
  const recorder = new Recorder();
  return recorder.outcome(interpret(stream, recorder, resumedFrom));
}

export function parserFor(recorder: Recorder, resumedFrom = "", create = createParser): Parser {
  const { onEvent, onRetry, onComment, onError } = recorder;
  return create({ onEvent, onRetry, onComment, onError, lastEventId: resumedFrom });
}

/** Pushes a view into a buffer that is written over as soon as the call returns, as a socket's is. */
export function pushAndReuse(parser: Parser, piece: Uint8Array): void {
  const buffer = new Uint8Array(piece.length + 8);
  const chunk = buffer.subarray(5, 5 + piece.length);
  chunk.set(piece);
  parser.push(chunk);
  buffer.fill(0x0a);
}
