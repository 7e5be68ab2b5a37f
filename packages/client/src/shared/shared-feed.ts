import { checkSharing } from "#checks";
import type { EventMap } from "../core/event.ts";
import { Feed } from "../feed/feed.ts";
import { HttpSource } from "../feed/http-source.ts";
import type { AllOptions, FeedOptions } from "../core/options.ts";
import { knownOptions } from "../core/own.ts";
import { defaults } from "../core/resolve.ts";
import type { UrlSource } from "../http/request.ts";
import { identify, leadingOptions, nameOf } from "./key.ts";
import type { MakeFeed } from "./leader.ts";
import { SharedSource } from "./shared-source.ts";
import { tabsOfOrigin, type Tabs } from "./tabs.ts";

/** The options of a `SharedFeed`: those of a `Feed`, and `key`. */
export interface SharedFeedOptions<
  M extends EventMap = Record<string, string>,
> extends FeedOptions<M> {
  /**
   * Distinguishes feeds, for example by the user's id. Tabs share a feed if the key, the URL and the options are equal.
   * Required if an option cannot be compared: a function, or a body that is not text. Also give one if cookies identify
   * the user: a tab of the next user must not join the connection of the previous one. Default: none.
   */
  readonly key?: string | undefined;
}

type Known = AllOptions & Pick<SharedFeedOptions, "key">;

const known: Known = Object.freeze({ ...defaults, key: undefined });

/**
 * A {@link Feed} whose connection is shared by all tabs of an origin. One tab holds it, and the others get their events
 * from that tab. When it closes, another one takes over at the cursor. No event is lost or repeated if each has an id;
 * otherwise every hand-over is reported as a `gap` with the reason `hand-over`.
 *
 * Shape: like a `Feed`. The leading tab makes the request: statuses are reported in all tabs, option functions are only
 *        called in that one. `reconnect()` reconnects for all
 * Errors: like a `Feed`. The constructor also throws `TypeError` for options that cannot be compared between tabs,
 *         unless there is a `key`, and for requests that must not be repeated: with `retry: false`, or with a method
 *         other than GET and HEAD without `retry: { repeat: true }`
 * After: without Web Locks and BroadcastChannel (Node, insecure pages) it is a `Feed` with its own connection
 */
export class SharedFeed<M extends EventMap = Record<string, string>> extends Feed<M> {
  constructor(url: UrlSource, options?: SharedFeedOptions<M>);
  /** With simulated tabs. @internal */
  constructor(url: UrlSource, options: SharedFeedOptions<M> | undefined, tabs: Tabs | undefined);
  constructor(
    url: UrlSource,
    options: SharedFeedOptions<M> = {},
    tabs: Tabs | undefined = tabsOfOrigin(),
  ) {
    const { key, ...given } = knownOptions<Known>("SharedFeed", options, known);
    super(url, given as FeedOptions<M>, (from, resolved, outlet) => {
      checkSharing(resolved);
      const shown = given as FeedOptions<never>;
      const identity = identify(from, shown, key);
      if (!tabs) return new HttpSource(from, resolved, outlet);
      const makeFeed: MakeFeed = (store) => new Feed(from, { ...leadingOptions(shown), store });
      return new SharedSource(tabs, nameOf(identity), makeFeed, from, resolved, outlet);
    });
  }
}
