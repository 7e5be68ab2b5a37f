export { useFeed, type Selecting } from "./react/use-feed.ts";
export { useSuspenseFeed, type SuspenseSnapshot } from "./react/use-suspense-feed.ts";
export type { NoFeed, ShowOptions, UrlOptions } from "./store/show-options.ts";
export type { FeedSnapshot } from "./store/snapshot.ts";
export { useRun, type ShownRun, type UseRunOptions } from "./react/use-run.ts";
export type { RunSnapshot, RunState } from "./store/run-view.ts";
