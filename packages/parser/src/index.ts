export { ParseError, type ParseErrorCode } from "./errors.ts";
export type { ServerSentEvent } from "./event.ts";
export type { ParserOptions } from "./options.ts";
export { createParser, type Parser } from "./parser.ts";
export { readEvents, type EventSourceBody, type ReadOptions } from "./read.ts";
export { eventStream, type EventStreamOptions } from "./stream.ts";
