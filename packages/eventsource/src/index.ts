export { EventSource, type EventSourceConstructor } from "./event-source.ts";
export { ErrorEvent } from "./error-event.ts";
export type {
  AddEventListenerOptions,
  EventListener,
  EventListenerObject,
  EventListenerOptions,
  EventListenerOrEventListenerObject,
  EventSourceEventMap,
  EventSourceFetchInit,
  EventSourceInit,
  FetchLike,
  FetchLikeResponse,
  ReaderLike,
} from "./types.ts";
