import { FeedError } from "@steadfeed/client";
import { EventSourceErrorEvent } from "@steadfeed/client/eventsource";

/** The `error` event of an `EventSource`: with the HTTP status as `code`, if there is one, and a message. */
export class ErrorEvent extends EventSourceErrorEvent {
  constructor(
    _type: string,
    { message = "", code }: { message?: string | undefined; code?: number | undefined } = {},
  ) {
    super(new FeedError(code === undefined ? "network" : "status", message, { status: code }));
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof EventSourceErrorEvent;
  }
}
