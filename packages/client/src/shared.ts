import type { EventMap } from "./core/event.ts";
import type { DecodedConstructor } from "./core/options.ts";
import type { Decoded } from "./core/schema.ts";
import type { UrlSource } from "./http/request.ts";
import { SharedFeed as SharedFeedClass, type SharedFeedOptions } from "./shared/shared-feed.ts";

/** {@inheritDoc SharedFeedClass} */
export type SharedFeed<M extends EventMap = Record<string, string>> = SharedFeedClass<M>;
/** Makes shared feeds. Without an event map `decode` says what their data is. */
export const SharedFeed: DecodedConstructor<
  UrlSource,
  SharedFeedOptions,
  SharedFeed<Record<string, Decoded["json"]>>,
  SharedFeed<Record<string, Decoded["base64"]>>
> &
  typeof SharedFeedClass = SharedFeedClass;

export type { SharedFeedOptions };
