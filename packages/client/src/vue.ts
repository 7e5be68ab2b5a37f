import {
  computed,
  onScopeDispose,
  shallowRef,
  toValue,
  watch,
  type ComputedRef,
  type MaybeRefOrGetter,
} from "vue";
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

/** A feed with a ref for each field. */
export type FeedRefs<E> = {
  readonly [F in Field]: ComputedRef<FeedSnapshot<E>[F]>;
} & Pick<FeedSnapshot<E>, "reconnect">;

/**
 * Shows a feed, and keeps it open as long as the component (or the effect scope) exists. The source and the options may
 * be refs or getters: another URL or `key` opens another feed, and closes the previous one at once. Components with the
 * same URL or key share one connection. A `Feed` of your own is shared too, and not closed.
 *
 * Shape: a ref for each field of a snapshot, so destructure it; and `reconnect()`
 * Errors: throws `TypeError` in `setup` for an invalid option, and to Vue's error handler for an invalid URL. Later
 *         failures are in `error` and `state`
 * Server: renders as an idle feed, and opens no connection
 *
 * @example const { data, state } = useFeed(() => `/rooms/${props.id}`, { types: "message" });
 */
export function useFeed<
  M extends EventMap = Record<string, string>,
  const K extends keyof M & string = keyof M & string,
>(
  url: MaybeRefOrGetter<string | URL | NoFeed>,
  options?: MaybeRefOrGetter<UrlOptions<M, K>>,
): FeedRefs<EventOf<M, K>>;
export function useFeed<D extends Decoding, const K extends string = string>(
  url: MaybeRefOrGetter<string | URL | NoFeed>,
  options: MaybeRefOrGetter<DecodedUrlOptions<D, K>>,
): FeedRefs<DecodedEvent<D, K>>;
export function useFeed<M extends EventMap, const K extends keyof M & string = keyof M & string>(
  feed: MaybeRefOrGetter<Feed<M> | NoFeed>,
  options?: MaybeRefOrGetter<ShowOptions<M, K>>,
): FeedRefs<EventOf<M, K>>;
export function useFeed(
  source: MaybeRefOrGetter<FeedSource>,
  options: MaybeRefOrGetter<AnyUrlOptions> = {},
): FeedRefs<never> {
  const binding = new FeedBinding();
  const show = (): void => binding.show(toValue(source), toValue(options));
  show();
  const snapshot = shallowRef(binding.getSnapshot());
  const update = (): void => void (snapshot.value = binding.getSnapshot());
  let leave: (() => void) | undefined;
  const isShown = shallowRef(false);
  // A server does not run the callbacks of `watch`; a page runs them once it has rendered. (Vue 3.3 and 3.4 do run
  // `watchPostEffect` on a server.)
  const parts = (): unknown => [isShown.value, show()];
  watch(
    parts,
    () => {
      leave ??= binding.subscribe(update);
      update();
    },
    { flush: "post" },
  );
  isShown.value = true;
  onScopeDispose(() => leave?.());
  const refs = eachField((field) => computed(() => snapshot.value[field]));
  return { ...refs, reconnect: () => snapshot.value.reconnect() } as FeedRefs<never>;
}
