import { Attempts } from "./attempts.ts";
import type { FetchEventSourceInit } from "./init.ts";

export const EventStreamContentType = "text/event-stream";

/**
 * Reads a stream of server-sent events with `fetch` and any method, and reconnects.
 *
 * Shape:  resolves when the stream has ended in order, or `signal` aborts
 * Errors: rejects with the error that `onerror` throws. A request other than GET or HEAD that fails is sent again only
 *         if `onerror` returns a number; otherwise it rejects with the failure
 * After:  nothing is called any more, and the connection is closed
 */
export function fetchEventSource(
  input: string | URL | Request,
  init: FetchEventSourceInit = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    new Attempts(input, init, { resolve, reject }).start();
  });
}
