import { checkShown } from "#checks";
import type { EventMap, EventOf } from "../core/event.ts";
import { canonical } from "../core/canonical.ts";
import type { DecodedOptions, FeedOptions } from "../core/options.ts";
import type { Decoded, Decoding } from "../core/schema.ts";
import type { Types } from "../delivery/subscribers.ts";
import type { Feed } from "../feed/feed.ts";

/** The part of a feed that a component shows. */
export interface ShowOptions<
  M extends EventMap = Record<string, string>,
  K extends keyof M & string = keyof M & string,
> {
  /** The event types to show: one, or a list. Default: all. */
  readonly types?: Types<K> | undefined;
  /** The number of newest events in `events`, at least 0. Default: 100. */
  readonly history?: number | undefined;
  /**
   * Returns the key of an event in `latest`, such as its symbol; `undefined` leaves it out. Default: none, and `latest`
   * is empty.
   */
  readonly latestBy?: ((event: EventOf<M, K>) => string | number | undefined) | undefined;
  /**
   * Called with each event, once and in order, including those between two updates. If it returns a promise, the next
   * call waits for it.
   */
  readonly onEvent?: ((event: EventOf<M, K>) => unknown) | undefined;
  /**
   * How often a component is updated: at most once per `frame` (every 250 ms or more in a hidden page), or once per
   * `turn` of the event loop. Default: `frame`.
   */
  readonly update?: "frame" | "turn" | undefined;
  /** `false` shows nothing, and leaves the feed. Default: `true`. */
  readonly enabled?: boolean | undefined;
  /**
   * How long the connection stays open after the last component left, in ms. At most three such connections stay open.
   * Default: 1000.
   */
  readonly lingerMs?: number | undefined;
}

/** The view of a URL, and the options of the feed that is opened for it. */
export interface UrlOptions<
  M extends EventMap = Record<string, string>,
  K extends keyof M & string = keyof M & string,
>
  extends ShowOptions<M, K>, Omit<FeedOptions<M>, "lingerMs" | "signal"> {
  /**
   * Components with the same key share one feed with the options of the first component. Arrays are equal if their JSON
   * is equal. Default: the URL.
   */
  readonly key?: string | readonly unknown[] | undefined;
}

/** An event of a URL without an event map, whose `decode` is `D`. */
export type DecodedEvent<D extends Decoding, K extends string> = EventOf<
  Record<string, Decoded[D]>,
  K
>;

/** Options for a URL without an event map, whose `decode` is `D`. */
export type DecodedUrlOptions<D extends Decoding, K extends string> = DecodedOptions<
  D,
  UrlOptions<Record<string, Decoded[D]>, K>
>;

/** Options for a URL, with any events. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyUrlOptions = UrlOptions<any, string>;

/** The parts of a feed that the store needs, for any events. */
export type AnyFeed = Pick<
  Feed,
  "subscribe" | "on" | "state" | "closed" | "lastEventId" | "reconnect" | "close"
>;

/** No feed, for a component that does not know its URL yet. */
export type NoFeed = null | undefined | false;

/** The source of a store: your own feed, or a URL to open one. */
export type FeedSource = string | URL | AnyFeed | NoFeed;

/**
 * A request to show a feed: `id` identifies the feed, `shape` the part that is shown. Components with the same request
 * share a store.
 */
export interface Wanted extends Pick<AnyUrlOptions, "latestBy" | "onEvent"> {
  readonly source: Exclude<FeedSource, NoFeed>;
  readonly types: Types<string>;
  readonly history: number;
  readonly update: "frame" | "turn";
  readonly lingerMs: number;
  /** The options that are the feed's. */
  readonly options: object;
  readonly id: unknown;
  readonly shape: string;
}

/**
 * Reads the request of a component; `undefined` if there is nothing to show. Throws `TypeError` for an invalid option.
 */
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
    // Only its own properties are read.
  } = { __proto__: null, ...given } as AnyUrlOptions;
  if (!source || !enabled) return undefined;
  const shown = { types, history, latestBy, onEvent, update, lingerMs };
  checkShown(shown);
  const id =
    typeof source === "object" && "subscribe" in source ? source : canonical(key ?? String(source));
  // An inline function is a new object at each render, but its text stays the same.
  const shape = canonical([types, history, update, String(latestBy)]);
  return { ...shown, source, options, id, shape };
}
