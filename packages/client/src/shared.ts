import type { EventMap } from "./core/event.ts";
import type { DecodedConstructor } from "./core/options.ts";
import type { Decoded } from "./core/schema.ts";
import type { UrlSource } from "./http/request.ts";
import { SharedFeed as SharedFeedClass, type SharedFeedOptions } from "./shared/shared-feed.ts";

/** A shared feed, with the data of its events by their types. */
export type SharedFeed<M extends EventMap = Record<string, string>> = SharedFeedClass<M>;
/**
 * A feed whose connection all tabs of an origin share: one leads and reads, the others follow, and the lead goes to another when
 * the leading tab is closed, crashes or sleeps.
 *
 * Errors: `TypeError` for a URL or an option that can't work, or that tabs can't share
 */
export const SharedFeed: DecodedConstructor<
  UrlSource,
  SharedFeedOptions,
  SharedFeed<Record<string, Decoded["json"]>>,
  SharedFeed<Record<string, Decoded["base64"]>>
> &
  typeof SharedFeedClass = SharedFeedClass;

export type { SharedFeedOptions };
