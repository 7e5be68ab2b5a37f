import type { ErrorEvent } from "./error-event.ts";

// The names and the shapes of the package `eventsource`, so that code that imports its types compiles.

/** The part of `fetch` that is used. */
export type FetchLike = (
  url: string | URL,
  init: EventSourceFetchInit,
) => Promise<FetchLikeResponse>;

/** The arguments of a `fetch`. */
export interface EventSourceFetchInit {
  // oxlint-disable-next-line typescript/no-explicit-any -- platforms have signals of their own
  signal: any;
  headers: { [key: string]: string; Accept: "text/event-stream" };
  mode: "cors" | "no-cors" | "same-origin";
  credentials?: "include" | "omit" | "same-origin";
  cache: "no-store";
  redirect: "error" | "follow" | "manual";
}

type BodyChunk = Uint8Array | DataView | ArrayBuffer;

/** The part of a body's reader that is used. */
export interface ReaderLike {
  read(): Promise<
    { done: false; value: BodyChunk } | { done: true; value?: BodyChunk | undefined }
  >;
  cancel(): Promise<void>;
}

/** The part of a `Response` that is used. Its body must be a `ReadableStream`. */
export interface FetchLikeResponse {
  readonly body: { getReader(): ReaderLike } | Response["body"] | null;
  readonly url: string;
  readonly status: number;
  readonly redirected: boolean;
  readonly headers: { get(name: string): string | null };
}

export interface EventSourceEventMap {
  error: ErrorEvent;
  message: MessageEvent;
  open: Event;
}

export interface EventSourceInit {
  /** Sends cookies to other origins too. Default: `false`. */
  withCredentials?: boolean;
  /** Makes the requests. Default: `globalThis.fetch`, and in Node undici's dispatcher. */
  fetch?: FetchLike;
  /** Has no effect: an event may have 16 MiB. */
  maxBufferSize?: number;
}

export interface EventListenerOptions {
  capture?: boolean;
}

export interface AddEventListenerOptions extends EventListenerOptions {
  once?: boolean;
  passive?: boolean;
  signal?: AbortSignal;
}

export type EventListenerOrEventListenerObject = EventListener | EventListenerObject;

export interface EventListener {
  (evt: Event | MessageEvent): void;
}

export interface EventListenerObject {
  handleEvent(object: Event): void;
}
