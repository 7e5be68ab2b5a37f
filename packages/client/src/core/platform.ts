/* What fetch takes, by types that both the DOM library and Node have: with one of them, these declarations compile. */

/** What `fetch` takes as headers, by the platform's own types. */
export type HeadersInit = NonNullable<ConstructorParameters<typeof Headers>[0]>;
/** What `fetch` takes as a body, by the platform's own types. */
export type BodyInit = NonNullable<RequestInit["body"]>;
/** `omit`, `same-origin` or `include`. */
export type RequestCredentials = NonNullable<RequestInit["credentials"]>;
/** `follow`, `manual` or `error`. */
export type RequestRedirect = NonNullable<RequestInit["redirect"]>;
