import type { ServerSentEvent } from "./event.ts";
import type { Parser, ParserOptions } from "./options.ts";
import { createParser } from "./parser.ts";

/** The parser options that {@link eventStream} accepts; its events are read from `readable`. */
export type EventStreamOptions = Omit<ParserOptions, "onEvent" | "onError">;

/**
 * Creates a `TransformStream` from bytes to events: `response.body.pipeThrough(eventStream())`.
 *
 * Errors: `TypeError` for invalid options, here; the stream errors with the error of a callback, and with a
 *         `ParseError` for input over `maxEventBytes`. As in every errored stream, unread events, at most those of the
 *         current chunk, are lost
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
