export { FeedBinding } from "./store/binding.ts";
export type { AnyFeed, FeedSource, NoFeed, ShowOptions, UrlOptions } from "./store/options.ts";
export type { FeedSnapshot } from "./store/snapshot.ts";
