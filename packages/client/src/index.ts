export { Channel, type ChannelOptions, type Overflow } from "./channel.ts";
export { Client, type ClientOptions } from "./client.ts";
export { FeedError, type FeedErrorCode, type FeedErrorInfo } from "./errors.ts";
export type { AnyEvent, EventMap, EventOf, FeedEvent } from "./event.ts";
export { Feed, type FeedStats, type Into } from "./feed.ts";
export type { OnceOptions } from "./once.ts";
export type {
  Attempt,
  CursorStore,
  Decoder,
  Decoding,
  FeedOptions,
  FetchLike,
  MaybePromise,
  NodeOptions,
  PerAttempt,
  RetryContext,
  RetryFunction,
  RetryOptions,
  SchemaIssue,
  SchemaResult,
  StandardSchema,
  Timeouts,
  TlsOptions,
} from "./options.ts";
export type { UrlSource } from "./request.ts";
export type { Types } from "./routes.ts";
export type {
  CloseInfo,
  CloseReason,
  FeedState,
  FeedStatus,
  GapInfo,
  OpenInfo,
  ResponseHead,
  StatusKind,
  StatusOf,
} from "./status.ts";
export {
  Subscription,
  type Callback,
  type SubscribeOptions,
  type SubscriptionStats,
} from "./subscription.ts";
