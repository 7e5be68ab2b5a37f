export { useFeed, type Selecting } from "./react/use-feed.ts";
export { useSuspenseFeed, type SuspenseSnapshot } from "./react/use-suspense-feed.ts";
export type { NoFeed, ShowOptions, UrlOptions } from "./store/options.ts";
export type { FeedSnapshot } from "./store/snapshot.ts";
