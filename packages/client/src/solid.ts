import {
  createComputed,
  createEffect,
  createMemo,
  createSignal,
  onCleanup,
  type Accessor,
} from "solid-js";
import type { EventMap, EventOf } from "./core/event.ts";
import type { Decoding } from "./core/schema.ts";
import type { Feed } from "./feed/feed.ts";
import { FeedBinding } from "./store/binding.ts";
import { eachField, type Field } from "./store/fields.ts";
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

/** A feed with an accessor for each field. */
export type FeedAccessors<E> = {
  readonly [F in Field]: Accessor<FeedSnapshot<E>[F]>;
} & Pick<FeedSnapshot<E>, "reconnect">;

/**
 * Shows a feed, and keeps it open as long as its owner (such as a component) exists. Another URL or `key` opens another
 * feed, and closes the previous one at once. Components with the same URL or key share one connection. A `Feed` of your
 * own is shared too, and not closed.
 *
 * Shape: an accessor for each field of a snapshot, so destructure it; and `reconnect()`
 * Errors: throws `TypeError` to the error boundary for an invalid URL or option. Later failures are in `error` and
 *         `state`
 * Server: renders as an idle feed, and opens no connection
 *
 * @example const { data, state } = createFeed(() => `/rooms/${props.id}`, { types: "message" });
 */
export function createFeed<
  M extends EventMap = Record<string, string>,
  const K extends keyof M & string = keyof M & string,
>(
  url: Accessor<string | URL | NoFeed>,
  options?: UrlOptions<M, K> | Accessor<UrlOptions<M, K>>,
): FeedAccessors<EventOf<M, K>>;
export function createFeed<D extends Decoding, const K extends string = string>(
  url: Accessor<string | URL | NoFeed>,
  options: DecodedUrlOptions<D, K> | Accessor<DecodedUrlOptions<D, K>>,
): FeedAccessors<DecodedEvent<D, K>>;
export function createFeed<M extends EventMap, const K extends keyof M & string = keyof M & string>(
  feed: Accessor<Feed<M> | NoFeed>,
  options?: ShowOptions<M, K> | Accessor<ShowOptions<M, K>>,
): FeedAccessors<EventOf<M, K>>;
export function createFeed(
  source: Accessor<FeedSource>,
  options: AnyUrlOptions | Accessor<AnyUrlOptions> = {},
): FeedAccessors<never> {
  const binding = new FeedBinding();
  const [snapshot, setSnapshot] = createSignal(binding.getSnapshot());
  const update = (): void => void setSnapshot(binding.getSnapshot());
  createComputed(() => {
    binding.show(source(), typeof options === "function" ? options() : options);
    update();
  });
  // Effects do not run on a server.
  createEffect(() => onCleanup(binding.subscribe(update)));
  const accessors = eachField((field) => createMemo(() => snapshot()[field]));
  return { ...accessors, reconnect: () => snapshot().reconnect() } as FeedAccessors<never>;
}
