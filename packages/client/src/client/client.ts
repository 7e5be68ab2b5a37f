/// <reference lib="esnext.disposable" preserve="true" />
import { checkClient, checkEventTypes } from "#checks";
import type { AnyEvent, EventMap, EventOf } from "../core/event.ts";
import { Feed } from "../feed/feed.ts";
import type { Decoders } from "../core/schema.ts";
import type { CursorStore, FeedOptions } from "../core/options.ts";
import type { AllOf } from "../core/own.ts";
import { knownOptions } from "../core/own.ts";
import { defaults as feedDefaults } from "../core/resolve.ts";
import { toUrl } from "../http/request.ts";
import type { Types } from "../delivery/subscribers.ts";
import type { Consumption } from "../delivery/channel.ts";
import type { AnySubscription, Subscription } from "../delivery/subscription.ts";

/** The streams by name, with the types of their events. */
export type StreamMap<S> = { readonly [N in keyof S]: EventMap };

/**
 * The names that a key of a contract covers: `room:{id}` covers each name that begins with `room:` and has more
 * characters.
 */
export type NamesOf<K> = K extends `${infer Before}{${string}}${infer After}`
  ? `${Before}${string}${NamesOf<After>}`
  : K;

/** The events of the stream with this name. */
export type EventsAt<S extends StreamMap<S>, N extends string> = N extends keyof S
  ? S[N]
  : { [K in keyof S]: N extends NamesOf<K> ? S[K] : never }[keyof S];

/** The options of a `Client`: those of a `Feed`, for each stream. */
export interface ClientOptions<
  M extends EventMap = Record<string, string>,
  S extends StreamMap<S> = Record<string, M>,
> extends Omit<FeedOptions<M>, "lastEventId" | "store"> {
  /**
   * The contract of the streams, from `defineStreams` of `@steadfeed/contract`: their names, and the decoders of their
   * events. `room:{id}` covers many names. Other names are refused. It excludes `events`. Default: any name, with
   * `events` for all of them.
   */
  readonly streams?: { readonly [N in keyof S]: Decoders<S[N]> } | undefined;
  /**
   * Returns the id to resume a stream from. The argument is its name; `undefined` stands for the URL without a stream.
   */
  readonly lastEventId?: ((stream: string | undefined) => string) | undefined;
  /** Returns the cursor store of a stream. The argument is its name. Each stream needs a store of its own. */
  readonly store?: ((stream: string | undefined) => CursorStore) | undefined;
  /** The query parameter for the stream's name. Default: `stream`. */
  readonly streamParam?: string | undefined;
}

type Known = AllOf<ClientOptions<Record<string, unknown>>> & { readonly streamParam: string };

const defaults: Known = Object.freeze({
  ...feedDefaults,
  streams: undefined,
  lastEventId: undefined,
  store: undefined,
  lingerMs: 1000,
  streamParam: "stream",
});

/**
 * The named streams of one server. Each name has one feed, one connection and one cursor, shared by all its
 * subscribers. The first subscription opens it, and it is closed `lingerMs` (default: 1000) after the last one left.
 *
 * Shape: `M` has the events of every stream, `S` those of each stream by name; they follow from `events` or `streams`
 * Errors: the constructor throws `TypeError` for an invalid URL or option
 */
export class Client<
  M extends EventMap = Record<string, string>,
  S extends StreamMap<S> = Record<string, M>,
> implements AsyncDisposable {
  readonly #url: string | URL;
  readonly #param: string;
  readonly #options: FeedOptions<Events>;
  readonly #streams: Readonly<Record<string, FeedOptions<Events>["events"]>> | undefined;
  readonly #startOf: ClientOptions["lastEventId"];
  readonly #storeOf: ClientOptions["store"];
  readonly #feeds = new Map<string | undefined, Feed<Events>>();
  #isClosed = false;

  constructor(url: string | URL, options: ClientOptions<M, S> = {}) {
    const { streams, streamParam, lastEventId, store, ...rest } = knownOptions<Known>(
      "Client",
      options,
      defaults,
    );
    checkClient(url, streams, streamParam);
    if (streams && rest.events) throw new TypeError("streams and events exclude each other.");
    for (const [name, value] of Object.entries({ lastEventId, store })) {
      if (value === undefined || typeof value === "function") continue;
      throw new TypeError(
        `${name} of a Client must be a function of the stream's name: each stream has a cursor of its own.`,
      );
    }
    this.#startOf = lastEventId;
    this.#storeOf = store;
    this.#url = url;
    this.#param = streamParam;
    this.#options = rest;
    this.#streams = streams;
    // Invalid options are reported here, not by the first subscription.
    new Feed(url, this.#options).close();
  }

  /** Takes all events of a stream (`?stream=NAME`), or those of some types: to iterate over, with a callback, or into a channel. */
  subscribe<N extends NamesOf<keyof S> & string>(
    stream: N,
    ...how: Consumption<AnyEvent<EventsAt<S, N>>>
  ): Subscription<AnyEvent<EventsAt<S, N>>>;
  subscribe<N extends NamesOf<keyof S> & string>(
    stream: N,
    types: "*",
    ...how: Consumption<AnyEvent<EventsAt<S, N>>>
  ): Subscription<AnyEvent<EventsAt<S, N>>>;
  subscribe<N extends NamesOf<keyof S> & string, const K extends keyof EventsAt<S, N> & string>(
    stream: N,
    types: Types<K>,
    ...how: Consumption<EventOf<EventsAt<S, N>, K>>
  ): Subscription<EventOf<EventsAt<S, N>, K>>;
  subscribe(
    stream: NamesOf<keyof S> & string,
    first?: unknown,
    ...rest: unknown[]
  ): AnySubscription {
    const all =
      typeof first === "string" || Array.isArray(first) ? [first, ...rest] : ["*", first, ...rest];
    const feed = this.feed(stream);
    if (this.#streams) checkEventTypes(stream, eventsOf(this.#streams, stream), all[0]);
    return feed.subscribe(...(all as [never, never, never]));
  }

  /** Takes all events of the URL itself, without a stream parameter. */
  subscribeRaw(...how: Consumption<AnyEvent<M>>): Subscription<AnyEvent<M>> {
    return this.#feedOf(undefined).subscribe("*", ...(how as [never, never])) as AnySubscription;
  }

  /**
   * The feed of a stream, for its status, its cursor, or some event types. It is the same object until it is closed.
   */
  feed<N extends NamesOf<keyof S> & string>(stream: N): Feed<EventsAt<S, N>> {
    if (typeof stream !== "string" || stream === "")
      throw new TypeError("A stream needs a name. For the URL without one, use subscribeRaw().");
    return this.#feedOf(stream) as Feed<any>;
  }

  /** Closes every feed, permanently. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const feed of this.#feeds.values()) feed.close();
  }

  /** Closes every feed once its received events are taken. */
  async drain(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#feeds.values()].map((feed) => feed.drain()));
  }

  /** Closes every feed, and waits until their cursor stores have saved the place. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await Promise.all([...this.#feeds.values()].map((feed) => feed[Symbol.asyncDispose]()));
  }

  #feedOf(stream: string | undefined): Feed<Events> {
    const known = this.#feeds.get(stream);
    if (known && known.state !== "closed") return known;
    const url = toUrl(this.#url);
    if (stream !== undefined)
      url.search += `${url.search === "" ? "?" : "&"}${encodeURIComponent(this.#param)}=${encodeURIComponent(stream)}`;
    const feed = new Feed<Events>(url, {
      ...this.#options,
      ...(stream !== undefined && this.#streams && { events: eventsOf(this.#streams, stream) }),
      lastEventId: this.#startOf?.(stream),
      store: this.#storeOf?.(stream),
    });
    this.#feeds.set(stream, feed);
    for (const [name, { state }] of this.#feeds) {
      if (state === "closed" && name !== stream) this.#feeds.delete(name);
    }
    if (this.#isClosed) feed.close();
    return feed;
  }
}

/** Any events. */
type Events = Record<string, unknown>;

/** The contract of a stream, by its name or by a key that covers many. */
function eventsOf<T>(streams: Readonly<Record<string, T>>, name: string): T {
  if (Object.hasOwn(streams, name)) return streams[name]!;
  for (const [key, events] of Object.entries(streams)) {
    const parts = key.split(/\{[\w-]+\}/).map((part) => part.replace(/\W/g, "\\$&"));
    if (new RegExp(`^${parts.join(".+")}$`, "s").test(name)) return events;
  }
  throw new TypeError(
    `The contract has no stream ${name}: it has ${Object.keys(streams).join(", ")}.`,
  );
}
