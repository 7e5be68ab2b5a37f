import { checkShown } from "#checks";
import type { EventMap, EventOf } from "../core/event.ts";
import { hash } from "../core/hash.ts";
import type { FeedOptions } from "../core/options.ts";
import type { Types } from "../delivery/subscribers.ts";
import type { Feed } from "../feed/feed.ts";

/** What a component shows of a feed. */
export interface ShowOptions<
  M extends EventMap = Record<string, string>,
  K extends keyof M & string = keyof M & string,
> {
  /** The event types to show: one, or a list. Default: all. */
  readonly types?: Types<K> | undefined;
  /** How many of the newest events `events` holds, at least 0. Default: 100. */
  readonly history?: number | undefined;
  /** The key of an event in `latest`, such as its symbol; `undefined` leaves it out. Default: none, and `latest` is empty. */
  readonly latestBy?: ((event: EventOf<M, K>) => string | number | undefined) | undefined;
  /** Called with each event, once and in order, also with those between two updates. A promise is awaited before the next. */
  readonly onEvent?: ((event: EventOf<M, K>) => unknown) | undefined;
  /**
   * How often a component is updated: at most once a `frame` (in a hidden page every 250 ms or more), or once for all that
   * comes in one `turn` of the event loop. Default: `frame`.
   */
  readonly update?: "frame" | "turn" | undefined;
  /** `false` shows nothing, and leaves the feed. Default: `true`. */
  readonly enabled?: boolean | undefined;
  /** How long the connection stays open after the last component left, in ms. Of such connections at most two stay. Default: 1000. */
  readonly lingerMs?: number | undefined;
}

/** What a component shows of a URL, and the options of the feed that is opened for it. */
export interface UrlOptions<
  M extends EventMap = Record<string, string>,
  K extends keyof M & string = keyof M & string,
>
  extends ShowOptions<M, K>, Omit<FeedOptions<M>, "lingerMs" | "signal"> {
  /**
   * Components with the same key share one feed, and its options: those of the first. Arrays are the same if what they hold
   * is the same as JSON. Default: the URL.
   */
  readonly key?: string | readonly unknown[] | undefined;
}

/** Options for a URL, whatever the events are. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyUrlOptions = UrlOptions<any, string>;

/** What the store needs of a feed, whatever its events are. */
export type AnyFeed = Pick<
  Feed,
  "subscribe" | "on" | "state" | "closed" | "lastEventId" | "reconnect" | "close"
>;

/** No feed: a component that does not know its URL yet. */
export type NoFeed = null | undefined | false;

export type FeedSource = string | URL | AnyFeed | NoFeed;

/** What is to be shown: `key` says of which feed, `shape` what of it. All who want the same share a store. */
export interface Wanted extends Omit<ShowOptions, "enabled"> {
  readonly source: Exclude<FeedSource, NoFeed>;
  readonly key: unknown;
  readonly shape: string;
  readonly types: Types<string>;
  readonly history: number;
  readonly update: "frame" | "turn";
  readonly lingerMs: number;
  /** Those of the feed. */
  readonly options: FeedOptions;
}

/** Reads what is to be shown; `undefined` for nothing. Throws `TypeError` for an option that can't work. */
export function wantedOf(source: FeedSource, given: AnyUrlOptions): Wanted | undefined {
  const {
    types = "*",
    history = 100,
    latestBy,
    onEvent,
    update = "frame",
    enabled = true,
    lingerMs = 1000,
    key,
    ...options
  } = { __proto__: null, ...given } as AnyUrlOptions;
  if (!source || !enabled) return undefined;
  const wanted: Wanted = {
    source,
    key: isFeed(source) ? source : hash(key ?? String(source)),
    // An inline function is a new one at each render, and its text is the same.
    shape: hash([types, history, update, String(latestBy)]),
    types,
    history,
    latestBy,
    onEvent,
    update,
    lingerMs,
    options: options as FeedOptions,
  };
  checkShown(wanted);
  return wanted;
}

export const isFeed = (source: unknown): source is AnyFeed =>
  typeof source === "object" && source !== null && "subscribe" in source;
