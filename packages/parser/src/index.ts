export { ParseError, type ParseErrorCode } from "./errors.ts";
export type { ServerSentEvent } from "./event.ts";
export type { Parser, ParserOptions } from "./options.ts";
export { createParser } from "./parser.ts";
export { readEvents, type EventSourceBody, type ReadOptions } from "./read.ts";
export { eventStream, type EventStreamOptions } from "./stream.ts";
