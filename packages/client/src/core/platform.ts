/*
 * The types of fetch: what it accepts, derived from types that both the DOM library and Node have, and the part of it
 * that a feed uses. These declarations compile with either.
 */

/** The headers that `fetch` accepts, in the platform's own types. */
export type HeadersInit = NonNullable<ConstructorParameters<typeof Headers>[0]>;
/** The bodies that `fetch` accepts, in the platform's own types. */
export type BodyInit = NonNullable<RequestInit["body"]>;
/** `omit`, `same-origin` or `include`. */
export type RequestCredentials = NonNullable<RequestInit["credentials"]>;
/** `follow`, `manual` or `error`. */
export type RequestRedirect = NonNullable<RequestInit["redirect"]>;

/** The options passed to a `fetch`: a part of `RequestInit` that any implementation accepts, such as undici's own. */
export interface FetchInit {
  method: string;
  headers: Record<string, string>;
  redirect: RequestRedirect;
  signal: AbortSignal;
  cache?: "no-store";
  credentials?: RequestCredentials;
  /** A `BodyInit`. Each platform has its own type for it. */
  // oxlint-disable-next-line typescript/no-explicit-any
  body?: any;
  duplex?: "half";
}

/** The result of a `fetch`: the part of a `Response` that is used. Its body is a `ReadableStream` of bytes. */
export interface FetchResponse {
  readonly url: string;
  readonly type: string;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: { readonly locked: boolean } | null;
}

/** The part of `fetch` that is used. */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchResponse>;
