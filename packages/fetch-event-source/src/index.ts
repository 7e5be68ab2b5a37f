export { EventStreamContentType, fetchEventSource } from "./fetch.ts";
export type { FetchEventSourceInit } from "./init.ts";
export type { EventSourceMessage } from "./message.ts";
