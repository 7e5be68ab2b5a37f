import {
  Client as ClientClass,
  type ClientOptions,
  type EventsAt,
  type NamesOf,
  type StreamMap,
} from "./client/client.ts";
import type { EventMap } from "./core/event.ts";
import type { DecodedConstructor, FeedOptions } from "./core/options.ts";
import { Feed as FeedClass } from "./feed/feed.ts";
import type { Decoded } from "./core/schema.ts";
import type { UrlSource } from "./http/request.ts";

/** Events whose data is decoded as JSON. */
type Json = Record<string, Decoded["json"]>;
/** Events whose data is decoded from base64. */
type Bytes = Record<string, Decoded["base64"]>;

/** A feed, with the types of its events' data. */
export type Feed<M extends EventMap = Record<string, string>> = FeedClass<M>;
/**
 * One URL, one connection at a time, kept alive: reconnects, resumes where it was, and fans its events out to any
 * number of subscriptions. The first subscription opens it. When the last one leaves, the connection is closed; the
 * next one opens it again at the cursor.
 *
 * Errors: the constructor throws `TypeError` for an invalid URL or option. Later failures are reported by
 *         `feed.status()`
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export const Feed: DecodedConstructor<UrlSource, FeedOptions, Feed<Json>, Feed<Bytes>> &
  typeof FeedClass = FeedClass;

/** A client, with the events of its streams by name. */
export type Client<
  M extends EventMap = Record<string, string>,
  S extends StreamMap<S> = Record<string, M>,
> = ClientClass<M, S>;
/**
 * The named streams of one server. Each has a feed of its own, which opens with the first subscription.
 *
 * Errors: the constructor throws `TypeError` for an invalid URL or option
 */
export const Client: DecodedConstructor<string | URL, ClientOptions, Client<Json>, Client<Bytes>> &
  typeof ClientClass = ClientClass;

export type { ClientOptions, EventsAt, NamesOf, StreamMap };
export {
  Channel,
  type ChannelOptions,
  type Consumption,
  type Overflow,
} from "./delivery/channel.ts";
export { FeedError, type FeedErrorCode, type FeedErrorInfo } from "./core/errors.ts";
export type { AnyEvent, EventMap, EventOf, FeedEvent } from "./core/event.ts";

export type { ListenOptions } from "./delivery/listeners.ts";
export type { OnceOptions } from "./delivery/once.ts";
export type { NodeOptions, TlsOptions } from "./core/node-options.ts";
export type {
  Attempt,
  CursorStore,
  DecodedConstructor,
  DecodedOptions,
  FeedOptions,
  MaybePromise,
  PerAttempt,
  Timeouts,
} from "./core/options.ts";
export type { FetchInit, FetchResponse, FetchLike } from "./core/platform.ts";
export type { RetryContext, RetryFunction, RetryOptions } from "./core/retry-options.ts";
export type {
  Decoded,
  Decoder,
  Decoders,
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
export type {
  Callback,
  SubscribeOptions,
  SubscriptionStats,
} from "./delivery/subscribe-options.ts";
export { Subscription } from "./delivery/subscription.ts";
export type { DevelopmentHook, FeedStats, Traced, TracedEvent, TracedFeed } from "./core/trace.ts";
