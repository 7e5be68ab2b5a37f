import type { ServerSentEvent } from "./event.ts";
import type { Parser, ParserOptions } from "./options.ts";
import { createParser } from "./parser.ts";

/** What {@link eventStream} takes from a parser's options; its events come out of `readable`. */
export type EventStreamOptions = Omit<ParserOptions, "onEvent" | "onError">;

/**
 * Creates a `TransformStream` from bytes to events: `response.body.pipeThrough(eventStream())`.
 *
 * Errors: `TypeError` for options that can't work, here; the stream errors with what a callback throws, and
 *         with a `ParseError` for input over `maxEventBytes`. As in every errored stream, events that nobody
 *         has read by then, at most those of the current chunk, are lost
 * After:  an unfinished event at the end of the bytes is dropped
 */
export function eventStream(
  options: EventStreamOptions = {},
): TransformStream<Uint8Array | string, ServerSentEvent> {
  let parser: Parser;
  return new TransformStream({
    start(controller) {
      parser = createParser({
        ...options,
        onEvent: (event) => controller.enqueue(event),
        onError: (error) => controller.error(error),
      });
    },
    transform: (chunk) => parser.push(chunk),
  });
}
