import { FeedError } from "./errors.ts";
import { Feed } from "./feed.ts";
import type { FeedOptions } from "./options.ts";
import { baseUrl } from "./request.ts";

/** What the standard's constructor takes, and what people ask of it. */
export interface EventSourceInit extends Pick<FeedOptions, "headers" | "fetch" | "node"> {
  /** Sends cookies to other origins too. Default: `false`. */
  readonly withCredentials?: boolean | undefined;
}

type Handler<E extends Event> = ((this: EventSource, event: E) => unknown) | null;

/** The `error` event, with what the standard's one does not tell. */
export class EventSourceError extends Event {
  /** What went wrong; `undefined` for a stream that ended in order. */
  readonly error: FeedError | undefined;

  constructor(error: FeedError | undefined) {
    super("error");
    this.error = error;
  }

  get message(): string {
    return this.error?.message ?? "The stream ended.";
  }

  /** The HTTP status, if it was one. */
  get status(): number | undefined {
    return this.error?.status;
  }
}

/**
 * The standard's `EventSource`, for every platform. It follows the standard where a {@link Feed} is more
 * patient: any status but 200 ends it, the delay before a retry does not grow.
 *
 * Errors: the constructor throws a `SyntaxError` `DOMException` for what is no URL
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface
 */
export class EventSource extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSED = 2;
  readonly url: string;
  readonly withCredentials: boolean;
  readonly #feed: Feed;
  readonly #handlers = new Map<
    string,
    { handler: Handler<never>; listener: (event: Event) => void }
  >();

  constructor(url: string | URL, init: EventSourceInit = {}) {
    super();
    this.url = absolute(url);
    this.withCredentials = init.withCredentials ?? false;
    const { headers, fetch, node } = init;
    // [spec] Only what is no URL at all throws; a scheme that can't be asked fails like any request.
    this.#feed = new Feed(() => this.url, {
      headers,
      fetch,
      node,
      credentials: this.withCredentials ? "include" : "same-origin",
      retry: "spec",
    });
    this.#feed.on("open", () => this.dispatchEvent(new Event("open")));
    this.#feed.on("waiting", ({ because }) => this.dispatchEvent(new EventSourceError(because)));
    this.#feed.on("closed", ({ reason, error }) => {
      if (reason !== "closed")
        this.dispatchEvent(new EventSourceError(error instanceof FeedError ? error : undefined));
    });
    this.#feed.on("gap", ({ because, lastEventId }) => {
      this.#dispatch("steadfeed.gap", JSON.stringify({ reason: because, from: lastEventId }));
    });
    this.#feed.subscribe("*", ({ type, data, lastEventId }) =>
      this.#dispatch(type, data, lastEventId),
    );
  }

  /** 0 connecting, 1 open, 2 closed. */
  get readyState(): number {
    switch (this.#feed.state) {
      case "open":
        return this.OPEN;
      case "closed":
        return this.CLOSED;
      default:
        return this.CONNECTING;
    }
  }

  get onopen(): Handler<Event> {
    return this.#handler("open");
  }
  set onopen(handler: Handler<Event>) {
    this.#setHandler("open", handler);
  }

  get onmessage(): Handler<MessageEvent<string>> {
    return this.#handler("message");
  }
  set onmessage(handler: Handler<MessageEvent<string>>) {
    this.#setHandler("message", handler);
  }

  get onerror(): Handler<EventSourceError> {
    return this.#handler("error");
  }
  set onerror(handler: Handler<EventSourceError>) {
    this.#setHandler("error", handler);
  }

  /** Ends it, now and for good. */
  close(): void {
    this.#feed.close();
  }

  #dispatch(type: string, data: string, lastEventId: string = this.#feed.lastEventId): void {
    const { origin } = new URL(this.#feed.url);
    this.dispatchEvent(new MessageEvent(type, { data, origin, lastEventId }));
  }

  #handler<E extends Event>(type: string): Handler<E> {
    return (this.#handlers.get(type)?.handler ?? null) as Handler<E>;
  }

  /** [spec] An event handler keeps the place that its first function had among the listeners. */
  #setHandler<E extends Event>(type: string, given: Handler<E>): void {
    const handler = (typeof given === "function" ? given : null) as Handler<never>;
    const known = this.#handlers.get(type);
    if (known && handler) {
      known.handler = handler;
      return;
    }
    if (known) this.removeEventListener(type, known.listener);
    this.#handlers.delete(type);
    if (!handler) return;
    const entry = {
      handler,
      listener: (event: Event) => void entry.handler?.call(this, event as never),
    };
    this.#handlers.set(type, entry);
    this.addEventListener(type, entry.listener);
  }
}

function absolute(url: string | URL): string {
  try {
    return new URL(url, baseUrl()).href;
  } catch {
    throw new DOMException(`Not a URL: ${JSON.stringify(String(url))}.`, "SyntaxError");
  }
}
