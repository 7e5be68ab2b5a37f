import type { EventMap, FeedEvent } from "./event.ts";
import type { FeedError } from "./errors.ts";
import type { NodeOptions } from "./node-options.ts";
import type { AllOf } from "./own.ts";
import type { BodyInit, FetchLike, HeadersInit, RequestCredentials } from "./platform.ts";
import type { Decoders, Decoding } from "./schema.ts";
import type { ResumeFunction } from "./resume.ts";
import type { ResolvedRetry, RetryFunction, RetryMode, RetryOptions } from "./retry-options.ts";
import type { ResponseHead } from "./status.ts";

/** A value, or a promise of it. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** The facts about an attempt, as they are when its request is made. */
export interface Attempt {
  /** 1 for the first since the feed was last healthy. */
  readonly number: number;
  /** `start`: the feed's first attempt; `retry`: after an end or an error; `unauthorized`: repeated after a 401. */
  readonly reason: "start" | "retry" | "unauthorized";
  /** The cursor that will be sent; empty for none. */
  readonly lastEventId: string;
  /**
   * The origin that the cursor came from, and the only one it is sent to. `undefined`: the first origin that is
   * requested.
   */
  readonly cursorOrigin?: string | undefined;
  /** The error of the previous attempt, if there was one. */
  readonly error: FeedError | undefined;
  /** Aborts when the attempt is given up. */
  readonly signal: AbortSignal;
}

/** A value, or a function that is called at each attempt, for values that can go stale. */
export type PerAttempt<T> = T | ((attempt: Attempt) => MaybePromise<T>);

/** The time limits of a feed, in ms; `false` for none. */
export interface Timeouts {
  /**
   * TCP and TLS set-up, in ms, or `false`. Only in Node: it has no effect with a `fetch` or a dispatcher of your own,
   * which have limits of their own. Default: 10 000.
   */
  readonly connectMs?: number | false | undefined;
  /**
   * From the request to the head of the answer, in ms, or `false`. Some servers send no head before the first event.
   * Default: `false`.
   */
  readonly headersMs?: number | false | undefined;
  /**
   * The longest silence, in ms, or `false`: after it the connection counts as dead. Any byte counts, comments included.
   * Default: `false`.
   */
  readonly idleMs?: number | false | undefined;
}

/** Keeps a cursor after the process ends. Both functions may be asynchronous. */
export interface CursorStore {
  /**
   * The id to resume from, or `undefined` for none: the feed then starts at `lastEventId`. Called once, before the
   * first attempt.
   */
  get(): string | undefined | Promise<string | undefined>;
  /** Called with the newest id that every subscription has taken. Never called while an earlier call is pending. */
  set(id: string): void | Promise<void>;
}

/**
 * The options of a `Feed`. All are optional. Only own properties are read, and an unknown name throws a `TypeError`.
 */
export interface FeedOptions<M extends EventMap = Record<string, string>> {
  /**
   * Decoders by event type, such as the contract of a stream. They determine the types of the feed's events. Invalid
   * data is reported as `invalid`. Event types without a decoder have text.
   */
  readonly events?: Decoders<M> | undefined;
  /** How text is decoded. Default: `text`, and `json` for event types that have a schema. */
  readonly decode?: (M extends Record<string, string> ? "text" : Decoding) | undefined;
  /** Default: `GET`. */
  readonly method?: string | undefined;
  /** Headers for each request, in addition to `Accept`. They are not sent to another origin after a redirect. */
  readonly headers?: PerAttempt<HeadersInit> | undefined;
  /** A bearer token for `Authorization`. A function is called once more after a 401. */
  readonly token?: PerAttempt<string> | undefined;
  /** The request's body. A stream can be sent only once: give a function that creates it for each attempt. */
  readonly body?: PerAttempt<BodyInit> | undefined;
  /** As for `fetch`. Only browsers have cookies to send. */
  readonly credentials?: RequestCredentials | undefined;
  /** The id to resume from, if no store has one. Default: none, so the server decides where a new reader starts. */
  readonly lastEventId?: string | undefined;
  /**
   * Keeps the cursor after the process ends. It is read at the start, and gets each id that every subscription has
   * taken.
   */
  readonly store?: CursorStore | undefined;
  /** Closes the feed when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /**
   * A `fetch` of your own for all requests. Outside browsers it is called for each hop of a redirect too. A secret that
   * your `fetch` adds by itself is therefore sent wherever the hop leads, unless you check the URL; `headers` and
   * `token` are not. It excludes `node`.
   */
  readonly fetch?: FetchLike | undefined;
  /** Node only: TLS, proxy, Unix socket, or an undici dispatcher. */
  readonly node?: NodeOptions | undefined;
  /** `follow` at most 20 redirects, or `error` to refuse them. Default: `follow`. */
  readonly redirect?: "follow" | "error" | undefined;
  /** Accepts or refuses an answer in place of the checks for 200 and `text/event-stream`. Returning `false` or throwing an error counts as a wrong status. Not called for a 204 or a redirect. */
  readonly validate?: ((head: ResponseHead) => MaybePromise<boolean | void>) | undefined;
  /**
   * The reaction to an end or an error: options, a function, `'spec'` for the standard's rules, or `false` for a single
   * request.
   */
  readonly retry?: RetryOptions | RetryFunction | "spec" | false | undefined;
  /**
   * Reads one answer to its end. Called after each break, it returns the request for the rest, so that a POST is sent
   * once, followed by GETs. `undefined` closes the feed: as `ended` after a stream that ended in order, otherwise as
   * `failed`. When the last subscription leaves, the feed is closed. It excludes `retry: false`. Default: none.
   */
  readonly resume?: ResumeFunction | undefined;
  readonly timeouts?: Timeouts | undefined;
  /**
   * Returns `true` for the event that marks the end (such as `[DONE]`). It gets the event as text, before decoding.
   * That event is not delivered, and the feed closes as `ended`. With `retry: false`, a stream that ends without it has
   * `failed`.
   */
  readonly until?: ((event: FeedEvent) => boolean) | undefined;
  /** The largest size of one event, in bytes. Default: 16 MiB. */
  readonly maxEventBytes?: number | undefined;
  /** How long the feed stays open after its last subscription leaves, in ms. Default: 0. */
  readonly lingerMs?: number | undefined;
  /**
   * Drops the first event after a reconnect if its id equals the cursor, for servers that send that event again.
   * Default: `false`.
   */
  readonly dedupe?: boolean | undefined;
  /**
   * Delivers blocks that have an event type or an id but no data, for servers that give them a meaning. Default:
   * `false`.
   */
  readonly dispatchEmpty?: boolean | undefined;
  /**
   * The behaviour of a hidden page: `keep` the connection, or `pause` it 5 s after the page is hidden and resume at the
   * cursor when the page is shown again. No effect outside pages. `pause` excludes `retry: false`. Default: `keep`.
   */
  readonly hidden?: "keep" | "pause" | undefined;
  /**
   * `true` keeps a Node process alive until the feed is closed. Resources of your own `fetch` or dispatcher are not
   * affected. Default: `true`.
   */
  readonly ref?: boolean | undefined;
}

/** Options `O` without an event map: `decode` is the type of all data. */
export type DecodedOptions<D extends Decoding, O> = Omit<O, "decode" | "events"> & {
  readonly decode: D;
  readonly events?: undefined;
};

/** Constructs feeds without an event map, from the options `O`. */
export interface DecodedConstructor<Url, O, Json, Bytes> {
  // This has more type parameters than the class, so that `extends` does not use it as the constructor of a base class.
  new <_1, _2, _3>(url: Url, options: DecodedOptions<"json", O>): Json;
  new <_1, _2, _3>(url: Url, options: DecodedOptions<"base64", O>): Bytes;
}

export type AllOptions = AllOf<FeedOptions<Record<string, unknown>>>;

/** The options with every default in place. They are own properties of an object without a prototype. */
export interface ResolvedOptions extends Omit<AllOptions, "retry" | "timeouts" | "lastEventId"> {
  readonly method: string;
  readonly redirect: "follow" | "error";
  readonly lastEventId: string;
  readonly retry: ResolvedRetry;
  readonly mode: RetryMode;
  readonly decide: RetryFunction | undefined;
  readonly timeouts: { readonly [K in keyof Timeouts]-?: number | false };
  readonly maxEventBytes: number;
  readonly lingerMs: number;
  readonly hidden: "keep" | "pause";
  readonly ref: boolean;
}
