import type { ServerSentEvent } from "./event.ts";
import type { ParserOptions } from "./options.ts";
import { createParser, type Parser } from "./parser.ts";

/** What {@link EventStream} takes from a parser's options; its events come out of `readable`. */
export type EventStreamOptions = Omit<ParserOptions, "onEvent" | "onError">;

/**
 * A `TransformStream` from bytes to events: `response.body.pipeThrough(new EventStream())`.
 *
 * Errors: `TypeError` for options that can't work, here; the stream errors with what a callback throws, and
 *         with a `ParseError` for input over `maxEventBytes`. As in every errored stream, events that nobody
 *         has read by then, at most those of the chunk at hand, are lost
 * After:  an unfinished event at the end of the bytes is dropped
 */
export class EventStream extends TransformStream<Uint8Array | string, ServerSentEvent> {
  constructor(options: EventStreamOptions = {}) {
    let parser: Parser;
    super({
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
}
