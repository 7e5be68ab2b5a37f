import { checkShown } from "#checks";
import type { EventMap, EventOf } from "../core/event.ts";
import { hash } from "../core/hash.ts";
import type { DecodedOptions, FeedOptions } from "../core/options.ts";
import { ownOptions } from "../core/own.ts";
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
  /** How long the connection stays open after the last component left, in ms. Of such connections at most three stay. Default: 1000. */
  readonly lingerMs?: number | undefined;
}

/** The view of a URL, and the options of the feed that is opened for it. */
export interface UrlOptions<
  M extends EventMap = Record<string, string>,
  K extends keyof M & string = keyof M & string,
>
  extends ShowOptions<M, K>, Omit<FeedOptions<M>, "lingerMs" | "signal"> {
  /**
   * Components with the same key share one feed, and its options: those of the first. Arrays are equal if their JSON is
   * equal. Default: the URL.
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

/** Options for a URL, whatever the events are. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyUrlOptions = UrlOptions<any, string>;

/** The parts of a feed that the store needs, for any events. */
export type AnyFeed = Pick<
  Feed,
  "subscribe" | "on" | "state" | "closed" | "lastEventId" | "reconnect" | "close"
>;

/** No feed: a component that does not know its URL yet. */
export type NoFeed = null | undefined | false;

/** The source of a store: your own feed, or a URL to open one. */
export type FeedSource = string | URL | AnyFeed | NoFeed;

type Own = {
  -readonly [K in keyof ShowOptions | "key"]-?: UrlOptions[K];
};

/** The options that are not the feed's. */
export const defaults: Own = Object.freeze({
  types: "*",
  history: 100,
  latestBy: undefined,
  onEvent: undefined,
  update: "frame",
  enabled: true,
  lingerMs: 1000,
  key: undefined,
});

/** What is to be shown: `id` says which feed, `shape` what of it. All who want the same share a store. */
export interface Wanted extends Own {
  readonly types: Types<string>;
  readonly history: number;
  readonly lingerMs: number;
  readonly source: Exclude<FeedSource, NoFeed>;
  /** As they were given: those of the feed are among them. */
  readonly given: AnyUrlOptions;
  readonly id: unknown;
  readonly shape: string;
}

/** Reads what is to be shown; `undefined` for nothing. Throws `TypeError` for an option that can't work. */
export function wantedOf(source: FeedSource, given: AnyUrlOptions): Wanted | undefined {
  const own = ownOptions<Own>(given, defaults);
  if (!source || !own.enabled) return undefined;
  const { types, history, update, latestBy, key } = own;
  const id =
    typeof source === "object" && "subscribe" in source ? source : hash(key ?? String(source));
  // An inline function is a new one at each render, and its text is the same.
  const shape = hash([types, history, update, String(latestBy)]);
  const wanted = { ...own, source, given, id, shape } as Wanted;
  checkShown(wanted);
  return wanted;
}
