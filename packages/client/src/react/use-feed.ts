import { useEffect, useState, useSyncExternalStore } from "react";
import type { EventMap, EventOf } from "../core/event.ts";
import type { Decoding } from "../core/schema.ts";
import type { Feed } from "../feed/feed.ts";
import { FeedBinding } from "../store/binding.ts";
import { stores } from "../store/cache.ts";
import {
  wantedOf,
  type AnyUrlOptions,
  type DecodedEvent,
  type DecodedUrlOptions,
  type FeedSource,
  type NoFeed,
  type ShowOptions,
  type UrlOptions,
} from "../store/show-options.ts";
import { idle, type FeedSnapshot } from "../store/snapshot.ts";

/** The option of a component that needs only a part of a snapshot. */
export interface Selecting<E, S> {
  /**
   * Selects the part of a snapshot that the hook returns. The component renders when that part has changed, compared by
   * `Object.is`. Default: the whole snapshot.
   */
  readonly select?: ((snapshot: FeedSnapshot<E>) => S) | undefined;
}

/**
 * Shows a feed in a component, and keeps it open as long as a component shows it. Components with the same URL (or
 * `key`) share one connection; without a URL there is none. A `Feed` of your own is shared too, and not closed.
 *
 * The options are those of `Feed`, and are read when the feed is opened, so put values that vary into the URL or the
 * `key`. Functions are always those of the latest render.
 *
 * Errors: throws `TypeError` while rendering or mounting for an invalid URL or option. Later failures are in `error`
 *         and `state`
 * Server: renders as an idle feed, and opens no connection
 *
 * @example const { data, state } = useFeed("/prices", { types: "tick" });
 */
export function useFeed<
  M extends EventMap = Record<string, string>,
  const K extends keyof M & string = keyof M & string,
  S = FeedSnapshot<EventOf<M, K>>,
>(url: string | URL | NoFeed, options?: UrlOptions<M, K> & Selecting<EventOf<M, K>, S>): S;
export function useFeed<
  D extends Decoding,
  const K extends string = string,
  S = FeedSnapshot<DecodedEvent<D, K>>,
>(
  url: string | URL | NoFeed,
  options: DecodedUrlOptions<D, K> & Selecting<DecodedEvent<D, K>, S>,
): S;
export function useFeed<
  M extends EventMap,
  const K extends keyof M & string = keyof M & string,
  S = FeedSnapshot<EventOf<M, K>>,
>(feed: Feed<M> | NoFeed, options?: ShowOptions<M, K> & Selecting<EventOf<M, K>, S>): S;
export function useFeed(
  source: FeedSource,
  options: AnyUrlOptions & Selecting<never, unknown> = {},
): unknown {
  const { select, ...shown } = { __proto__: null, ...options };
  const wanted = wantedOf(source, shown);
  const [binding] = useState(() => new FeedBinding());
  const chosen = useSyncExternalStore(
    binding.subscribe,
    selected(() => stores.snapshot(wanted), select),
    selected(() => idle, select),
  );
  useEffect(() => binding.show(source, shown));
  return chosen;
}

/** Selects only once from each snapshot: React calls this repeatedly, and treats a new object as a change. */
function selected(
  getSnapshot: () => FeedSnapshot,
  select: ((snapshot: FeedSnapshot<never>) => unknown) | undefined,
): () => unknown {
  if (!select) return getSnapshot;
  let last: FeedSnapshot | undefined;
  let chosen: unknown;
  return () => {
    const snapshot = getSnapshot();
    if (snapshot !== last) chosen = select(snapshot as FeedSnapshot<never>);
    last = snapshot;
    return chosen;
  };
}
