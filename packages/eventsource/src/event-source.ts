import { EventSource as Source } from "@steadfeed/client/eventsource";
import type { ErrorEvent } from "./error-event.ts";
import type {
  AddEventListenerOptions,
  EventListenerOptions,
  EventListenerOrEventListenerObject,
  EventSourceEventMap,
  EventSourceInit,
} from "./types.ts";

/** A stream of server-sent events, as in the standard. */
export interface EventSource extends EventTarget {
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
  readonly readyState: number;
  readonly url: string;
  readonly withCredentials: boolean;
  onerror: ((this: EventSource, ev: ErrorEvent) => unknown) | null;
  onmessage: ((this: EventSource, ev: MessageEvent) => unknown) | null;
  onopen: ((this: EventSource, ev: Event) => unknown) | null;
  addEventListener<K extends keyof EventSourceEventMap>(
    type: K,
    listener: (this: EventSource, ev: EventSourceEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener:
      | ((this: EventSource, event: MessageEvent) => unknown)
      | EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof EventSourceEventMap>(
    type: K,
    listener: (this: EventSource, ev: EventSourceEventMap[K]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener:
      | ((this: EventSource, event: MessageEvent) => unknown)
      | EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void;
  /** Closes it, permanently. */
  close(): void;
}

export interface EventSourceConstructor {
  readonly prototype: EventSource;
  new (url: string | URL, eventSourceInitDict?: EventSourceInit): EventSource;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
}

/** The `EventSource` of `@steadfeed/client`, with the types that users of `eventsource` know. */
export const EventSource: EventSourceConstructor = Source as unknown as EventSourceConstructor;
