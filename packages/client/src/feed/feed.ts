/// <reference lib="esnext.disposable" preserve="true" />
import { checkConsumer } from "#checks";
import type { AnyEvent, EventMap, EventOf } from "../core/event.ts";
import type { FeedOptions } from "../core/options.ts";
import { resolve } from "../core/resolve.ts";
import type {
  CloseInfo,
  FeedState,
  FeedStatus,
  OpenInfo,
  StatusKind,
  StatusOf,
} from "../core/status.ts";
import type { FeedStats } from "../core/trace.ts";
import type { Channel, ChannelFor } from "../delivery/channel.ts";
import type { ListenOptions } from "../delivery/listeners.ts";
import { nextOf, type OnceOptions } from "../delivery/once.ts";
import { checkedTypes, type Types } from "../delivery/subscribers.ts";
import { knownOf, type Callback, type SubscribeOptions } from "../delivery/subscribe-options.ts";
import { Subscription } from "../delivery/subscription.ts";
import { checkedUrl, type UrlSource } from "../http/request.ts";
import { FeedCore } from "./feed-core.ts";
import { HttpSource } from "./http-source.ts";
import type { MakeSource } from "./source.ts";

/**
 * One URL, one connection at a time, kept alive: reconnects, resumes where it was, and fans its events out
 * to any number of subscriptions. The first subscription opens it. When the last one leaves, the connection
 * is closed; the next one opens it again at the cursor.
 *
 * Errors: the constructor throws `TypeError` for an invalid URL or option. Later failures are reported by {@link
 *         Feed.status}. A fatal one also rejects `open()` and closes the feed, and every iterator throws it, once
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class Feed<M extends EventMap = Record<string, string>>
  implements AsyncIterable<AnyEvent<M>>, AsyncDisposable
{
  readonly #core: FeedCore;

  constructor(url: UrlSource, options?: FeedOptions<M>);
  /** For a source other than an HTTP connection. @internal */
  constructor(url: UrlSource, options: FeedOptions<M> | undefined, makeSource: MakeSource);
  constructor(url: UrlSource, options: FeedOptions<M> = {}, makeSource: MakeSource = httpSource) {
    this.#core = new FeedCore(checkedUrl(url), resolve(options), makeSource);
  }

  get state(): FeedState {
    return this.#core.state;
  }

  /**
   * Resolves with the reason when the feed is closed. Never rejects. A cursor store may still be written to afterwards:
   * `drain()` waits for it.
   */
  get closed(): Promise<CloseInfo> {
    return this.#core.closed;
  }

  /** The cursor: the last event id received, which the next attempt sends. Empty for none. */
  get lastEventId(): string {
    return this.#core.lastEventId;
  }

  /** The URL that answered last, after redirects. Before the first answer, the given one. */
  get url(): string {
    return this.#core.url;
  }

  get stats(): FeedStats {
    return this.#core.stats;
  }

  /**
   * Takes the events of one type, of several types in one ordered queue, or of all types (`'*'`): to iterate over, with
   * a callback, or into a channel. Opens the feed if it is idle.
   *
   * Errors: throws `TypeError` for an empty type, for another consumer, and for an invalid option
   * After: a subscription made before the first byte misses nothing. On a closed feed the subscription is closed too
   */
  subscribe(type: "*", options?: SubscribeOptions<AnyEvent<M>>): Subscription<AnyEvent<M>>;
  subscribe(
    type: "*",
    consumer: Callback<AnyEvent<M>> | ChannelFor<AnyEvent<M>>,
    options?: SubscribeOptions<AnyEvent<M>>,
  ): Subscription<AnyEvent<M>>;
  subscribe<const K extends keyof M & string>(
    types: Types<K>,
    options?: SubscribeOptions<EventOf<M, K>>,
  ): Subscription<EventOf<M, K>>;
  subscribe<const K extends keyof M & string>(
    types: Types<K>,
    consumer: Callback<EventOf<M, K>> | ChannelFor<EventOf<M, K>>,
    options?: SubscribeOptions<EventOf<M, K>>,
  ): Subscription<EventOf<M, K>>;
  subscribe(
    types: Types<string>,
    second?: Callback<any> | Channel<any> | SubscribeOptions<any>,
    third?: SubscribeOptions<any>,
  ): Subscription<any> {
    const consumer = isConsumer(second) ? second : undefined;
    checkConsumer(consumer, second, third);
    const core = this.#core;
    const known = knownOf(isConsumer(second) ? third : second);
    const list = checkedTypes(types);
    const subscription =
      typeof consumer === "object"
        ? consumer.subscription(core, list, known)
        : new Subscription<any>(core, list, known, consumer);
    core.admit(subscription);
    return subscription;
  }

  /**
   * Waits for one event. Rejects if the feed closes, if the signal aborts, or (`timeout`) if no event arrives within
   * `timeoutMs`.
   *
   * After: it leaves like any subscription. If it is the only one, each call makes a new request: to read one event
   *        after another, iterate
   */
  once<const K extends keyof M & string>(
    types: Types<K>,
    options?: OnceOptions,
  ): Promise<EventOf<M, K>> {
    return nextOf<EventOf<M, K>>(this, types, options);
  }

  /** Iterates over all events, like `subscribe('*')`. */
  [Symbol.asyncIterator](): Subscription<AnyEvent<M>> {
    return this.subscribe("*");
  }

  /**
   * Opens the feed without a subscription. Resolves with the answer that opened it, or rejects with the error of a
   * failed attempt; even then the feed keeps trying, unless it is closed. On a paused feed it waits for `resume()`.
   */
  open(): Promise<OpenInfo> {
    return this.#core.open();
  }

  /** Drops the connection, or ends the wait, and connects at once, at the cursor. No effect while idle, paused or closed. */
  reconnect(): void {
    this.#core.reconnect();
  }

  /** Drops the connection, until `resume()`. The cursor, the subscriptions and their queues stay. */
  pause(): void {
    this.#core.pause();
  }

  /** Connects again after `pause()`, at the cursor. No effect during `drain()`. */
  resume(): void {
    this.#core.resume();
  }

  /**
   * Closes the feed, permanently. Iterators and channels still get the events that were received; callbacks get nothing
   * more. The reason is the `error` of `closed`. Idempotent.
   */
  close(reason?: unknown): void {
    this.#core.close("closed", reason);
  }

  /**
   * Stops reading from the server, waits until every subscription has taken the events that it received, then closes.
   * If the feed is already closed, it only waits for the cursor store.
   */
  drain(): Promise<void> {
    return this.#core.drain();
  }

  /** Closes the feed, and waits until the cursor store has saved the place. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.drain();
  }

  /**
   * Calls the listener for each status of one kind, for every status (`*`), or for each comment, until the signal aborts
   * or the returned function is called. A listener that throws is reported as `error`, and affects no other.
   *
   * Errors: throws `TypeError` for an unknown kind, a listener that is not a function, and an invalid signal
   */
  on<K extends StatusKind>(
    kind: K,
    listener: (status: StatusOf<K>) => unknown,
    options?: ListenOptions,
  ): () => void;
  on(kind: "comment", listener: (text: string) => unknown, options?: ListenOptions): () => void;
  on(kind: "*", listener: (status: FeedStatus) => unknown, options?: ListenOptions): () => void;
  on(kind: never, listener: never, options?: ListenOptions): () => void {
    return this.#core.listeners.on(kind, listener, options);
  }

  /** Iterates over every status from now on. Done after `closed`. At most 256 unread ones are kept: the oldest are dropped. */
  status(): AsyncIterableIterator<FeedStatus, undefined> {
    return this.#core.listeners.stream();
  }
}

const httpSource: MakeSource = (...parts) => new HttpSource(...parts);

const isConsumer = (given: unknown): given is Callback<any> | Channel<any> =>
  typeof given === "function" || "attach" in (Object(given) as object);
