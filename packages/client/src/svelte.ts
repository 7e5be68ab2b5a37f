import { createSubscriber } from "svelte/reactivity";
import { toStore, type Readable } from "svelte/store";
import type { EventMap, EventOf } from "./core/event.ts";
import type { Decoding } from "./core/schema.ts";
import type { Feed } from "./feed/feed.ts";
import { FeedBinding } from "./store/binding.ts";
import { eachField } from "./store/fields.ts";
import type {
  AnyUrlOptions,
  DecodedEvent,
  DecodedUrlOptions,
  FeedSource,
  NoFeed,
  ShowOptions,
  UrlOptions,
} from "./store/show-options.ts";
import type { FeedSnapshot } from "./store/snapshot.ts";

export type { NoFeed, ShowOptions, UrlOptions } from "./store/show-options.ts";
export type { FeedSnapshot } from "./store/snapshot.ts";

/** A value, or a function that returns the current one. */
type OrGetter<T> = T | (() => T);

/**
 * Shows a feed: read its fields in templates, `$derived` and `$effect`. It is open as long as one of them reads it. The
 * source and the options may be functions that read state: another URL or `key` opens another feed, and closes the
 * previous one at once. Components with the same URL or key share one connection. A `Feed` of your own is shared too,
 * and not closed.
 *
 * Shape: the fields of a snapshot as getters, so don't destructure it; and `reconnect()`
 * Errors: reading throws `TypeError` for an invalid URL or option. Later failures are in `error` and `state`
 * Server: renders as an idle feed, and opens no connection
 *
 * @example const room = useFeed(() => `/rooms/${id}`, { types: "message" }); // {room.state}
 */
export function useFeed<
  M extends EventMap = Record<string, string>,
  const K extends keyof M & string = keyof M & string,
>(
  url: OrGetter<string | URL | NoFeed>,
  options?: OrGetter<UrlOptions<M, K>>,
): FeedSnapshot<EventOf<M, K>>;
export function useFeed<D extends Decoding, const K extends string = string>(
  url: OrGetter<string | URL | NoFeed>,
  options: OrGetter<DecodedUrlOptions<D, K>>,
): FeedSnapshot<DecodedEvent<D, K>>;
export function useFeed<M extends EventMap, const K extends keyof M & string = keyof M & string>(
  feed: OrGetter<Feed<M> | NoFeed>,
  options?: OrGetter<ShowOptions<M, K>>,
): FeedSnapshot<EventOf<M, K>>;
export function useFeed(
  source: OrGetter<FeedSource>,
  options: OrGetter<AnyUrlOptions> = {},
): FeedSnapshot<never> {
  const read = reader(source, options);
  const getters = eachField((field) => ({ get: () => read()[field], enumerable: true }));
  const reconnect = { value: () => read().reconnect(), enumerable: true };
  return Object.defineProperties({}, { ...getters, reconnect }) as FeedSnapshot<never>;
}

/**
 * The same as a Svelte store, for `$prices` in a component and for code that accepts stores: each value is a snapshot.
 * The feed is open as long as the store is subscribed to.
 *
 * @example const prices = feedStore("/prices", { types: "tick" }); // {$prices.data}
 */
export function feedStore<
  M extends EventMap = Record<string, string>,
  const K extends keyof M & string = keyof M & string,
>(
  url: OrGetter<string | URL | NoFeed>,
  options?: OrGetter<UrlOptions<M, K>>,
): Readable<FeedSnapshot<EventOf<M, K>>>;
export function feedStore<D extends Decoding, const K extends string = string>(
  url: OrGetter<string | URL | NoFeed>,
  options: OrGetter<DecodedUrlOptions<D, K>>,
): Readable<FeedSnapshot<DecodedEvent<D, K>>>;
export function feedStore<M extends EventMap, const K extends keyof M & string = keyof M & string>(
  feed: OrGetter<Feed<M> | NoFeed>,
  options?: OrGetter<ShowOptions<M, K>>,
): Readable<FeedSnapshot<EventOf<M, K>>>;
export function feedStore(
  source: OrGetter<FeedSource>,
  options: OrGetter<AnyUrlOptions> = {},
): Readable<FeedSnapshot> {
  return toStore(reader(source, options));
}

/** Reads the current snapshot. A reactive read keeps the feed open, and is repeated after each change. */
function reader(
  source: OrGetter<FeedSource>,
  options: OrGetter<AnyUrlOptions>,
): () => FeedSnapshot {
  const binding = new FeedBinding();
  const track = createSubscriber((changed) => binding.subscribe(changed));
  return () => {
    binding.show(valueOf<FeedSource>(source), valueOf(options));
    track();
    return binding.getSnapshot();
  };
}

const valueOf = <T extends FeedSource | AnyUrlOptions>(given: OrGetter<T>): T =>
  typeof given === "function" ? given() : given;
