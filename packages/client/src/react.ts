import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react";
import type { EventMap, EventOf, FeedEvent } from "./core/event.ts";
import { Feed } from "./feed/feed.ts";
import type { FeedOptions } from "./core/options.ts";
import { ownOptions } from "./core/own.ts";
import type { Types } from "./delivery/subscribers.ts";
import type { AnyFeed, FeedView } from "./react/view.ts";
import { Views } from "./react/views.ts";

export type { FeedView } from "./react/view.ts";

/** What a component wants to see of a feed. */
export interface SightOptions<M extends EventMap, K extends keyof M & string> {
  /** The event types it takes: one, or a list. Default: all. */
  readonly types?: Types<K> | undefined;
  /** How many of the newest events `events` holds. Default: 100. */
  readonly keep?: number | undefined;
  /** Called with each event, once and in order, also with those between two renders; a promise is awaited before the next. */
  readonly onEvent?: ((event: EventOf<M, K>) => unknown) | undefined;
  /** How long the connection stays behind the last component, in ms. Default: 1000. */
  readonly lingerMs?: number | undefined;
}

export interface UseFeedOptions<M extends EventMap, K extends keyof M & string>
  extends SightOptions<M, K>, Omit<FeedOptions<M>, "lingerMs" | "signal"> {
  /** Components with the same key share one feed, and its options: those of the first. Default: the URL. */
  readonly key?: string | undefined;
}

export interface UseFeedResult<E> extends FeedView<E> {
  /** Connects at once, at the cursor, instead of waiting; begins anew if the feed is over. */
  readonly reconnect: () => void;
}

interface Sight {
  readonly types: Types<string>;
  readonly keep: number;
  readonly onEvent: ((event: FeedEvent) => unknown) | undefined;
  readonly lingerMs: number;
  readonly key: string | undefined;
}

const defaults: Sight = Object.freeze({
  types: "*",
  keep: 100,
  onEvent: undefined,
  lingerMs: 1000,
  key: undefined,
});

type Options = UseFeedOptions<Record<string, string>, string>;

/** No feed: a component that does not know its URL yet. */
export type NoFeed = null | undefined | false;

/** The feeds of a page. Nothing enters on a server: only effects look. */
const views: Views = new Views();

/**
 * Shows a feed in a component, and keeps it open as long as a component shows it. Components that give the
 * same URL (or `key`) share one connection; without a URL there is none. A `Feed` of your own is shared too,
 * and not closed.
 *
 * Options are those of `Feed`, read when the feed is opened: what varies belongs into the URL or the `key`.
 * Functions among them are called as of the latest render.
 *
 * Errors: throws `TypeError` while rendering or mounting for a URL or an option that can't work. What goes wrong
 *         later is in `error` and `state`
 * Server: renders as an idle feed, and opens none
 *
 * @example const { data, state } = useFeed("/prices", { types: "tick" });
 */
export function useFeed<
  M extends EventMap = Record<string, string>,
  const K extends keyof M & string = keyof M & string,
>(url: string | URL | NoFeed, options?: UseFeedOptions<M, K>): UseFeedResult<EventOf<M, K>>;
export function useFeed<M extends EventMap, const K extends keyof M & string = keyof M & string>(
  feed: Feed<M> | NoFeed,
  options?: SightOptions<M, K>,
): UseFeedResult<EventOf<M, K>>;
export function useFeed(
  source: string | URL | AnyFeed | NoFeed,
  options: Options = {},
): UseFeedResult<FeedEvent> {
  const own = ownOptions<Sight>(options, defaults);
  const { keep } = own;
  if (!Number.isSafeInteger(keep) || keep < 0)
    throw new TypeError(`keep must be an integer ≥ 0, not ${String(keep)}.`);
  const key = keyOf(source, own.key);
  const types = [own.types].flat().join("\n");
  const sight = useMemo(
    () => (key === undefined ? undefined : { key, types: types.split("\n"), keep }),
    [key, types, keep],
  );
  // Of this sight only: a feed that is left behind goes on with what was meant for it.
  const latest = useMemo(() => ({ options, own }), [sight]);
  useEffect(() => {
    Object.assign(latest, { options, own });
  });
  const subscribe = useCallback(
    (changed: () => void) => {
      if (!sight) return () => undefined;
      const leave = views.look(sight, (cursor) => feedOf(source, latest, cursor), {
        changed,
        event: (event) => latest.own.onEvent?.(event),
      });
      return () => leave(latest.own.lingerMs);
    },
    [sight],
  );
  const view = useSyncExternalStore(
    subscribe,
    () => views.now(sight),
    () => views.now(undefined),
  );
  const reconnect = useCallback(() => views.reconnect(key), [key]);
  return useMemo(() => ({ ...view, reconnect }), [view, reconnect]);
}

function keyOf(source: string | URL | AnyFeed | NoFeed, key: string | undefined): unknown {
  if (!source) return undefined;
  return isFeed(source) ? source : (key ?? String(source));
}

function isFeed(source: string | URL | AnyFeed): source is AnyFeed {
  return typeof source === "object" && "subscribe" in source;
}

/** The feed that was given, or a new one, which continues at the cursor of the one before. */
function feedOf(
  source: string | URL | AnyFeed | NoFeed,
  latest: { readonly options: Options },
  cursor: string | undefined,
): AnyFeed {
  if (!source) throw new TypeError("useFeed needs a URL or a feed.");
  if (isFeed(source)) return source;
  const rest = Object.entries(latest.options).filter(([name]) => !Object.hasOwn(defaults, name));
  const live = rest.map(([name, value]) => {
    if (typeof value !== "function") return [name, value];
    const now = (): unknown => (latest.options as Record<string, unknown>)[name] ?? value;
    return [name, (...args: unknown[]) => (now() as (...all: unknown[]) => unknown)(...args)];
  });
  const given = Object.fromEntries(live) as FeedOptions;
  return new Feed(source, cursor === undefined ? given : { ...given, lastEventId: cursor });
}
