/*
 * The types that fetch accepts, derived from types that both the DOM library and Node have. These declarations compile
 * with either.
 */

/** The headers that `fetch` accepts, in the platform's own types. */
export type HeadersInit = NonNullable<ConstructorParameters<typeof Headers>[0]>;
/** The bodies that `fetch` accepts, in the platform's own types. */
export type BodyInit = NonNullable<RequestInit["body"]>;
/** `omit`, `same-origin` or `include`. */
export type RequestCredentials = NonNullable<RequestInit["credentials"]>;
/** `follow`, `manual` or `error`. */
export type RequestRedirect = NonNullable<RequestInit["redirect"]>;
