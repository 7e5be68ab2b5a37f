import type { EventSourceMessage } from "./message.ts";

/** The options of `fetch`, and what happens at the events of a stream. */
export interface FetchEventSourceInit extends RequestInit {
  /** Only a plain object is taken. `last-event-id` is added to those of a retry. */
  headers?: Record<string, string>;
  /** Looks at the answer; what it throws goes to `onerror`. Default: the content type must be an event stream's. */
  onopen?: (response: Response) => void | Promise<void>;
  /** Called for each event that has data. */
  onmessage?: (ev: EventSourceMessage) => void;
  /** The answer ended in order. To throw here asks for it again. */
  onclose?: () => void;
  /**
   * Something failed. Returns how long to wait before the next attempt, in ms, or nothing for the default: the server's
   * `retry:`, else one second, doubled with each failure in a row up to 30 s. To throw here ends it.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- as callers have declared it
  onerror?: (err: any) => number | null | undefined | void;
  /** Whether a hidden page stays connected. Default: `false`: it disconnects, and resumes when it is shown. */
  openWhenHidden?: boolean;
  /** Makes the requests. Default: `globalThis.fetch`. */
  fetch?: typeof fetch;
}
