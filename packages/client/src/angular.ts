import {
  computed,
  DestroyRef,
  effect,
  inject,
  PLATFORM_ID,
  signal,
  type Resource,
  type Signal,
} from "@angular/core";
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

/** The parts of a snapshot, each as a signal. */
type Fields<E> = { readonly [F in Field]: Signal<FeedSnapshot<E>[F]> };

/**
 * A feed as a `Resource`, with a signal for each field. Its `value` is the newest event's data, and reading it never
 * throws.
 */
export interface FeedResource<E, D = FeedSnapshot<E>["data"]>
  extends Omit<Fields<E>, "data">, Pick<FeedSnapshot<E>, "reconnect">, Resource<D> {
  /** The newest event's data, the same as `value`. */
  readonly data: Signal<D>;
  /** The error of the last attempt, or of the feed; also set while the feed waits to retry. */
  readonly error: Fields<E>["error"];
  /** Returns `true` once an event has arrived. */
  hasValue(
    this: D extends undefined ? this : never,
  ): this is FeedResource<E, Exclude<D, undefined>>;
  hasValue(): boolean;
}

/**
 * Shows a feed, and keeps it open until its injection context (such as a component) is destroyed. The source and the
 * options may read signals: another URL or `key` opens another feed, and closes the previous one at once. Components
 * with the same URL or key share one connection. A `Feed` of your own is shared too, and not closed.
 *
 * Shape: a signal for each field of a snapshot; `reconnect()`; and the members of a `Resource`. Its status is `loading`
 *        before the first event, `resolved` after it, `reloading` while it reconnects, and `error` once the feed has
 *        failed permanently
 * Errors: throws outside of an injection context. An invalid URL or option is thrown to the `ErrorHandler`. Later
 *         failures are in `error` and `state`
 * Server: renders as an idle feed, and opens no connection
 *
 * @example readonly room = feedResource(() => `/rooms/${this.id()}`, { types: "message" }); // {{ room.data() }}
 */
export function feedResource<
  M extends EventMap = Record<string, string>,
  const K extends keyof M & string = keyof M & string,
>(
  url: () => string | URL | NoFeed,
  options?: UrlOptions<M, K> | (() => UrlOptions<M, K>),
): FeedResource<EventOf<M, K>>;
export function feedResource<D extends Decoding, const K extends string = string>(
  url: () => string | URL | NoFeed,
  options: DecodedUrlOptions<D, K> | (() => DecodedUrlOptions<D, K>),
): FeedResource<DecodedEvent<D, K>>;
export function feedResource<
  M extends EventMap,
  const K extends keyof M & string = keyof M & string,
>(
  feed: () => Feed<M> | NoFeed,
  options?: ShowOptions<M, K> | (() => ShowOptions<M, K>),
): FeedResource<EventOf<M, K>>;
export function feedResource(
  source: () => FeedSource,
  options: AnyUrlOptions | (() => AnyUrlOptions) = {},
): FeedResource<never> {
  const binding = new FeedBinding();
  const snapshot = signal(binding.getSnapshot());
  const update = (): void => snapshot.set(binding.getSnapshot());
  effect(() => {
    binding.show(source(), typeof options === "function" ? options() : options);
    update();
  });
  if (inject(PLATFORM_ID) !== ("server" as object | string))
    inject(DestroyRef).onDestroy(binding.subscribe(update));
  const fields = eachField((field) => computed(() => snapshot()[field]));
  const value = fields.data;
  const status = computed(() => statusOf(snapshot()));
  return {
    ...fields,
    reconnect: () => snapshot().reconnect(),
    value,
    status,
    isLoading: computed(() => status().endsWith("loading")),
    hasValue: () => fields.event() !== undefined,
    snapshot: computed(() => ({ status: status(), value: value(), error: fields.error() })),
  } as unknown as FeedResource<never>;
}

function statusOf({ state, event, error }: FeedSnapshot): string {
  if (state === "closed" && error) return "error";
  const waits = state === "connecting" || state === "waiting";
  if (event) return waits ? "reloading" : "resolved";
  return waits || state === "open" ? "loading" : "idle";
}
