import type { EventMap } from "./core/event.ts";
import type { DecodedConstructor } from "./core/options.ts";
import type { Decoded } from "./core/schema.ts";
import type { UrlSource } from "./http/request.ts";
import { SharedFeed as SharedFeedClass, type SharedFeedOptions } from "./shared/shared-feed.ts";

/** A shared feed, with the types of its events' data. */
export type SharedFeed<M extends EventMap = Record<string, string>> = SharedFeedClass<M>;
/**
 * A feed whose connection is shared by all tabs of an origin. One tab leads and reads, and the others follow. When the
 * leading tab is closed, crashes or sleeps, another one takes over.
 *
 * Errors: the constructor throws `TypeError` for an invalid URL or option, and for options that tabs can't share
 */
export const SharedFeed: DecodedConstructor<
  UrlSource,
  SharedFeedOptions,
  SharedFeed<Record<string, Decoded["json"]>>,
  SharedFeed<Record<string, Decoded["base64"]>>
> &
  typeof SharedFeedClass = SharedFeedClass;

export type { SharedFeedOptions };
