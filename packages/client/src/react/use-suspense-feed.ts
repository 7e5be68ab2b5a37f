import * as React from "react";
import type { EventMap, EventOf } from "../core/event.ts";
import type { Decoding } from "../core/schema.ts";
import type { Feed } from "../feed/feed.ts";
import { stores } from "../store/cache.ts";
import type { FeedStore } from "../store/feed-store.ts";
import {
  wantedOf,
  type AnyUrlOptions,
  type DecodedEvent,
  type DecodedUrlOptions,
  type FeedSource,
  type ShowOptions,
  type UrlOptions,
  type Wanted,
} from "../store/show-options.ts";
import type { FeedSnapshot } from "../store/snapshot.ts";
import { useFeed } from "./use-feed.ts";

/** The snapshot of a feed that has received an event. */
export type SuspenseSnapshot<E> = FeedSnapshot<E> & {
  readonly event: E;
  readonly data: Exclude<FeedSnapshot<E>["data"], undefined>;
};

/** Options that always open a feed. */
type Always<O> = Omit<O, "enabled">;

/**
 * How long a suspended component keeps its feed, in ms. React does not report that a component was abandoned; one that
 * is still there asks again.
 */
const waitMs = 5000;

/** React's `use`, which React 19 introduced. A named import would fail to build with older versions. */
const useOf = ({ use }: Partial<typeof React>): typeof React.use | undefined => use;

/**
 * Like `useFeed`, but suspends until the first event has arrived: the nearest `<Suspense>` shows its fallback, and
 * afterwards `data` is always there. It needs React 19.
 *
 * Errors: a feed that fails before its first event throws its `FeedError` to the error boundary
 * Server: renders the fallback, and opens no connection
 */
export function useSuspenseFeed<
  M extends EventMap = Record<string, string>,
  const K extends keyof M & string = keyof M & string,
>(url: string | URL, options?: Always<UrlOptions<M, K>>): SuspenseSnapshot<EventOf<M, K>>;
export function useSuspenseFeed<D extends Decoding, const K extends string = string>(
  url: string | URL,
  options: Always<DecodedUrlOptions<D, K>>,
): SuspenseSnapshot<DecodedEvent<D, K>>;
export function useSuspenseFeed<
  M extends EventMap,
  const K extends keyof M & string = keyof M & string,
>(feed: Feed<M>, options?: Always<ShowOptions<M, K>>): SuspenseSnapshot<EventOf<M, K>>;
export function useSuspenseFeed(
  source: FeedSource,
  options: AnyUrlOptions = {},
): SuspenseSnapshot<never> {
  const use = useOf(React);
  if (!use) throw new TypeError("useSuspenseFeed needs React 19 or newer: use useFeed.");
  const isServer = React.useSyncExternalStore(
    never,
    () => false,
    () => true,
  );
  // After this error React renders the component in the browser.
  if (isServer)
    throw new Error(
      "useSuspenseFeed waits for an event, and a server cannot: render it in the browser only.",
    );
  const wanted = wantedOf(source, options);
  if (!wanted) throw new TypeError("useSuspenseFeed needs a URL or a feed.");
  const store = stores.find(wanted);
  // Calls `use` again for a component that has suspended: React warns if it does not use the same promise when it
  // renders again.
  if (!store?.snapshot.event || store.firstEvent) use(store?.firstEvent ?? firstEvent(wanted));
  const snapshot: unknown = useFeed(source as string, options);
  return snapshot as SuspenseSnapshot<never>;
}

const never = () => () => undefined;

/**
 * Resolves when there is an event to show, or after a while; rejects if there will be none. Keeps the feed open until
 * then.
 */
function firstEvent(wanted: Wanted): Promise<void> {
  const store = stores.open(wanted);
  return (store.firstEvent = holding(store));
}

function holding(store: FeedStore): Promise<void> {
  return new Promise((resolve, reject) => {
    const user = {
      onEvent: undefined,
      changed: (): void => {
        const { event, state, error } = store.snapshot;
        if (event) leave();
        else if (state === "closed") reject(error ?? new Error("The feed is closed."));
      },
    };
    const leave = (): void => {
      clearTimeout(timer);
      if (!store.snapshot.event) store.firstEvent = undefined;
      store.leave(user);
      // Keeps the feed open until the component is mounted.
      stores.linger(store, Math.max(store.wanted.lingerMs, waitMs));
      resolve();
    };
    const timer = setTimeout(leave, waitMs);
    store.join(user);
  });
}
