export { Channel, type ChannelOptions, type Overflow } from "./delivery/channel.ts";
export { Client, type ClientOptions } from "./client.ts";
export { FeedError, type FeedErrorCode, type FeedErrorInfo } from "./core/errors.ts";
export type { AnyEvent, EventMap, EventOf, FeedEvent } from "./core/event.ts";
export { Feed, type FeedStats } from "./feed/feed.ts";
export type { ListenOptions } from "./delivery/listeners.ts";
export type { OnceOptions } from "./delivery/once.ts";
export type {
  Attempt,
  CursorStore,
  FeedOptions,
  FetchInit,
  FetchResponse,
  FetchLike,
  MaybePromise,
  NodeOptions,
  PerAttempt,
  RetryContext,
  RetryFunction,
  RetryOptions,
  Timeouts,
  TlsOptions,
} from "./core/options.ts";
export type {
  Decoder,
  Decoding,
  SchemaIssue,
  SchemaResult,
  StandardSchema,
} from "./core/schema.ts";
export type { UrlSource } from "./http/request.ts";
export type { Types } from "./delivery/subscribers.ts";
export type { BrokenAnswer, ResumeFunction, Resumption } from "./core/resume.ts";
export type {
  CloseInfo,
  CloseReason,
  FeedState,
  FeedStatus,
  GapInfo,
  GapReason,
  OpenInfo,
  Phase,
  ResponseHead,
  StatusKind,
  StatusOf,
} from "./core/status.ts";
export {
  Subscription,
  type Callback,
  type SubscribeOptions,
  type SubscriptionStats,
} from "./delivery/subscription.ts";
