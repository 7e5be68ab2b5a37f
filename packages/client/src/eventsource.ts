export { EventSourceErrorEvent } from "./eventsource/error-event.ts";
export { EventSource, type EventSourceInit } from "./eventsource/event-source.ts";
