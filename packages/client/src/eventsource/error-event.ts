import { say } from "#words";
import type { FeedError } from "../core/errors.ts";

/** Importing succeeds everywhere: a missing feature of the platform is reported on first use. */
function missing(): never {
  throw new TypeError(say("no-dom-events"));
}

const hasEvents = globalThis.Event && globalThis.EventTarget && globalThis.MessageEvent;
const PlatformEvent: typeof Event = hasEvents ? Event : (missing as never);
export const PlatformTarget: typeof EventTarget = hasEvents ? EventTarget : (missing as never);

/** The standard's `error` event, with a cause, which the standard's lacks. */
export class EventSourceErrorEvent extends PlatformEvent {
  /** The error. Its code is `ended` for a stream that ended in order, and is requested again. */
  readonly error: FeedError;

  constructor(error: FeedError) {
    super("error");
    this.error = error;
  }

  get message(): string {
    return this.error.message;
  }

  /** The HTTP status, if there was one, under the name that other `EventSource` classes use. */
  get code(): number | undefined {
    return this.error.status;
  }

  /** The HTTP status, if there was one. */
  get status(): number | undefined {
    return this.error.status;
  }
}
