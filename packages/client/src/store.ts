export { FeedBinding } from "./store/binding.ts";
export type {
  AnyFeed,
  AnyUrlOptions,
  FeedSource,
  NoFeed,
  ShowOptions,
  UrlOptions,
} from "./store/show-options.ts";
export type { FeedSnapshot } from "./store/snapshot.ts";
export { RunView, type RunSnapshot, type RunState } from "./store/run-view.ts";
export { stopRun, type StopOptions } from "./store/stop-run.ts";
