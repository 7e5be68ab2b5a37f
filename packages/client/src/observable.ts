import type { AnyEvent, EventMap, EventOf, FeedEvent } from "./core/event.ts";
import type { Types } from "./delivery/subscribers.ts";
import type { SubscribeOptions } from "./delivery/subscribe-options.ts";
import type { Feed } from "./feed/feed.ts";

declare global {
  interface SymbolConstructor {
    /** Defined by observable libraries to recognise each other's observables. */
    readonly observable: symbol;
  }
}

/** Receives the events of an observable. Each function may be missing. */
export interface Observer<E> {
  readonly next?: ((event: E) => void) | undefined;
  readonly error?: ((error: unknown) => void) | undefined;
  readonly complete?: (() => void) | undefined;
}

/** Lets an observer unsubscribe. */
export interface Unsubscribable {
  /** Leaves the feed at once: nothing is called afterwards. Idempotent. */
  unsubscribe(): void;
}

/** The events of a feed in the form that observable libraries accept. */
export interface FeedObservable<E> {
  /** Calls `next` with each event. Opens the feed if it is idle. */
  subscribe(observer?: Observer<E> | ((event: E) => void)): Unsubscribable;
  [Symbol.observable](): FeedObservable<E>;
  "@@observable"(): FeedObservable<E>;
}

/**
 * The events of a feed for RxJS and other observable libraries: `from(observe(feed, "tick"))`. It is cold: each
 * `subscribe` makes a subscription of its own to the feed, and the last one that leaves closes the connection.
 *
 * Errors: a feed that fails calls `error` with its `FeedError`; one that is closed otherwise calls `complete`.
 *         Reconnecting calls neither
 *
 * @see https://github.com/tc39/proposal-observable
 */
export function observe<M extends EventMap = Record<string, string>>(
  feed: Feed<M>,
  types?: "*",
  options?: SubscribeOptions<AnyEvent<M>>,
): FeedObservable<AnyEvent<M>>;
export function observe<M extends EventMap, const K extends keyof M & string>(
  feed: Feed<M>,
  types: Types<K>,
  options?: SubscribeOptions<EventOf<M, K>>,
): FeedObservable<EventOf<M, K>>;
export function observe(
  feed: Feed,
  types: Types<string> = "*",
  options?: SubscribeOptions<never>,
): FeedObservable<never> {
  if (!(feed as Feed | undefined)?.subscribe) throw new TypeError("observe takes a feed.");
  const observable: FeedObservable<never> = {
    subscribe: (observer = {}) => subscribe(feed, types, options, toObserver(observer)),
    [Symbol.observable ?? "@@observable"]: () => observable,
    "@@observable": () => observable,
  };
  return observable;
}

const toObserver = (observer: Observer<never> | ((event: never) => void)): Observer<never> =>
  typeof observer === "function" ? { next: observer } : observer;

function subscribe(
  feed: Feed,
  types: Types<string>,
  options: SubscribeOptions<never> | undefined,
  observer: Observer<never>,
): Unsubscribable {
  const subscription = feed.subscribe(
    types as "*",
    (event) => {
      // Without `return`: the result of `next` is not awaited.
      observer.next?.(event as never);
    },
    options as SubscribeOptions<FeedEvent> | undefined,
  );
  let left = false;
  void subscription.closed.then(({ reason, error }) => {
    if (left) return;
    if (reason === "failed" || reason === "exhausted") observer.error?.(error);
    else observer.complete?.();
  });
  // Marks a failure as handled, so that it is not printed to the console.
  if (observer.error) void feed.closed;
  return {
    unsubscribe() {
      left = true;
      subscription.close();
    },
  };
}
