export { FeedBinding } from "./store/binding.ts";
export type {
  AnyFeed,
  AnyUrlOptions,
  FeedSource,
  NoFeed,
  ShowOptions,
  UrlOptions,
} from "./store/options.ts";
export type { FeedSnapshot } from "./store/snapshot.ts";
