import type { EventSourceMessage } from "./message.ts";

/** The options of `fetch`, and the callbacks for the events of a stream. */
export interface FetchEventSourceInit extends RequestInit {
  /** Must be a plain object. `last-event-id` is added on retries. */
  headers?: Record<string, string>;
  /** Checks the response; its error is passed to `onerror`. Default: the content type must be an event stream's. */
  onopen?: (response: Response) => void | Promise<void>;
  /** Called for each event that has data. */
  onmessage?: (ev: EventSourceMessage) => void;
  /** The response ended in order. Throwing here requests it again. */
  onclose?: () => void;
  /**
   * A failure. Return the delay before the next attempt in ms, or nothing for the default: the server's `retry:`, else
   * one second, doubled with each consecutive failure up to 30 s. Throwing here ends the stream.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- as callers have declared it
  onerror?: (err: any) => number | null | undefined | void;
  /** Whether a hidden page stays connected. Default: `false`: it disconnects, and resumes when it is shown. */
  openWhenHidden?: boolean;
  /** Makes the requests. Default: `globalThis.fetch`. */
  fetch?: typeof fetch;
}
