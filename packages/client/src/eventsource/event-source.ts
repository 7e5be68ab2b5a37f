import { say } from "#words";
import type { ServerSentEvent } from "@steadfeed/parser";
import { FeedError } from "../core/errors.ts";
import { Feed } from "../feed/feed.ts";
import { gapType } from "../feed/gap.ts";
import type { FeedOptions } from "../core/options.ts";
import { baseUrl } from "../http/request.ts";
import { EventSourceErrorEvent, PlatformTarget } from "./error-event.ts";

/** The options of the standard's constructor, and some additions. */
export interface EventSourceInit extends Pick<FeedOptions, "headers" | "fetch" | "node"> {
  /** Sends cookies to other origins too. Default: `false`. */
  readonly withCredentials?: boolean | undefined;
}

/**
 * A server may also send an event named `error`. lib.dom's `Event` must be accepted too, so that this class can replace
 * lib.dom's.
 */
type ErrorOf = Event &
  Partial<Pick<EventSourceErrorEvent, "error" | "message" | "status" | "code">>;
type Handler<E> = ((event: E) => unknown) | null;
type Listener<E> = (this: EventSource, event: E) => unknown;
/** Written so that it compiles with the types of the DOM library, and with Node's alone. */
type TextEvent = Omit<MessageEvent, "data"> & { readonly data: string };
type ListenerObject = { handleEvent(event: TextEvent): unknown } | null;
interface Listen<O> {
  (type: "open", listener: Listener<Event>, options?: boolean | O): void;
  (type: "error", listener: Listener<ErrorOf>, options?: boolean | O): void;
  (type: string, listener: Listener<TextEvent>, options?: boolean | O): void;
  (type: string, listener: ListenerObject, options?: boolean | O): void;
}

// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- types for the methods of EventTarget
export interface EventSource {
  addEventListener: Listen<
    Exclude<NonNullable<Parameters<EventTarget["addEventListener"]>[2]>, boolean>
  >;
  removeEventListener: Listen<EventListenerOptions>;
}

/**
 * The standard's `EventSource`, for every platform. It follows the standard where a {@link Feed} is more patient: any
 * status except 200 closes it, and the delay before a retry does not grow. Like a feed, it waits while the browser is
 * offline, and holds no connection in the back/forward cache. Unlike a feed, it never replaces an open connection.
 *
 * Shape: → `open`, `error`, and the server's events as `MessageEvent`. After an `error` with `readyState` 0 it retries;
 *        with 2 it is closed
 * Errors: the constructor throws a `SyntaxError` `DOMException` for an invalid URL. An error of a listener is reported
 *         as by the platform's `EventTarget` (in Node as `uncaughtException`), as in the standard; the other listeners
 *         and the stream continue
 * After: it keeps a Node process alive, even while it waits, until `close()`; then nothing more is dispatched
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface
 */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export class EventSource extends PlatformTarget {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSED: 2;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSED: 2;
  readonly #url: string;
  readonly #withCredentials: boolean;
  readonly #feed: Feed;
  readonly #on = {
    open: new HandlerSlot(this),
    message: new HandlerSlot(this),
    error: new HandlerSlot(this),
  };
  #origin = "";

  static {
    // [spec] Web IDL: constants on both objects, enumerable members, a name for the class.
    for (const name of Object.getOwnPropertyNames(this.prototype)) {
      Object.defineProperty(this.prototype, name, { enumerable: name !== "constructor" });
    }
    for (const [value, name] of ["CONNECTING", "OPEN", "CLOSED"].entries()) {
      const constant = { value, enumerable: true };
      Object.defineProperty(Object.defineProperty(this, name, constant).prototype, name, constant);
    }
    const name = { value: "EventSource", configurable: true };
    Object.defineProperty(this.prototype, Symbol.toStringTag, name);
  }

  constructor(url: string | URL, init: EventSourceInit | null = null) {
    super();
    // oxlint-disable-next-line prefer-rest-params -- [spec] `undefined` counts as a URL, a missing argument does not
    if (arguments.length === 0) throw new TypeError(say("no-url", ""));
    this.#url = absolute(`${url}`);
    // [spec] Web IDL ignores unknown names.
    const own = { __proto__: null, ...init } as EventSourceInit;
    const { withCredentials, headers, fetch, node } = own;
    this.#withCredentials = Boolean(withCredentials);
    const credentials = this.#withCredentials ? "include" : undefined;
    // [spec] Only an invalid URL throws; a scheme that cannot be requested fails like any request.
    const feed = new Feed(() => this.#url, { headers, fetch, node, credentials, retry: "spec" });
    feed.on("open", (info) => {
      this.#origin = new URL(info.url).origin;
      super.dispatchEvent(new Event("open"));
    });
    feed.on("waiting", ({ error }) => {
      // The wait continues because there is no network, which is not a new error.
      if (error.code !== "offline") super.dispatchEvent(new EventSourceErrorEvent(error));
    });
    feed.on("closed", ({ reason, error }) => {
      if (reason === "closed") return;
      const facts = { url: this.#url, status: 204 };
      const stop = new FeedError("status", say("no-content", facts.url), facts);
      // Only a 204 closes it without an error.
      super.dispatchEvent(new EventSourceErrorEvent((error as FeedError | undefined) ?? stop));
    });
    feed.on("gap", ({ data }) => {
      // A gap that the server reports is an event like any other here.
      const { lastEventId } = feed;
      if (data !== undefined) this.#dispatch({ type: gapType, data, lastEventId });
    });
    feed.subscribe("*", (event) => this.#dispatch(event));
    this.#feed = feed;
  }

  get url(): string {
    return this.#url;
  }

  get withCredentials(): boolean {
    return this.#withCredentials;
  }

  /** 0: connecting, or waiting to; 1: open; 2: closed. */
  get readyState(): 0 | 1 | 2 {
    const { state } = this.#feed;
    return state === "open" ? 1 : state === "closed" ? 2 : 0;
  }

  get onopen(): Handler<Event> {
    return this.#on.open.handler;
  }
  set onopen(handler: Handler<Event>) {
    this.#set("open", handler);
  }

  get onmessage(): Handler<TextEvent> {
    return this.#on.message.handler;
  }
  set onmessage(handler: Handler<TextEvent>) {
    this.#set("message", handler);
  }

  get onerror(): Handler<ErrorOf> {
    return this.#on.error.handler;
  }
  set onerror(handler: Handler<ErrorOf>) {
    this.#set("error", handler);
  }

  /** Closes it, permanently. */
  close(): void {
    this.#feed.close();
  }

  #dispatch({ type, data, lastEventId }: ServerSentEvent): void {
    const origin = this.#origin;
    const event = new MessageEvent(type, { data, origin, lastEventId });
    // workerd's MessageEvent takes only the data.
    if (event.origin !== origin || event.lastEventId !== lastEventId) {
      Object.defineProperties(event, {
        origin: { value: origin },
        lastEventId: { value: lastEventId },
      });
    }
    super.dispatchEvent(event);
  }

  #set(type: "open" | "message" | "error", given: unknown): void {
    const place = this.#on[type];
    place.handler = Object(given) === given ? (given as Handler<unknown>) : null;
    if (place.handler && !callsHandlers()) super.addEventListener(type, place);
    else super.removeEventListener(type, place);
  }
}

/**
 * [spec] A handler keeps its position among the listeners until it is set to null. Any object can be set, but only a
 * function is called.
 */
class HandlerSlot {
  readonly #source: EventSource;
  handler: Handler<any> = null;

  constructor(source: EventSource) {
    this.#source = source;
  }

  handleEvent(event: Event): void {
    if (typeof this.handler === "function") this.handler.call(this.#source, event);
  }
}

/** True if the platform's own `EventTarget` calls the `on…` handlers, as in workerd. */
function callsHandlers(): boolean {
  let called = false;
  const target = new EventTarget() as EventTarget & { onprobe: () => void };
  target.onprobe = () => {
    called = true;
  };
  target.dispatchEvent(new Event("probe"));
  return called;
}

function absolute(url: string): string {
  try {
    return new URL(url, baseUrl()).href;
  } catch {
    throw new DOMException(say("no-url", url), "SyntaxError");
  }
}
