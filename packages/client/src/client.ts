/// <reference lib="esnext.disposable" preserve="true" />
import type { EventMap, AnyEvent } from "./core/event.ts";
import type { ChannelFor } from "./delivery/channel.ts";
import { Feed } from "./feed/feed.ts";
import type { AllOf, CursorStore, FeedOptions } from "./core/options.ts";
import { knownOptions } from "./core/own.ts";
import { defaults as feedDefaults } from "./core/resolve.ts";
import { toUrl } from "./http/request.ts";
import type { Callback, SubscribeOptions, Subscription } from "./delivery/subscription.ts";

export interface ClientOptions<M extends EventMap = Record<string, string>> extends Omit<
  FeedOptions<M>,
  "lastEventId" | "store"
> {
  /** The id to resume a stream from, by its name; `undefined` names the URL as it is. */
  readonly lastEventId?: ((stream: string | undefined) => string) | undefined;
  /** The store of a stream's cursor, by its name: each stream needs one of its own. */
  readonly store?: ((stream: string | undefined) => CursorStore) | undefined;
  /** The query parameter that names the stream. Default: `stream`. */
  readonly streamParam?: string | undefined;
}

type Known = AllOf<ClientOptions<Record<string, unknown>>> & { readonly streamParam: string };

const defaults: Known = Object.freeze({
  ...feedDefaults,
  lastEventId: undefined,
  store: undefined,
  lingerMs: 1000,
  streamParam: "stream",
});

/**
 * The named streams of one server: one feed, one connection and one cursor for each name, shared by all who
 * subscribe to it, opened by the first and closed `lingerMs` (default: 1000) after the last.
 *
 * Errors: the constructor throws `TypeError` for a URL or an option that can't work
 */
export class Client<M extends EventMap = Record<string, string>> implements AsyncDisposable {
  readonly #url: string | URL;
  readonly #param: string;
  readonly #options: FeedOptions<M>;
  readonly #startOf: ClientOptions["lastEventId"];
  readonly #storeOf: ClientOptions["store"];
  readonly #feeds = new Map<string | undefined, Feed<M>>();
  #over = false;

  constructor(url: string | URL, options: ClientOptions<M> = {}) {
    const { streamParam, lastEventId, store, ...rest } = knownOptions<Known>(
      "Client",
      options,
      defaults,
    );
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
    this.#options = rest as FeedOptions<M>;
    // What can't work is told here, not by the first subscription.
    new Feed<M>(url, this.#options).close();
  }

  /** Takes all events of a stream (`?stream=NAME`): to iterate over, by a callback, or into a channel. */
  subscribe(stream: string, options?: SubscribeOptions<AnyEvent<M>>): Subscription<AnyEvent<M>>;
  subscribe(
    stream: string,
    consumer: Callback<AnyEvent<M>> | ChannelFor<AnyEvent<M>>,
    options?: SubscribeOptions<AnyEvent<M>>,
  ): Subscription<AnyEvent<M>>;
  subscribe(stream: string, ...rest: never[]): Subscription<AnyEvent<M>> {
    return this.feed(stream).subscribe("*", ...(rest as [never, never]));
  }

  /** Takes all events of the URL as it is, without a stream parameter. */
  subscribeRaw(options?: SubscribeOptions<AnyEvent<M>>): Subscription<AnyEvent<M>>;
  subscribeRaw(
    consumer: Callback<AnyEvent<M>> | ChannelFor<AnyEvent<M>>,
    options?: SubscribeOptions<AnyEvent<M>>,
  ): Subscription<AnyEvent<M>>;
  subscribeRaw(...rest: never[]): Subscription<AnyEvent<M>> {
    return this.#feedOf(undefined).subscribe("*", ...(rest as [never, never]));
  }

  /** The feed of a stream, for one event type, its status, or its cursor. The same one until it is over. */
  feed(stream: string): Feed<M> {
    if (typeof stream === "string" && stream !== "") return this.#feedOf(stream);
    throw new TypeError("A stream needs a name: use subscribeRaw() for the URL as it is.");
  }

  /** Ends every feed, now and for good. Idempotent. */
  close(): void {
    this.#over = true;
    for (const feed of this.#feeds.values()) feed.close();
  }

  /** Ends every feed once what was received is taken. */
  async drain(): Promise<void> {
    this.#over = true;
    await Promise.all([...this.#feeds.values()].map((feed) => feed.drain()));
  }

  /** Ends every feed, and waits until their cursor stores have what was taken. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await Promise.all([...this.#feeds.values()].map((feed) => feed[Symbol.asyncDispose]()));
  }

  #feedOf(stream: string | undefined): Feed<M> {
    const known = this.#feeds.get(stream);
    if (known && known.state !== "closed") return known;
    const url = toUrl(this.#url);
    if (stream !== undefined)
      url.search += `${url.search === "" ? "?" : "&"}${encodeURIComponent(this.#param)}=${encodeURIComponent(stream)}`;
    const feed = new Feed<M>(url, {
      ...this.#options,
      lastEventId: this.#startOf?.(stream),
      store: this.#storeOf?.(stream),
    });
    this.#feeds.set(stream, feed);
    for (const [name, { state }] of this.#feeds) {
      if (state === "closed" && name !== stream) this.#feeds.delete(name);
    }
    if (this.#over) feed.close();
    return feed;
  }
}
