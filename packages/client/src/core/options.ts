import type { EventMap, FeedEvent } from "./event.ts";
import type { BodyInit, HeadersInit, RequestCredentials, RequestRedirect } from "./platform.ts";
import type { FeedError } from "./errors.ts";
import type { Decoders, Decoding } from "./schema.ts";
import type { ResumeFunction } from "./resume.ts";
import type { ResponseHead } from "./status.ts";

/** A value, or a promise of it. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** The facts about an attempt when its request is made. */
export interface Attempt {
  /** 1 for the first since the feed was last healthy. */
  readonly number: number;
  /** `start`: the first of the feed; `retry`: after an end or an error; `unauthorized`: again, after a 401. */
  readonly reason: "start" | "retry" | "unauthorized";
  /** The cursor that will be sent; empty for none. */
  readonly lastEventId: string;
  /** The origin that gave the cursor, the only one it is sent to; `undefined`: the one that is asked first. */
  readonly cursorOrigin?: string | undefined;
  /** The error of the previous attempt, if there was one. */
  readonly error: FeedError | undefined;
  /** Aborts when the attempt is given up. */
  readonly signal: AbortSignal;
}

/** A value, or a function that is called at each attempt, for values that can go stale. */
export type PerAttempt<T> = T | ((attempt: Attempt) => MaybePromise<T>);

/** How a feed waits between attempts, and when it gives up. */
export interface RetryOptions {
  /** The delay before the first retry, in ms. A server's `retry:` takes its place. Default: 1000. */
  readonly initialDelayMs?: number | undefined;
  /** The longest delay that growth leads to, in ms. Default: 30 000. */
  readonly maxDelayMs?: number | undefined;
  /** By how much the delay grows with each failure, ≥ 1. Default: 2. */
  readonly factor?: number | undefined;
  /**
   * The random part of a delay: `equal` half of it, `full` all of it, `none`. It only lengthens a delay that the server
   * asked for. Default: `equal`.
   */
  readonly jitter?: "equal" | "full" | "none" | undefined;
  /** How many retries in a row before the feed ends as `exhausted`, or `false`. Default: `false`. */
  readonly maxAttempts?: number | false | undefined;
  /** How long to retry in a row, in ms, before the feed ends as `exhausted`, or `false`. Default: `false`. */
  readonly maxElapsedMs?: number | false | undefined;
  /** A connection that stood so long, in ms, makes the next delay start over. `0` for a server that ends each answer on purpose (long polling). Default: 5000. */
  readonly stableAfterMs?: number | undefined;
  /** The most that a server's `retry:` may ask for, in ms. Default: 300 000. */
  readonly maxServerRetryMs?: number | undefined;
  /** The most that a server's `Retry-After` may ask for, in ms. Default: 3 600 000, an hour. */
  readonly maxRetryAfterMs?: number | undefined;
  /**
   * Whether a request that is neither GET nor HEAD may be sent again after an end or an error. Without it such a request is sent
   * once: again only where it never reached the server, or was answered 401 and `token` is a function. Default: `false`.
   */
  readonly repeat?: boolean | undefined;
}

/** The argument of a retry function. */
export interface RetryContext {
  /** The attempt that ended: 1 for the first since the feed was last healthy. */
  readonly attempt: number;
  /** The feed's own delay, in ms. */
  readonly delayMs: number;
}

/**
 * Decides in place of the feed: a delay in ms (≥ 0), `true` for the feed's own, `false` to end it.
 * Called with `undefined` when a stream ended in order. Not asked after a 204.
 */
export type RetryFunction = (
  error: FeedError | undefined,
  context: RetryContext,
) => number | boolean;

/** The time limits of a feed, in ms; `false` for none. */
export interface Timeouts {
  /** TCP and TLS set-up, in ms, or `false`. Without effect on `fetch`. Default: 10 000. */
  readonly connectMs?: number | false | undefined;
  /** From the request to the head of the answer, in ms. Some servers send no head before the first event. Default: `false`. */
  readonly headersMs?: number | false | undefined;
  /** Without any byte, comments included, in ms: then the connection counts as dead. Default: `false`. */
  readonly idleMs?: number | false | undefined;
}

/** Where a cursor outlives the process. Either function may be asynchronous. */
export interface CursorStore {
  /** The id to resume from; `undefined` for none: then `lastEventId` is the start. Asked once, before the first attempt. */
  get(): string | undefined | Promise<string | undefined>;
  /** Called with the newest id that every subscription has taken; never while an earlier call is under way. */
  set(id: string): void | Promise<void>;
}

/** The options passed to a `fetch`: a part of `RequestInit` that any implementation accepts, such as undici's own. */
export interface FetchInit {
  method: string;
  headers: Record<string, string>;
  redirect: RequestRedirect;
  signal: AbortSignal;
  cache?: "no-store";
  credentials?: RequestCredentials;
  /** A `BodyInit`. Platforms have their own types for it. */
  // oxlint-disable-next-line typescript/no-explicit-any
  body?: any;
  duplex?: "half";
}

/** The result of a `fetch`: the used part of a `Response`. Its body is a `ReadableStream` of bytes. */
export interface FetchResponse {
  readonly url: string;
  readonly type: string;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: { readonly locked: boolean } | null;
}

/** The part of `fetch` that is used. */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchResponse>;

/** The options of Node's `tls.connect`: these and any other. */
export interface TlsOptions {
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
  readonly passphrase?: string | undefined;
  readonly servername?: string | undefined;
  /** `false` accepts any certificate, for this feed. Default: `true`. */
  readonly rejectUnauthorized?: boolean | undefined;
  readonly [option: string]: unknown;
}

/** The options of Node's transport. Elsewhere it has no effect, and the console says so once per feed. */
export interface NodeOptions {
  /** An undici dispatcher of your own, used as it is. Not beside the other options, which are then its business. */
  readonly dispatcher?: { dispatch(options: never, handler: never): boolean } | undefined;
  readonly tls?: TlsOptions | undefined;
  /** A proxy's URL (HTTP CONNECT), or `env` for `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
  readonly proxy?: string | undefined;
  /** A Unix socket to speak HTTP on. Not beside `proxy`. */
  readonly socketPath?: string | undefined;
  /** Whether TLS may settle on HTTP/2. Default: `true`. */
  readonly http2?: boolean | undefined;
}

/** The options of a `Feed`. All are optional, and own properties; an unknown name is a `TypeError`. */
export interface FeedOptions<M extends EventMap = Record<string, string>> {
  /**
   * Decoders by event type, such as the contract of a stream; the types of the feed's events follow from them. Data that is
   * not valid is reported as `invalid`. Other types have their text.
   */
  readonly events?: Decoders<M> | undefined;
  /** How text becomes data. Default: `text`, and `json` for types that have a schema. */
  readonly decode?: (M extends Record<string, string> ? "text" : Decoding) | undefined;
  /** Default: `GET`. */
  readonly method?: string | undefined;
  /** Headers for each request, beside `Accept`. They do not follow a redirect to another origin. */
  readonly headers?: PerAttempt<HeadersInit> | undefined;
  /** A bearer token for `Authorization`; a function is asked once more after a 401. */
  readonly token?: PerAttempt<string> | undefined;
  /** The request's body. A stream can be sent once: give a function that creates it for each attempt. */
  readonly body?: PerAttempt<BodyInit> | undefined;
  /** As for `fetch`. Only browsers have cookies to send. */
  readonly credentials?: RequestCredentials | undefined;
  /** The id to resume from, where no store has one. Default: none, so from where the server lets new readers start. */
  readonly lastEventId?: string | undefined;
  /** Where the cursor outlives the process: it is asked for the start, and given each id that every subscription has taken. */
  readonly store?: CursorStore | undefined;
  /** Ends the feed when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /**
   * A `fetch` of your own for all requests. Outside browsers it is asked for each hop of a redirect too: a secret that it adds
   * by itself goes wherever the hop leads, unless it looks at the URL. `headers` and `token` do not. Not beside `node`.
   */
  readonly fetch?: FetchLike | undefined;
  /** Node only: TLS, proxy, Unix socket, or an undici dispatcher. */
  readonly node?: NodeOptions | undefined;
  /** `follow` at most 20 redirects, or `error`. Default: `follow`. */
  readonly redirect?: "follow" | "error" | undefined;
  /** Accepts or refuses an answer in place of the checks for 200 and `text/event-stream`: `false`, or an error thrown, counts as a wrong status. Not asked about a 204 or a redirect. */
  readonly validate?: ((head: ResponseHead) => MaybePromise<boolean | void>) | undefined;
  /**
   * The reaction to an end or an error: options, a function, `'spec'` for the standard's rules, `false` for a single
   * request.
   */
  readonly retry?: RetryOptions | RetryFunction | "spec" | false | undefined;
  /**
   * Reads one answer to its end. It is called at each break, and returns the request for the rest, so that a POST is
   * sent once, followed by GETs. `undefined` ends the feed: as `ended` after a stream that ended in order, otherwise as
   * `failed`. When the last subscription leaves, the feed is closed. Not beside `retry: false`. Default: none.
   */
  readonly resume?: ResumeFunction | undefined;
  readonly timeouts?: Timeouts | undefined;
  /**
   * Says which event, as text, marks the end (`[DONE]`, say): it is not delivered, and the feed closes as
   * `ended`. With `retry: false` a stream that ends without it has `failed`.
   */
  readonly until?: ((event: FeedEvent) => boolean) | undefined;
  /** The most bytes of one event. Default: 16 MiB. */
  readonly maxEventBytes?: number | undefined;
  /** How long the feed stays open after its last subscription left, in ms. Default: 0. */
  readonly lingerMs?: number | undefined;
  /** Drops the first event after a reconnect if its id equals the cursor, for servers that replay it again. Default: `false`. */
  readonly dedupe?: boolean | undefined;
  /** Delivers blocks that name an event or an id but have no data, for servers that mean something by them. Default: `false`. */
  readonly dispatchEmpty?: boolean | undefined;
  /**
   * The behaviour of a hidden page: `keep` its connection, or `pause` it 5 s after it was hidden, and resume at the
   * cursor once it is shown again. No effect outside pages; not with `retry: false`. Default: `keep`.
   */
  readonly hidden?: "keep" | "pause" | undefined;
  /**
   * Whether a feed that is not closed keeps a Node process alive. Resources of your own `fetch` or dispatcher are not
   * affected. Default: `true`.
   */
  readonly ref?: boolean | undefined;
}

/** Options `O` without an event map: `decode` is the type of all data. */
export type DecodedOptions<D extends Decoding, O> = Omit<O, "decode" | "events"> & {
  readonly decode: D;
  readonly events?: undefined;
};

/** Makes feeds without an event map, by the options `O`. */
export interface DecodedConstructor<Url, O, Json, Bytes> {
  // More type parameters than a class has, so that `extends` does not take these for the constructor of a base class.
  new <_1, _2, _3>(url: Url, options: DecodedOptions<"json", O>): Json;
  new <_1, _2, _3>(url: Url, options: DecodedOptions<"base64", O>): Bytes;
}

/**
 * `steady`: all that may heal is retried. `spec`: as the standard says. `never`: one shot. `once`: a request that is not safe to
 * repeat is sent once, and tried again only if it never reached the server.
 */
export type RetryMode = "steady" | "spec" | "never" | "once";

export interface BackoffOptions {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly factor: number;
  readonly jitter: "equal" | "full" | "none";
  readonly stableAfterMs: number;
  readonly maxServerRetryMs: number;
}

/** The retry options with every default in place. */
export interface ResolvedRetry extends BackoffOptions {
  readonly maxAttempts: number | false;
  readonly maxElapsedMs: number | false;
  readonly maxRetryAfterMs: number;
  readonly repeat: boolean;
}

/** Every option by its name: `undefined` where nothing was given and there is no default. */
export type AllOf<T> = { readonly [K in keyof Required<T>]: T[K] };

export type AllOptions = AllOf<FeedOptions<Record<string, unknown>>>;

/** The options with every default in place. They are own properties, and have no prototype to inherit from. */
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
